#include "properties/support/assertions.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>

#include "trace/log_text.hpp"

namespace cyclecheck {
namespace {

using Lines = std::vector<std::string>;

std::string trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

Lines split(std::string_view text, char separator) {
  Lines parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return parts;
}

// The events of each operation, as the log's lines have them.
std::map<std::size_t, Lines> events_of(const std::string& log_text) {
  std::map<std::size_t, Lines> events;
  std::istringstream lines(log_text);
  std::string line;
  std::getline(lines, line);  // the version
  std::size_t operation = 0;
  while (std::getline(lines, line)) {
    const std::string words = trim(line);
    if (words.empty() || words.front() == '#') continue;
    if (line.front() == ' ' || line.front() == '\t') {
      events[operation].push_back(words);
    } else {
      operation = std::stoul(words);
    }
  }
  return events;
}

bool is_header(const std::string& code) {
  const std::string word = code.substr(0, code.find_first_of(" \t"));
  return word == "cyclecheck-trace" || word == "profile" || word == "threshold" || word == "disabled" ||
         word == "free_lists_filled";
}

// "returned 1" stands for "returned 1" and "returned 1 2", not for "returned 10".
bool begins_with(const std::string& event, const std::string& words) {
  return event.starts_with(words) && (event.size() == words.size() || event[words.size()] == ' ');
}

class Checker {
 public:
  Checker(ProfileId profile, AssertionReport& report) : profile_(profile), report_(report) {}

  void check(const std::string& operation, const std::string& assertions, const Lines& events) {
    for (const std::string& part : split(assertions, ';')) {
      const std::string problem = problem_with(part, events);
      if (!problem.empty()) report_.errors.push_back(operation + ": asserts " + part + ": " + problem);
    }
  }

 private:
  // Whether "(python2.7..python3.10)" or "(python2.7)" includes the profile; nothing if it is neither.
  [[nodiscard]] std::optional<bool> concerns(const std::string& range) const {
    const std::size_t dots = range.find("..");
    const auto first = find_profile(range.substr(0, dots));
    const auto last = dots == std::string::npos ? first : find_profile(range.substr(dots + 2));
    if (!first || !last) return std::nullopt;
    return *first <= profile_ && profile_ <= *last;
  }

  // Empty if it holds.
  std::string problem_with(std::string part, const Lines& events) {
    if (part.starts_with("(")) {
      const std::size_t end = part.find(')');
      if (end == std::string::npos) return "expected )";
      const auto is_meant = concerns(part.substr(1, end - 1));
      if (!is_meant) return "expected a profile";
      if (!*is_meant) return {};
      part = trim(part.substr(end + 1));
    }
    ++report_.checked;
    const bool is_absence = part.starts_with("!");
    if (is_absence) part.erase(0, 1);
    auto begin = events.begin();
    for (const std::string& words : split(part, '<')) {
      if (!find_event(words.substr(0, words.find(' ')))) return "expected an event";
      const auto found =
          std::find_if(begin, events.end(), [&](const std::string& event) { return begins_with(event, words); });
      if (is_absence) return found == events.end() ? "" : "there is " + *found;
      if (found == events.end()) return "there is none in its place";
      begin = found + 1;
    }
    return {};
  }

  ProfileId profile_;
  AssertionReport& report_;
};

}  // namespace

AssertionReport check_assertions(const std::string& trace_text, const std::string& log_text, ProfileId profile) {
  AssertionReport report;
  Checker checker(profile, report);
  const auto events = events_of(log_text);
  std::istringstream lines(trace_text);
  std::size_t next = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t comment = line.find('#');
    const std::string code = trim(line.substr(0, comment));
    if (code.empty() || is_header(code)) continue;
    const std::size_t operation = next++;
    constexpr std::string_view kWord = "asserts ";
    const std::string words = comment == std::string::npos ? "" : trim(line.substr(comment + 1));
    if (!words.starts_with(kWord)) continue;
    const auto logged = events.find(operation);
    checker.check("operation " + std::to_string(operation) + ": " + code, words.substr(kWord.size()),
                  logged == events.end() ? Lines{} : logged->second);
  }
  return report;
}

}  // namespace cyclecheck

#include "properties/claims/claim.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "harness/system/large_stack.hpp"
#include "trace/file.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck::claims {
namespace {

// "repeat 3 new x node; drop x" three times.
void add_operations(const std::string& line, std::string& trace) {
  std::istringstream words(line);
  std::string word;
  int times = 1;
  words >> word;
  if (word == "repeat") {
    words >> times;
    std::getline(words, word);
  } else {
    word = line;
  }
  std::replace(word.begin(), word.end(), ';', '\n');
  while (times-- > 0) trace += word + "\n";
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text.empty() ? "nothing" : text;
}

EventKind kind_of(const Claim& claim, const std::string& word) {
  const auto kind = find_event(word);
  if (!kind) throw std::runtime_error("claim " + std::to_string(claim.number) + ": no kind of event '" + word + "'");
  return *kind;
}

}  // namespace

std::vector<Claim> read_claims(const std::string& path) {
  const auto file = read_file(path);
  if (const auto* error = std::get_if<FileError>(&file)) throw std::runtime_error(error->message);
  std::istringstream in(std::get<std::string>(file));
  std::vector<Claim> claims;
  std::string section;
  std::string block;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!block.empty() && line != "end") {
      const std::string inner = line.size() > 2 ? line.substr(2) : "";
      if (block == "trace") {
        add_operations(inner, claims.back().trace);
      } else {
        claims.back().python += inner + "\n";
      }
      continue;
    }
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, space);
    const std::string rest = line.substr(std::min(space + 1, line.size()));
    if (word.empty() || word[0] == '#') continue;
    if (word == "section") {
      section = rest;
    } else if (word == "claim") {
      claims.emplace_back();
      claims.back().number = claims.size();
      claims.back().section = section;
      claims.back().text = rest;
    } else if (word == "claimed") {
      claims.back().claimed = rest;
    } else if (word == "model") {
      claims.back().model = rest;
    } else if (word == "note") {
      claims.back().note = rest;
    } else if (word == "since") {
      claims.back().since = find_profile(rest);
    } else if (word == "trace" || word == "python") {
      block = word;
    } else if (word == "end") {
      block.clear();
    } else {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": unknown word '" + word + "'");
    }
  }
  return claims;
}

std::string ask(Subject& subject, const Claim& claim, ProfileId id) {
  const std::string text = "cyclecheck-trace 1\nprofile " + std::string(profile(id).name) + "\n" + claim.trace;
  const auto parsed = parse_trace(text);
  if (const auto* error = std::get_if<TextError>(&parsed)) {
    throw std::runtime_error(to_string(*error, "claim " + std::to_string(claim.number)));
  }
  const Trace& trace = std::get<Trace>(parsed);
  Log log;
  on_large_stack([&] { subject.run(trace, Observe::digest, log); });

  std::istringstream question(claim.model);
  std::string mode;
  question >> mode;
  std::vector<EventKind> kinds;
  std::size_t index = 0;
  for (std::string word; question >> word;) {
    if (word.size() == 1) {
      index = static_cast<std::size_t>(word[0] - '0');
    } else {
      kinds.push_back(kind_of(claim, word));
    }
  }
  std::vector<std::string> events;
  std::uint32_t largest = 0;
  for (const Event& event : log.all()) {
    if (std::find(kinds.begin(), kinds.end(), event.kind) == kinds.end()) continue;
    events.push_back(to_string(event, trace));
    largest = std::max(largest, event.number[index]);
  }
  if (mode == "events") return joined(events);
  if (mode == "last") return events.empty() ? "nothing" : events.back();
  if (mode == "value") return std::to_string(largest);
  if (mode == "number") return std::to_string(events.size()) + (events.size() == 1 ? " line" : " lines");
  throw std::runtime_error("claim " + std::to_string(claim.number) + ": unknown question '" + mode + "'");
}

}  // namespace cyclecheck::claims

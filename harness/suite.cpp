#include "harness/suite.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "harness/conformance.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

using Found = std::variant<std::monostate, FileError>;

Found add_finding(const fs::path& folder, std::vector<SuiteCase>& cases) {
  const std::string path = (folder / "finding.json").string();
  const auto bytes = read_file(path);
  if (const auto* error = std::get_if<FileError>(&bytes)) return *error;
  const auto json = nlohmann::json::parse(std::get<std::string>(bytes), nullptr, false);
  SuiteCase found;
  found.path = (folder / "trace.txt").string();
  const auto word = [&](const char* key) -> std::optional<std::string> {
    if (!json.is_object() || !json.contains(key) || !json[key].is_string()) return std::nullopt;
    return json[key].get<std::string>();
  };
  found.subject = word("subject");
  if (const auto level = word("level")) found.level = find_level(*level);
  if (!found.subject || !found.level) return FileError{path + ": expected a finding with \"subject\" and \"level\""};
  cases.push_back(std::move(found));
  return std::monostate{};
}

void add_file(const fs::path& path, std::vector<SuiteCase>& cases) {
  SuiteCase found;
  found.path = path.string();
  fs::path log = path;
  log.replace_extension(".log");
  std::error_code ignored;
  if (log != path && fs::is_regular_file(log, ignored)) found.log = log.string();
  cases.push_back(std::move(found));
}

bool is_suite_file(const fs::path& path) {
  return path.extension() == ".trace" || path.extension() == ".cyct" || is_conformance_file(path.string());
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with("."); }

Found add_directory(const fs::path& directory, std::vector<SuiteCase>& cases) {
  std::error_code error;
  if (fs::exists(directory / "finding.json", error)) return add_finding(directory, cases);
  std::vector<fs::path> entries;
  for (auto entry = fs::directory_iterator(directory, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    if (!is_hidden(entry->path())) entries.push_back(entry->path());
  }
  if (error) return FileError{directory.string() + ": " + error.message()};
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry, error)) {
      if (auto found = add_directory(entry, cases); std::holds_alternative<FileError>(found)) return found;
    } else if (is_suite_file(entry)) {
      add_file(entry, cases);
    }
  }
  return std::monostate{};
}

}  // namespace

std::variant<std::vector<SuiteCase>, FileError> find_cases(const std::vector<std::string>& paths) {
  std::vector<SuiteCase> cases;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      add_file(path, cases);
      continue;
    }
    const std::size_t before = cases.size();
    auto found = add_directory(path, cases);
    if (auto* failed = std::get_if<FileError>(&found)) return std::move(*failed);
    if (cases.size() == before) return FileError{path + ": no traces in this directory"};
  }
  return cases;
}

Observe observation_of(const Log& log) {
  bool digests = true;
  for (std::size_t i = 0; i < log.operations(); ++i) {
    const auto logs = [events = log.of(i)](EventKind kind) {
      return std::any_of(events.begin(), events.end(), [kind](const Event& event) { return event.kind == kind; });
    };
    // Only observing everything logs the generations although nothing was collected.
    if (logs(EventKind::members) && !logs(EventKind::ran)) return Observe::every;
    // Without a digest the generations are listed in full, and may all be empty.
    if (logs(EventKind::ran) && !logs(EventKind::digest)) digests = false;
  }
  return digests ? Observe::digest : Observe::full;
}

}  // namespace cyclecheck

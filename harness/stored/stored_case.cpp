#include "harness/stored/stored_case.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "harness/inputs/inputs.hpp"
#include "harness/stored/finding_file.hpp"
#include "harness/stored/recording.hpp"
#include "trace/log_text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

using Found = std::variant<std::monostate, FileError>;

Found add_finding(const fs::path& folder, std::vector<StoredCase>& cases) {
  auto read = read_finding_file(folder.string());
  if (auto* error = std::get_if<FileError>(&read)) return std::move(*error);
  auto& file = std::get<FindingFile>(read);
  if (file.subject.empty() || !file.level) {
    return FileError{(folder / kFindingFile).string() + ": expected a finding with \"subject\" and \"level\""};
  }
  StoredCase found;
  found.path = (folder / "trace.txt").string();
  found.subject = std::move(file.subject);
  found.level = file.level;
  for (std::size_t i = 0; i < file.traces_before.value_or(0); ++i) {
    found.before.push_back((folder / traces_before_name(i)).string());
  }
  cases.push_back(std::move(found));
  return std::monostate{};
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

void add_file(const fs::path& path, std::vector<StoredCase>& cases) {
  StoredCase found;
  found.path = path.string();
  const std::size_t before = cases.size();
  if (const fs::path log = fs::path(path).replace_extension(".log"); log != path && is_file(log)) {
    cases.push_back(found);
    cases.back().log = log.string();
  }
  for (const Profile& row : all_profiles()) {
    const std::string log = profile_log(path.string(), row.id);
    // x.python2.7.log belongs to x.python2.7.trace if there is one.
    const fs::path owner = fs::path(log).replace_extension(path.extension());
    if (log == found.path || is_file(owner) || !is_file(log)) continue;
    cases.push_back(found);
    cases.back().log = log;
    cases.back().profile = row.id;
  }
  if (cases.size() == before) cases.push_back(std::move(found));
}

bool is_suite_file(const fs::path& path) {
  return path.extension() == ".trace" || is_fuzzer_file_name(path.filename().string()) || path.extension() == ".cyct" ||
         is_recording_file(path.string());
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with("."); }

Found add_directory(const fs::path& directory, std::vector<StoredCase>& cases) {
  std::error_code error;
  if (fs::exists(directory / kFindingFile, error)) return add_finding(directory, cases);
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

std::string profile_log(const std::string& trace_path, ProfileId id) {
  std::string name = ".";
  name.append(profile(id).name).append(".log");
  return fs::path(trace_path).replace_extension(name).string();
}

std::variant<Trace, FileError> load_case(const StoredCase& suite_case) {
  auto loaded = load_any_trace(suite_case.path);
  if (auto* trace = std::get_if<Trace>(&loaded); trace != nullptr && suite_case.profile) {
    *trace = in_profile(std::move(*trace), *suite_case.profile);
  }
  return loaded;
}

std::variant<std::vector<Trace>, FileError> load_before(const StoredCase& suite_case) {
  std::vector<Trace> before;
  for (const std::string& path : suite_case.before) {
    auto loaded = load_any_trace(path);
    if (auto* error = std::get_if<FileError>(&loaded)) return std::move(*error);
    before.push_back(std::get<Trace>(std::move(loaded)));
  }
  return before;
}

std::variant<Log, FileError> load_log(const StoredCase& suite_case, const Trace& trace) {
  auto bytes = read_file(*suite_case.log);
  if (auto* error = std::get_if<FileError>(&bytes)) return std::move(*error);
  auto log = parse_log(std::get<std::string>(bytes), trace);
  if (const auto* error = std::get_if<TextError>(&log)) return FileError{to_string(*error, *suite_case.log)};
  return std::move(std::get<Log>(log));
}

std::variant<Recording, FileError> load_recording(const StoredCase& suite_case) {
  if (is_recording_file(suite_case.path)) return read_recording(suite_case.path);
  auto trace = load_case(suite_case);
  if (auto* error = std::get_if<FileError>(&trace)) return std::move(*error);
  auto log = load_log(suite_case, std::get<Trace>(trace));
  if (auto* error = std::get_if<FileError>(&log)) return std::move(*error);
  Recording recording;
  recording.path = *suite_case.log;
  recording.observe = observation_of(std::get<Log>(log));
  recording.recorded.set();
  recording.traces.push_back({suite_case.path, 0, std::move(std::get<Trace>(trace)), std::move(std::get<Log>(log))});
  return recording;
}

std::variant<std::vector<StoredCase>, FileError> find_cases(const std::vector<std::string>& paths) {
  std::vector<StoredCase> cases;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      add_file(path, cases);
      continue;
    }
    const std::size_t before = cases.size();
    auto found = add_directory(path, cases);
    if (auto* failed = std::get_if<FileError>(&found)) return std::move(*failed);
    if (cases.size() == before && !fs::exists(fs::path(path) / kFindingsMarker, error)) {
      return FileError{path + ": no traces in this directory"};
    }
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

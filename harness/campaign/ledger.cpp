#include "harness/campaign/ledger.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tuple>
#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kLedgerFormat = 1;

std::string json_path(const std::string& folder, std::string_view id) { return fmt::format("{}/{}.json", folder, id); }
std::string samples_path(const std::string& folder, std::string_view id) {
  return fmt::format("{}/{}.csv", folder, id);
}

// Calls `field` with the name of every field and the field, so that they are read and written alike.
template <typename Entry, typename Field>
void for_each_field(Entry& entry, const Field& field) {
  field("id", entry.id);
  field("machine", entry.machine);
  field("host", entry.host);
  field("started", entry.started);
  field("commit", entry.commit);
  field("compiler", entry.compiler);
  field("engine", entry.engine);
  field("end", entry.end);
  field("seed", entry.seed);
  field("jobs", entry.jobs);
  field("seconds", entry.seconds);
  field("cpu_seconds", entry.cpu_seconds);
  field("executions", entry.executions);
  field("failures", entry.failures);
  field("findings", entry.findings);
  field("corpus", entry.corpus);
  field("coverage", entry.coverage);
  field("coverage_unit", entry.coverage_unit);
  field("states", entry.states);
}

std::variant<SessionEntry, FileError> load_session(const std::string& path) {
  const auto content = read_file(path);
  if (const auto* error = std::get_if<FileError>(&content)) return *error;
  try {
    const Json json = Json::parse(std::get<std::string>(content));
    if (json.at("format").get<int>() > kLedgerFormat) return FileError{"a later version of cyclecheck wrote it"};
    SessionEntry entry;
    for_each_field(entry, [&](const char* name, auto& field) { json.at(name).get_to(field); });
    if (entry.id != fs::path(path).stem().string()) return FileError{"it names another session"};
    return entry;
  } catch (const nlohmann::json::exception& error) {
    return FileError{error.what()};
  }
}

}  // namespace

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  (void)std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  // Two sessions may begin within a second, and the ledger has them in order.
  return fmt::format("{}.{:03}", text.data(), since.count() % 1000);
}

std::vector<SessionEntry> load_sessions(const std::string& folder, Notes& notes) {
  std::vector<SessionEntry> sessions;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() != ".json" || is_left_behind(path.filename().string())) continue;
    auto loaded = load_session(path.string());
    if (auto* session = std::get_if<SessionEntry>(&loaded)) {
      sessions.push_back(std::move(*session));
    } else {
      notes.add("cannot be read, and is left out of the ledger: " + std::get<FileError>(loaded).message, path.string());
    }
  }
  std::sort(sessions.begin(), sessions.end(), [](const SessionEntry& one, const SessionEntry& other) {
    return std::tie(one.started, one.id) < std::tie(other.started, other.id);
  });
  return sessions;
}

std::variant<std::monostate, FileError> store_session(const std::string& folder, const SessionEntry& entry, bool sync) {
  Json json;
  json["format"] = kLedgerFormat;
  for_each_field(entry, [&](const char* name, const auto& field) { json[name] = field; });
  const std::string path = json_path(folder, entry.id);
  const int error = replace_file(path, json.dump(2) + "\n", sync);
  if (error != 0) return FileError{path + ": " + std::strerror(error)};
  return std::monostate{};
}

std::vector<Sample> load_samples(const std::string& folder, std::string_view session) {
  std::vector<Sample> samples;
  const auto content = read_file(samples_path(folder, session));
  const auto* text = std::get_if<std::string>(&content);
  if (text == nullptr) return samples;
  // A line that was being written when the process was killed has no end.
  for (std::size_t at = 0, end = 0; (end = text->find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = text->substr(at, end - at);
    Sample sample;
    const int read =
        std::sscanf(line.c_str(), "%lf,%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64, &sample.seconds,
                    &sample.executions, &sample.coverage, &sample.states, &sample.corpus, &sample.findings);
    if (read != 6) break;
    samples.push_back(sample);
  }
  return samples;
}

std::variant<std::monostate, FileError> append_sample(const std::string& folder, std::string_view session,
                                                      const Sample& sample) {
  const std::string line = fmt::format("{:.1f},{},{},{},{},{}\n", sample.seconds, sample.executions, sample.coverage,
                                       sample.states, sample.corpus, sample.findings);
  const std::string path = samples_path(folder, session);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return FileError{path + ": " + std::strerror(errno)};
  errno = ENOSPC;
  const bool is_written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int error = errno;
  close(file);
  if (!is_written) return FileError{path + ": " + std::strerror(error)};
  return std::monostate{};
}

std::variant<std::size_t, FileError> take_sessions(const std::string& folder, const std::string& from, Notes& notes) {
  const auto version = [](const SessionEntry& session) {
    return std::pair{session.executions, session.end != "running"};
  };
  std::map<std::string, std::pair<std::uint64_t, bool>> here;
  for (const SessionEntry& session : load_sessions(folder, notes)) here[session.id] = version(session);
  std::size_t taken = 0;
  for (const SessionEntry& session : load_sessions(from, notes)) {
    const auto known = here.find(session.id);
    if (known != here.end() && known->second >= version(session)) continue;
    // The samples first: a session without them would be taken for complete.
    const auto samples = read_file(samples_path(from, session.id));
    if (const auto* text = std::get_if<std::string>(&samples)) {
      const std::string path = samples_path(folder, session.id);
      const int error = replace_file(path, *text, true);
      if (error != 0) return FileError{path + ": " + std::strerror(error)};
    }
    if (const auto stored = store_session(folder, session, true); std::holds_alternative<FileError>(stored)) {
      return std::get<FileError>(stored);
    }
    ++taken;
  }
  return taken;
}

}  // namespace cyclecheck

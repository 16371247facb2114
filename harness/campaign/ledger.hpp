// The ledger of a campaign: what each session did, with what, and what there was at what time.
//
// A session is a file `ID.json`, replaced whole all the time, and a file `ID.csv` to which lines are appended. Numbers
// of a session only grow, so that of two versions the one with more executions is the later one. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/campaign/folder_notes.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

struct SessionEntry {
  // "20261126T213000123Z-1f2e3d4c".
  std::string id;
  // The campaign's number on the machine where it ran (harness/campaign/folder.hpp), and the machine's name.
  std::string machine;
  std::string host;
  // "2026-11-26 21:30:00.123", UTC.
  std::string started;
  std::string commit;
  std::string compiler;
  // "built in: impl at level order", or the target's name.
  std::string engine;
  // What coverage counts: "features" or "edges".
  std::string coverage_unit;
  // Why it ended: "time", "executions", "interrupted", "findings", "size", "error"; "running" until then. A session
  // that runs no more and says so was killed.
  std::string end = "running";
  std::uint64_t seed = 0;
  std::uint32_t jobs = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  std::uint64_t executions = 0;
  // Inputs that failed, and findings that were new.
  std::uint64_t failures = 0;
  std::uint64_t findings = 0;
  // Of the campaign, at the session's end.
  std::uint64_t corpus = 0;
  std::uint64_t coverage = 0;
  std::uint64_t states = 0;
};

// What there was at one moment.
struct Sample {
  // Since the session began.
  double seconds = 0;
  std::uint64_t executions = 0;
  std::uint64_t coverage = 0;
  std::uint64_t states = 0;
  std::uint64_t corpus = 0;
  // In the campaign's folder.
  std::uint64_t findings = 0;
};

// All sessions by the time at which they began. What cannot be read is noted and left alone.
[[nodiscard]] std::vector<SessionEntry> load_sessions(const std::string& folder, Notes& notes);

[[nodiscard]] std::variant<std::monostate, FileError> store_session(const std::string& folder,
                                                                    const SessionEntry& entry, bool sync);

// The samples of a session, up to the first line that is damaged.
[[nodiscard]] std::vector<Sample> load_samples(const std::string& folder, std::string_view session);

[[nodiscard]] std::variant<std::monostate, FileError> append_sample(const std::string& folder, std::string_view session,
                                                                    const Sample& sample);

// Takes over sessions of another campaign's folder: those that are not here, and later versions of those that are.
// How many were taken.
[[nodiscard]] std::variant<std::size_t, FileError> take_sessions(const std::string& folder, const std::string& from,
                                                                 Notes& notes);

// The time now, as it is written in `started`.
[[nodiscard]] std::string utc_now();

}  // namespace cyclecheck

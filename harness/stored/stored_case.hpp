// The traces that a path stands for: a file, a finding's folder, or a directory of such things.
//
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/stored/recording.hpp"
#include "trace/event.hpp"
#include "trace/file.hpp"
#include "trace/profile.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// A trace of a regression suite.
struct StoredCase {
  // The trace's file, or a recording (harness/stored/recording.hpp).
  std::string path;
  // The log that stands beside it: `x.log` for `x.trace`, or `x.python3.11.log`.
  std::optional<std::string> log;
  // The profile that the log's name tells: the trace runs in it instead of its own.
  std::optional<ProfileId> profile;
  // A finding says itself which subject it is about, and at which level.
  std::optional<std::string> subject;
  std::optional<Level> level;
  // Of a finding: the files of the traces that the subject has to run before it, in order.
  std::vector<std::string> before;
};

// The file that says of a folder that findings are stored there. It stays when they were mended and removed.
inline constexpr const char* kFindingsMarker = ".cyclecheck-findings";

// All cases, a directory's in the order of their paths: files ending in .trace or .cyct, recordings, a fuzzer's files,
// and folders with a finding.json. A trace with logs of several profiles is a case for each of them. Hidden files and
// folders are passed over. Errors: a path that does not exist, a directory without any trace that does not hold
// kFindingsMarker, a finding.json that cannot be read.
[[nodiscard]] std::variant<std::vector<StoredCase>, FileError> find_cases(const std::vector<std::string>& paths);

// Where the log of a trace in one profile stands: x.python3.11.log for x.trace.
[[nodiscard]] std::string profile_log(const std::string& trace_path, ProfileId id);

// The trace of a case, in the case's profile. Errors: those of load_any_trace.
[[nodiscard]] std::variant<Trace, FileError> load_case(const StoredCase& suite_case);

// The traces that run before it. Errors: those of load_any_trace.
[[nodiscard]] std::variant<std::vector<Trace>, FileError> load_before(const StoredCase& suite_case);

// The log that stands beside the case's trace. Errors: those of read_file, the first error of the text.
// REQUIRES: suite_case.log; the trace is the case's.
[[nodiscard]] std::variant<Log, FileError> load_log(const StoredCase& suite_case, const Trace& trace);

// What the case's file records: a recording, or a trace beside which an interpreter's log stands. Errors: those of
// read_recording, load_case and load_log.
// REQUIRES: is_recording_file(suite_case.path), or suite_case.log
[[nodiscard]] std::variant<Recording, FileError> load_recording(const StoredCase& suite_case);

// How the run behind a log was observed, as far as its events tell.
[[nodiscard]] Observe observation_of(const Log& log);

}  // namespace cyclecheck

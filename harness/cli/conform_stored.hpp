// Stored traces on real interpreters: `cyclecheck conform FILE...`.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "harness/cpython/cpython.hpp"
#include "trace/event.hpp"
#include "trace/file.hpp"

namespace cyclecheck::cli {

struct StoredOptions {
  // Traces are run on every interpreter. Of a folder's traces (see harness/stored/stored_case.hpp) an interpreter gets
  // those of its profile: a log beside the trace says so, or the trace itself if it has no logs of profiles.
  std::vector<std::string> files;
  Level level = Level::order;
  std::chrono::milliseconds timeout{10'000};
  // Also runs traces in which the interpreter uses freed memory (rule W6).
  bool run_undefined = false;
  // Writes what the interpreter did beside each trace, as x.python3.11.log.
  bool write_logs = false;
  // How the interpreter is called in a written log: "CPython 3.11.7, Linux x86_64".
  std::string interpreter_name;
};

// A trace, and where the log of what the interpreter does stands, or would stand.
struct StoredTrace {
  std::string path;
  std::string log_path;
  bool has_log = false;
  // The log is named after a profile: what an interpreter did. Others are compared, but never written.
  bool is_recording = true;
};

struct StoredSummary {
  std::size_t traces = 0;
  // Model, interpreter and stored log say the same.
  std::size_t agree = 0;
  // Left out: the interpreter would use freed memory.
  std::size_t undefined = 0;
  std::size_t written = 0;
  // Traces or logs that could not be read or written; each was reported.
  std::size_t unreadable = 0;
};

// What an interpreter is to run. Errors: those of find_cases.
[[nodiscard]] std::variant<std::vector<StoredTrace>, FileError> traces_for(const Interpreter& interpreter,
                                                                           const std::vector<std::string>& files);

// Runs traces on the model and on an interpreter, compares both, and the interpreter with the log that is stored
// (unless it is written); prints each difference. A trace that ends the interpreter counts as one that does not agree.
// Throws SubjectError if the interpreter cannot be started.
[[nodiscard]] StoredSummary conform_stored(const std::vector<StoredTrace>& traces, const Interpreter& interpreter,
                                           const StoredOptions& options);

}  // namespace cyclecheck::cli

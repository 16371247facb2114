// Stored traces on a real interpreter, compared with the model and with the logs beside them. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/cpython/cpython.hpp"
#include "trace/event.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// A trace, and where the log of what the interpreter does stands, or would stand.
struct StoredTrace {
  std::string path;
  std::string log_path;
  bool has_log = false;
  // The log is named after a profile: what an interpreter did. Others are compared, but never written.
  bool is_recording = true;
};

// What an interpreter is to run: files, and of folders (harness/stored/stored_case.hpp) the traces of its profile: a
// log beside the trace says so, or the trace itself if it has no logs of profiles. Errors: those of find_cases.
[[nodiscard]] std::variant<std::vector<StoredTrace>, FileError> traces_for(const Interpreter& interpreter,
                                                                           const std::vector<std::string>& files);

struct StoredOptions {
  Level level = Level::order;
  // The longest that one trace may take.
  std::chrono::milliseconds timeout{10'000};
  // How many workers.
  std::uint32_t jobs = 1;
  // Also runs traces in which the interpreter uses freed memory (rule W6).
  bool run_undefined = false;
  // Writes what the interpreter did beside each trace, as x.python3.11.log.
  bool write_logs = false;
  // How the interpreter is called in a written log: "CPython 3.11.7, Linux x86_64".
  std::string interpreter_name;
};

// Hears what comes of each trace.
class StoredView {
 public:
  StoredView() = default;
  StoredView(const StoredView&) = delete;
  StoredView& operator=(const StoredView&) = delete;
  virtual ~StoredView() = default;

  // Asked ten times a second: true ends the run.
  [[nodiscard]] virtual bool stop() = 0;
  // A trace or a log that cannot be read or written.
  virtual void unreadable(const FileError& error) = 0;
  // The interpreter does not get the trace: it does not know the operation, or would use freed memory.
  virtual void unknown(const StoredTrace& stored, OpCode operation) = 0;
  virtual void undefined(const StoredTrace& stored) = 0;
  // A side died or hung, or the interpreter answered nonsense.
  virtual void died(const StoredTrace& stored, const Verdict& verdict) = 0;
  // The interpreter differs from the model, or from the log.
  virtual void differs_from_model(const StoredTrace& stored, const Trace& trace, const Divergence& divergence) = 0;
  virtual void differs_from_log(const StoredTrace& stored, const Trace& trace, const Divergence& divergence) = 0;
};

struct StoredSummary {
  std::size_t traces = 0;
  // Model, interpreter and stored log say the same.
  std::size_t agree = 0;
  // Left out: unknown and undefined.
  std::size_t left_out = 0;
  std::size_t written = 0;
  // Traces or logs that could not be read or written.
  std::size_t unreadable = 0;
};

// Runs traces on the model and on an interpreter, in a worker process, compares both, and the interpreter with the log
// that is stored (unless it is written). A trace that ends the interpreter counts as one that does not agree.
// Throws SubjectError if the interpreter cannot be driven or started.
[[nodiscard]] StoredSummary run_stored(const std::vector<StoredTrace>& traces, const Interpreter& interpreter,
                                       const StoredOptions& options, StoredView& view);

}  // namespace cyclecheck

// Running single traces for a verdict, however that is done.
#pragma once

#include <chrono>
#include <optional>

#include "harness/compare/compare.hpp"

namespace cyclecheck {

// A verdict together with the logs behind it. A side that died has no log.
struct Examination {
  Verdict verdict;
  std::optional<Log> model;
  std::optional<Log> subject;
};

class TraceChecker {
 public:
  TraceChecker() = default;
  TraceChecker(const TraceChecker&) = delete;
  TraceChecker& operator=(const TraceChecker&) = delete;
  virtual ~TraceChecker() = default;

  // Runs a trace. Throws std::system_error if no process can be started.
  [[nodiscard]] virtual Verdict check(const Trace& trace) = 0;
  // The same, with logs.
  [[nodiscard]] virtual Examination examine(const Trace& trace) = 0;
  // What earlier traces left behind in the subject is not there for the next one.
  virtual void start_anew() {}
  // The longest that one trace may take.
  virtual void set_timeout(std::chrono::milliseconds timeout) = 0;
  // The most processor time that the worker process may use for one trace, beside the timeout; 0: as much as it likes.
  // A trace that needs more counts as one that hangs. For checkers that do not know it there is the timeout alone.
  virtual void set_processor_time(std::chrono::milliseconds /*limit*/) {}
};

}  // namespace cyclecheck

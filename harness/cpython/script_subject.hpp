// A real CPython that needs no headers and no compiler: every trace runs as a plain Python script.
//
// Slower than the driver in C by three orders of magnitude, and it promises less (kPythonLevel): the interpreter's own
// allocations cannot be told from the trace's.
#pragma once

#include <chrono>
#include <string>

#include "harness/cpython/interpreter.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

class ScriptSubject final : public Subject {
 public:
  // `timeout` is the longest that one trace may take.
  ScriptSubject(Interpreter interpreter, std::chrono::milliseconds timeout);

  [[nodiscard]] std::string name() const override { return "cpython:" + interpreter_.path; }
  [[nodiscard]] Level level() const override;

  // Starts the interpreter. `observe` has no effect: what it asks for is above the level. Throws SubjectError; refused:
  // a trace that no script can follow (export_python).
  void run(const Trace& trace, Observe observe, Log& log) override;

 private:
  Interpreter interpreter_;
  std::chrono::milliseconds timeout_;
};

}  // namespace cyclecheck

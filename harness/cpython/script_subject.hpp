// A real CPython that needs no headers and no compiler: every trace runs as a plain Python script.
//
// Slower than the driver in C by three orders of magnitude, and it promises less (kPythonLevel): the interpreter's own
// allocations cannot be told from the trace's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/cpython/interpreter.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

class ScriptSubject final : public Subject {
 public:
  // An interpreter of this machine. `timeout` is the longest that one trace may take.
  ScriptSubject(const Interpreter& interpreter, std::chrono::milliseconds timeout);
  // A command of the shell that runs the script on its standard input in this interpreter, wherever that lives.
  ScriptSubject(const Interpreter& interpreter, const std::string& command, std::chrono::milliseconds timeout);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] Level level() const override;

  // Starts the interpreter. `observe` has no effect: what it asks for is above the level. Throws SubjectError; refused:
  // a trace that no script can follow (export_python), or that says nothing about an incremental collector
  // (docs/incremental-collector.md).
  void run(const Trace& trace, Observe observe, Log& log) override;

 private:
  std::vector<std::string> command_;
  std::string name_;
  bool is_incremental_ = false;
  std::chrono::milliseconds timeout_;
};

}  // namespace cyclecheck

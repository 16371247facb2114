// The best subject that an interpreter makes on this machine.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "harness/cpython/interpreter.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

struct InterpreterSubject {
  std::unique_ptr<Subject> subject;
  // Why it is one that runs scripts (harness/cpython/script_subject.hpp) and not the driver; empty: it is the driver.
  std::string limited;
};

// The driver in C or, where the interpreter's headers or a compiler are missing, scripts at a lower level. Throws
// SubjectError(cannot_start): the driver does not compile or load although both are there.
[[nodiscard]] InterpreterSubject make_interpreter_subject(const Interpreter& interpreter,
                                                          std::chrono::milliseconds timeout);

}  // namespace cyclecheck

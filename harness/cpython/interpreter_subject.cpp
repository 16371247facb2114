#include "harness/cpython/interpreter_subject.hpp"

#include "harness/cpython/cpython_subject.hpp"
#include "harness/cpython/driver_build.hpp"
#include "harness/cpython/script_subject.hpp"

namespace cyclecheck {

InterpreterSubject make_interpreter_subject(const Interpreter& interpreter, std::chrono::milliseconds timeout) {
  if (auto missing = missing_for_driver(interpreter)) {
    return {std::make_unique<ScriptSubject>(interpreter, timeout), std::move(*missing)};
  }
  return {make_cpython_subject(interpreter, timeout), {}};
}

}  // namespace cyclecheck

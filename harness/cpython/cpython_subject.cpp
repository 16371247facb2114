#include "harness/cpython/cpython_subject.hpp"

#include "harness/cpython/driver_build.hpp"

namespace cyclecheck {

std::unique_ptr<ProcessSubject> make_cpython_subject(const Interpreter& interpreter,
                                                     std::chrono::milliseconds timeout) {
  return std::make_unique<ProcessSubject>(
      ProcessSubject::Options{driver_command(interpreter), "cpython:" + interpreter.path, timeout});
}

std::unique_ptr<ProcessSubject> make_cpython_subject(const std::string& path_or_name,
                                                     std::chrono::milliseconds timeout) {
  return make_cpython_subject(ask_interpreter(path_or_name), timeout);
}

}  // namespace cyclecheck

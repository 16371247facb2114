#include "harness/replay/driven.hpp"

namespace cyclecheck {

SubjectEntry driven(const Interpreter& interpreter, std::chrono::milliseconds timeout) {
  SubjectEntry entry = open_interpreter(interpreter, "cpython:" + interpreter.path, timeout);
  if (!entry.limited.empty()) throw SubjectError(SubjectError::Kind::cannot_start, entry.limited);
  return entry;
}

}  // namespace cyclecheck

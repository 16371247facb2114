// Subjects that are not part of the program, as families of a registry.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/cpython/interpreter.hpp"

namespace cyclecheck {

// `process:COMMAND`, anybody's collector that speaks the protocol of docs/subject-protocol.md; `plugin:FILE.so`, the
// same in a shared library (harness/subjects/plugin.h), loaded into the worker; `cpython:PATH`, a real interpreter,
// without PATH python3; and `scripts:COMMAND`, an interpreter anywhere whose standard input takes Python scripts.
[[nodiscard]] std::vector<SubjectEntry> external_families();

// An interpreter under a name; it is started once to hear what it can do. Throws SubjectError(cannot_start).
[[nodiscard]] SubjectEntry open_interpreter(const Interpreter& interpreter, const std::string& name,
                                            std::chrono::milliseconds timeout);

}  // namespace cyclecheck

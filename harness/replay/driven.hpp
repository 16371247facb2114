// An interpreter as a subject that its driver runs.
#pragma once

#include <chrono>

#include "harness/compare/compare.hpp"
#include "harness/cpython/cpython.hpp"

namespace cyclecheck {

// Throws SubjectError(cannot_start): it cannot be driven, only asked by scripts, or cannot be started.
[[nodiscard]] SubjectEntry driven(const Interpreter& interpreter, std::chrono::milliseconds timeout);

}  // namespace cyclecheck

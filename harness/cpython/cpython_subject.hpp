// A real CPython: `cpython:PATH`, driven through its C API by harness/cpython.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "harness/cpython/interpreter.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// The subject `cpython:PATH`; PATH is a path or a name on PATH. It runs traces of its own profile only and answers
// others with SubjectError(refused). Throws SubjectError(cannot_start).
[[nodiscard]] std::unique_ptr<ProcessSubject> make_cpython_subject(
    const std::string& path_or_name, std::chrono::milliseconds timeout = std::chrono::seconds(10));

// The same for an interpreter that was asked already.
[[nodiscard]] std::unique_ptr<ProcessSubject> make_cpython_subject(
    const Interpreter& interpreter, std::chrono::milliseconds timeout = std::chrono::seconds(10));

}  // namespace cyclecheck

// An operation as the line of Python that a person would write for it. Pure and thread-safe.
#pragma once

#include <string>

#include "trace/trace.hpp"

namespace cyclecheck {

// "a.append(b)", "w = weakref.ref(a, w_callback)", "del a". It is to be read, not run: `export --to python` writes a
// script that does what the trace does. Empty: no Python code does this.
[[nodiscard]] std::string python_line(const Operation& operation, const Trace& trace);

}  // namespace cyclecheck

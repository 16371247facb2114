// A trace as a regression test: a C++ file that GoogleTest runs and that is linked with this project.
#pragma once

#include <string>

#include "trace/trace.hpp"

namespace cyclecheck {

// A file with one test, `Exported.NAME`, that runs the trace on the model and on the collector and compares both with
// the log that the model writes now, at level `order`. Other characters of `name` than letters and digits become `_`.
// O(the trace's run on the model).
// REQUIRES: the trace is valid.
[[nodiscard]] std::string export_gtest(const Trace& trace, const std::string& name);

}  // namespace cyclecheck

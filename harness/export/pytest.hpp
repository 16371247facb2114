// A trace as a test for pytest: the script of export_python, and what it must print.
#pragma once

#include <string>
#include <variant>

#include "harness/export/python.hpp"

namespace cyclecheck {

// A file for pytest, with a test for each operation: the events that its log has at kPythonLevel are what the model
// says, in whatever order. The trace runs once, in an interpreter of its own: that of pytest, or CYCLECHECK_PYTHON. It
// is skipped where that is no CPython of the trace's profile. Refused: as export_python. O(the trace's run on the
// model). REQUIRES: the trace is valid.
[[nodiscard]] std::variant<std::string, ExportRefusal> export_pytest(const Trace& trace, const std::string& name);

}  // namespace cyclecheck

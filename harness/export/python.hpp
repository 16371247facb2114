// A trace as a script in plain Python that depends on nothing but the standard library.
#pragma once

#include <string>
#include <variant>

#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Why a trace cannot be exported, in words.
struct ExportRefusal {
  std::string reason;
};

// The level up to which the script prints what the trace's log says.
inline constexpr Level kPythonLevel = Level::garbage;

// A script for the CPython of the trace's profile (2.7 too) that does what the trace does and prints the log in the
// text format of logs. It may print more than kPythonLevel has; what it cannot know, such as allocation counts, it
// leaves out. `name` stands in its first line. Refused: a trace in which a collection begins by itself at a place that
// no Python code can choose, or with what none can make (integers and strings, whose deaths nothing tells; objects of
// an extension's type; up to 3.6 tracebacks). O(the trace's run on the model). REQUIRES: the trace is valid.
[[nodiscard]] std::variant<std::string, ExportRefusal> export_python(const Trace& trace, const std::string& name);

}  // namespace cyclecheck

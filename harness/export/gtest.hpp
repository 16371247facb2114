// A trace as a regression test: a C++ file that GoogleTest runs, and that needs nothing but the installed package.
#pragma once

#include <string>

#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// A file with two tests, `NAME.TheModelSaysWhatItSaid` and `NAME.TheCollectorAgrees`. The first compares the model with
// the log that it writes now; the second one lets the installed program replay the trace on `subject`, whatever
// collector that is, at this level. Other characters of `name` than letters and digits become `_`. O(the trace's run on
// the model). REQUIRES: the trace is valid.
[[nodiscard]] std::string export_gtest(const Trace& trace, const std::string& name, const std::string& subject,
                                       Level level);

}  // namespace cyclecheck

// What the interpreter itself prints while it runs a program like a trace: debug text, answers of gc.collect,
// gc.garbage.
#pragma once

#include <string>

#include "trace/trace.hpp"

namespace cyclecheck {

// The lines that a CPython of the trace's profile writes to standard error (set_debug; rules B3 to B5), and between
// them what a script would print that prints what `collect` and `garbage` answer outside of scripts. Byte for byte,
// except for two things that no trace knows: addresses are invented, in the order of creation, and times are 0.0000s.
//
// Classes are named as the scripts of `export --to python` name them (Node, InstanceWithDel, SubRef ...). An object
// that was created under a name that begins with a capital letter is of a class of that name. Attributes and keys are
// t, u, v ... i. Empty if nothing is printed. Nested deaths recurse natively: run it on a large stack
// (model/machine.hpp).
[[nodiscard]] std::string transcript(const Trace& trace);

}  // namespace cyclecheck

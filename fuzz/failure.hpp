// What a fuzz target says before it gives up.
#pragma once

#include <string_view>

#include "trace/trace.hpp"

namespace cyclecheck::fuzz {

// Names the trace that runs from now on, which is printed should a sanitizer report something; null: none runs.
void running(const Trace* trace);

// Prints the message and the trace that runs, as text, and aborts: a fuzzer then stores the input.
[[noreturn]] void fail(std::string_view message);

}  // namespace cyclecheck::fuzz

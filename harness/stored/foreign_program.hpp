// The programs of foreign recordings (harness/stored/foreign_recording.hpp) as traces. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "trace/trace.hpp"

namespace cyclecheck {

// The program as a trace of this profile, one operation for each of its own; thresholds 700, 10, 10, enabled, free
// lists filled (rule W8). Node K becomes the name nK, weak reference W the name wW.
// The trace is valid and in normal form. The error says which operation is wrong: "operation 3 'fly 1': ...".
// `set_debug` with COLLECTABLE or UNCOLLECTABLE gets STATS, INSTANCES and OBJECTS added where they exist (2.7).
// O(length).
[[nodiscard]] std::variant<Trace, std::string> convert_program(std::string_view program, ProfileId profile);

}  // namespace cyclecheck

// Well-formed traces and their normal form.
//
// Both formats promise exact round trips for *valid* traces. Every trace that the parser or the decoder returns is
// valid; a trace that was built or changed in memory can be checked here. All functions are pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trace/trace.hpp"

namespace cyclecheck {

// Whether `word` may spell a name: [A-Za-z_][A-Za-z0-9_]*, but neither `self` (an operand) nor `None` (the log's word
// for "no object").
bool is_name(std::string_view word);

// The name that is spelled like this as long as it has no spelling of its own: n7 is the name with number 7.
std::optional<Name> name_of_default_spelling(std::string_view word);

// What makes the trace invalid, in words, or nothing. A trace is valid if
// - numbers, names, slots and scripts are within the limits of trace/operation.hpp and fields that an operation does
//   not use have their defaults;
// - `finalizer` is none exactly when a `new` has no script, and an operation in a script has no script of its own
//   beyond kEmptyScript;
// - stored scripts are not empty, are used once each, and stand in the order of their use;
// - the spellings of names are names, and no two names are spelled alike.
// O(operations + names * log(names)).
std::optional<std::string> find_defect(const Trace& trace);

// The same program in normal form: names numbered in the order of their first appearance in the text and all spelled
// out, no unused names, scripts in the order of their use and used once each. Idempotent; the result is valid.
// REQUIRES: the trace is valid, except that scripts may be shared, unused or in any order. O(operations).
Trace normalised(const Trace& trace);

// The same program with scripts in the order of their use and used once each, without those that stand too deep; names
// and settings as they were.
// REQUIRES: as for `normalised`. O(operations).
Trace with_ordered_scripts(const Trace& trace);

// The same program, in which n7 is the name with number 7, without spellings. Nothing: a name is spelled otherwise.
// REQUIRES: the trace is valid. O(operations).
std::optional<Trace> numbered_as_spelled(const Trace& trace);

}  // namespace cyclecheck

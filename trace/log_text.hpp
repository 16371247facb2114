// Logs as text: expected results beside the traces of a corpus, and findings. docs/trace-format.md defines the format.
//
//     cyclecheck-log 1
//     0: new a node
//     1: drop a
//       died a
//       count 0 0 0
//
// All functions are pure and thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "trace/event.hpp"
#include "trace/text.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

inline constexpr std::uint32_t kLogVersion = 1;

// The text of a log: parse_log(print_log(log, trace), trace) == log.
// REQUIRES: `trace` is valid (trace/normal_form.hpp); `log` is of a run of `trace` or of its beginning: it has no
// more operations, every event belongs to one, events leave the fields that their kind does not use at their defaults,
// and callback tuples have neither name nor serial number. O(length of the text).
std::string print_log(const Log& log, const Trace& trace);

// The log that a text describes, or the first error. It is an error if a line shows another operation than the trace
// has in its place; a text may end before the trace does.
// O(length of the text * log(names)).
std::variant<Log, TextError> parse_log(std::string_view text, const Trace& trace);

// The kind of event with this word ("died"), if there is one.
std::optional<EventKind> find_event(std::string_view word);

}  // namespace cyclecheck

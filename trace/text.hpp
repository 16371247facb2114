// The text format of traces, for people: docs/trace-format.md defines it.
//
//     cyclecheck-trace 1
//     profile python3.11
//     new a node del={root self}   # a finalizer that resurrects its object
//     append a a
//     drop a
//     collect 2
//
// All functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "trace/trace.hpp"

namespace cyclecheck {

inline constexpr std::uint32_t kTextVersion = 1;

// The first error of a text. Lines and columns count from 1, columns in bytes.
struct TextError {
  std::size_t line = 1;
  std::size_t column = 1;
  // "expected an operand after 'append a', found end of line"
  std::string message;

  friend bool operator==(const TextError&, const TextError&) = default;
};

// "corpus/x.trace:7:12: expected an operand after 'append a', found end of line"
std::string to_string(const TextError& error, std::string_view file);

// The trace that a text describes, or the first error. The trace is valid and in normal form (trace/normal_form.hpp).
// O(length of the text * log(names)).
std::variant<Trace, TextError> parse_trace(std::string_view text);

// The canonical text: parse_trace(print_trace(t)) == normalised(t).
// REQUIRES: the trace is valid, except that scripts may be shared, unused or in any order. O(length of the text).
std::string print_trace(const Trace& trace);

// One operation as print_trace writes it, its script included, without the end of line.
// REQUIRES: the operation belongs to the trace or to one of its scripts.
std::string to_string(const Operation& operation, const Trace& trace);

}  // namespace cyclecheck

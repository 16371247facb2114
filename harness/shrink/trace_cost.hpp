// The measure by which the shrinker calls one trace simpler than another. Pure and thread-safe.
#pragma once

#include <array>
#include <cstdint>

#include "trace/trace.hpp"

namespace cyclecheck {

// Compared from the first number to the last: names under which different kinds of objects are created (a signature
// could not tell their kind); operations in the trace and its scripts; names in use; finalizers and
// callbacks; kinds and operands that are more than the simplest; numbers and settings; the sum of the names' numbers.
using TraceCost = std::array<std::uint64_t, 7>;

// O(operations). Scripts that no operation uses do not count.
[[nodiscard]] TraceCost cost_of(const Trace& trace);

// A hash of everything that a trace says apart from its spelling; equal for equal traces on every machine.
[[nodiscard]] std::uint64_t hash_of(const Trace& trace);

// How much an operation can be simplified in kind, and the least value of a number at this place.
[[nodiscard]] std::uint64_t kind_cost(const Operation& operation);
[[nodiscard]] std::uint64_t number_cost(const Operation& operation);

}  // namespace cyclecheck

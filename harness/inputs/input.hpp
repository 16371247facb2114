// Inputs of fuzzers: the trace that a byte string stands for, bounded so that no input takes long.
//
// An input is a binary encoding (trace/binary.hpp) without the bytes that a file begins with, and so carries its
// profile. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/trace.hpp"

namespace cyclecheck {

// How many operations the trace and its scripts may have together, how many objects all `bulk`s may allocate (a few
// more than the greatest threshold of a profile), and how many names there are. Every operation of a trace that was
// decoded runs once at most, so that they bound time, memory and the depth of nested deaths.
inline constexpr std::size_t kFuzzOperations = 1000;
inline constexpr std::int32_t kFuzzBulk = 2048;
inline constexpr std::uint32_t kFuzzNames = 128;

// The trace of an input: what the bytes decode to, within the bounds, without spellings of names. Every byte string
// gives a valid trace. O(bytes).
[[nodiscard]] Trace fuzz_trace(std::span<const std::uint8_t> bytes);

// Brings a trace within the bounds: operations from the first one that is too many on are left out, scripts before what
// comes after their owner, `bulk`s allocate what is left of the budget, and names are taken modulo. O(operations).
void bound(Trace& trace);

}  // namespace cyclecheck

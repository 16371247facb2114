// Changing traces at random, as a fuzzer does between two runs.
//
// Everything here is a function of its arguments alone and accepts every input: bytes are read as
// harness/inputs/input.hpp reads them. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/trace.hpp"

namespace cyclecheck {

// A trace that differs from this one in one place or a few: operations are inserted, deleted, duplicated or moved,
// names, operands, numbers, scripts or settings changed. One insertion in three is something that collectors get wrong:
// an object that resurrects itself, a callback that changes the graph, a collection inside of a finalizer, a weak
// reference to trash, more allocations than the threshold. REQUIRES: the trace is valid. O(operations).
[[nodiscard]] Trace mutate(const Trace& trace, std::uint64_t seed);

// A trace made of both: a beginning of one and an end of the other, a part of one within the other, or both in turn.
// REQUIRES: the traces are valid. O(operations).
[[nodiscard]] Trace crossover(const Trace& one, const Trace& other, std::uint64_t seed);

// Whether bytes are to be changed without a look at what they mean: for one seed in eight.
[[nodiscard]] bool mutates_bytes(std::uint64_t seed);

// Changes a few bytes of buffer[0, size); the new size, at most the buffer's. O(buffer).
// REQUIRES: size <= buffer.size()
[[nodiscard]] std::size_t mutate_bytes(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t seed);

// `mutate` on an input: buffer[0, size) is replaced by the encoding of the new trace, of which so much is left out that
// it fits into the buffer. The new size. REQUIRES: size <= buffer.size()
[[nodiscard]] std::size_t mutate_input(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t seed);

// The same for an input that is decoded already: the encoding of the new trace is put into the buffer. The size.
[[nodiscard]] std::size_t mutate_into(std::span<std::uint8_t> buffer, const Trace& trace, std::uint64_t seed);

// `crossover` of two inputs into a buffer. The size.
[[nodiscard]] std::size_t cross_inputs(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other,
                                       std::span<std::uint8_t> buffer, std::uint64_t seed);
[[nodiscard]] std::size_t cross_into(std::span<std::uint8_t> buffer, const Trace& one, const Trace& other,
                                     std::uint64_t seed);

}  // namespace cyclecheck

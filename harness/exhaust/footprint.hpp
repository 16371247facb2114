// What an operation would do in a heap: whether it does anything, and what it depends on and changes, so that
// operations which commute can be told.
//
// Two operations that follow each other, and whose footprints are independent, may change places: what they log, what
// they leave, and everything later is the same. They log nothing, or only one of them does.
#pragma once

#include <cstdint>

#include "harness/exhaust/heap_outline.hpp"
#include "trace/operation.hpp"

namespace cyclecheck {

struct Footprint {
  // Bits for variables, slots, lists of weak references, the collector's lists and counts, and the log.
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  // Bits for objects whose reference counts rise or fall without reaching 0. Those of one direction commute.
  std::uint64_t rises = 0;
  std::uint64_t falls = 0;
  // Something dies, or a collection runs: it commutes with nothing.
  bool everything = false;
};

[[nodiscard]] inline bool independent(const Footprint& one, const Footprint& other) {
  if (one.everything || other.everything) return false;
  return (one.writes & (other.reads | other.writes)) == 0 && (other.writes & one.reads) == 0 &&
         (one.rises & other.falls) == 0 && (one.falls & other.rises) == 0;
}

enum class Effect : std::uint8_t {
  none,     // an operand finds nothing: neither the heap nor the log changes (rule N3)
  failure,  // its operands are there, but there is nothing to do: nothing changes
  some,
};

struct Forecast {
  Effect effect = Effect::none;
  Footprint footprint;
};

// REQUIRES: the operation is one that all_alphabets() have; no script runs
[[nodiscard]] Forecast forecast(const HeapOutline& heap, const Operation& operation);

}  // namespace cyclecheck

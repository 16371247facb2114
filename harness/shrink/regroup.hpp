// Rewriting steps of the shrinker that change how several objects are made or named, all at once. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "trace/trace.hpp"

namespace cyclecheck {

// What becomes of an object that goes when it is linked to another one.
enum class Contraction : std::uint8_t {
  // From its creation on the two names change places: one link of a chain that is made under two names in turn goes,
  // and the chain stays whole.
  exchange,
  // Who named the object names the other one, until its name is bound again.
  substitute,
};

// Whether the operation at `link` links the object that the `new` at `creation` makes to one that another name stands
// for, a variable's if names are to be exchanged. REQUIRES: creation < link < operations.size()
[[nodiscard]] bool is_link(const Trace& trace, std::size_t creation, std::size_t link, Contraction how);

// The trace without creation and link. REQUIRES: is_link(trace, creation, link, how). O(operations).
[[nodiscard]] Trace without_link(const Trace& trace, std::size_t creation, std::size_t link, Contraction how);

// The indices of the creations whose objects might as well be made by `bulk`: by the trace itself, without finalizer,
// and nobody asks for one of their slots. O(operations).
[[nodiscard]] std::vector<std::size_t> plain_creations(const Trace& trace);

// How what was gathered is released.
enum class Release : std::uint8_t {
  never,    // by whatever ends the trace
  dropped,  // with the node that holds it, in place of the last `drop` of one of the objects, or at the end of the
            // trace
  cleared,  // in the same place, out of the node, whose death would be one more that the others are nested in
};
// Which of the objects is the first slot. A node releases its last slot first.
enum class Slots : std::uint8_t { newest_first, oldest_first };

// Instead of the creations, one `bulk` in place of the first of them makes as many nodes into a node of a new name, and
// who named one of the objects names its slot. What a name held that is no longer bound to one of them is dropped
// there. REQUIRES: some of plain_creations(trace), in order, at least one; name_count(trace) < kMaxNames.
// O(operations).
[[nodiscard]] Trace gathered(const Trace& trace, std::span<const std::size_t> creations, Slots slots, Release release);

// The nodes of a `bulk` from `first` on, `count` of them, and the one before them become one; what would only make an
// edge from it to itself goes. REQUIRES: operations[bulk] is a `bulk` of more than first + count - 1 nodes, first > 0,
// count > 0. O(operations).
[[nodiscard]] Trace contracted(const Trace& trace, std::size_t bulk, std::int32_t first, std::int32_t count);

}  // namespace cyclecheck

// Rewriting steps of the shrinker that change how several objects are made or named, all at once. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "trace/trace.hpp"

namespace cyclecheck {

// An object is taken out of a trace together with the operation that links it to another object. What stands for it
// then:
enum class Contraction : std::uint8_t {
  // From its creation on the two names change places. A chain that is made under two names in turn, such as a, b, a, b,
  // loses one link and stays whole.
  exchange,
  // Operands that named it name the other object, until its name is bound again.
  substitute,
};

// Whether the operation at `link` links the object that the `new` at `creation` makes to an object that another name
// stands for. To exchange names, that name must be a variable. REQUIRES: creation < link < operations.size()
[[nodiscard]] bool is_link(const Trace& trace, std::size_t creation, std::size_t link, Contraction how);

// The trace without creation and link. REQUIRES: is_link(trace, creation, link, how). O(operations).
[[nodiscard]] Trace without_link(const Trace& trace, std::size_t creation, std::size_t link, Contraction how);

// The indices of the creations whose objects `bulk` could make: the trace itself makes them, they have no finalizer,
// and no operation asks for one of their slots. O(operations).
[[nodiscard]] std::vector<std::size_t> plain_creations(const Trace& trace);

// When the objects that `gathered` put into one node are released.
enum class Release : std::uint8_t {
  never,    // the end of the trace releases them
  dropped,  // the node is dropped where the last of the objects was dropped, or at the end of the trace
  cleared,  // the node is cleared in the same place: it does not die, so their deaths are not nested in its death
};
// Which of the objects is the first slot. A node releases its last slot first.
enum class Slots : std::uint8_t { newest_first, oldest_first };

// One `bulk` in place of the first creation makes as many nodes into a node of a new name; the creations go. Operands
// that named one of the objects name its slot. A name that is no longer bound to one of them drops there what it held.
// REQUIRES: some of plain_creations(trace), in order, at least one; name_count(trace) < kMaxNames. O(operations).
[[nodiscard]] Trace gathered(const Trace& trace, std::span<const std::size_t> creations, Slots slots, Release release);

// `count` nodes of a `bulk`, from `first` on, become one with the node before them. An operation that would only link
// that node to itself goes. REQUIRES: operations[bulk] is a `bulk` of more than first + count - 1 nodes, first > 0,
// count > 0. O(operations).
[[nodiscard]] Trace contracted(const Trace& trace, std::size_t bulk, std::int32_t first, std::int32_t count);

}  // namespace cyclecheck

// What an enumeration needs to know of the model's heap between two operations.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/heap.hpp"

namespace cyclecheck {

struct HeapOutline {
  struct Item {
    model::Kind kind = model::Kind::node;
    Label label;
    // Operands find it (rule N3).
    bool usable = false;
    std::int64_t references = 0;
    // Where its slots are: itself, or its dictionary.
    model::Id holder = model::kNone;
    std::vector<model::Id> slots;
    bool weakly_referenced = false;
    model::Id referent = model::kNone;
  };

  // What each variable refers to, by name; kNone: unbound.
  std::vector<model::Id> variables;
  std::vector<Item> items;
  std::size_t garbage = 0;
  std::array<std::uint32_t, 3> counts{};
  std::int32_t threshold = 0;
  // See Heap.
  std::uint32_t fails_in = 0;

  // Looks at the heap. O(objects and references).
  void look(const model::Heap& heap, std::span<const model::Id> globals);

  // What the variable refers to, if operands find it, else kNone.
  [[nodiscard]] model::Id usable(Name name) const;
};

// A number for the state of a heap, up to renaming of its objects: what there is, who refers to whom, in which order
// things stand in generations, slots and lists of weak references, counts and flags, and what variables refer to.
// Different states have different numbers but for accidents of 64 bits. O(objects and references).
[[nodiscard]] std::uint64_t key_of(const model::Heap& heap, std::span<const model::Id> globals);

}  // namespace cyclecheck

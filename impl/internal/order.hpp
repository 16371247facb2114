// A list of objects in order, as an array with gaps.
#pragma once

#include <cstddef>
#include <cstdint>

#include "impl/internal/allocator.hpp"
#include "impl/internal/cell.hpp"

namespace cyclegc::internal {

// `ids` may contain kNone, which stands for an object that left. Invariant: live == number of ids that are not kNone;
// the last id is not kNone; an id at position p belongs to a cell with place == p.
struct Order {
  Vector<Id> ids = vector_for<Id>(Site::generations);
  std::uint32_t live = 0;

  // More than half of a list that is worth the work are gaps.
  [[nodiscard]] bool sparse() const { return ids.size() > 2 * std::size_t{live} + 64; }

  void clear() {
    ids.clear();
    live = 0;
  }
};

}  // namespace cyclegc::internal

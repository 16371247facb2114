// A list of objects in order, as an array with gaps.
#pragma once

#include <cstddef>
#include <cstdint>

#include "impl/check.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/internal/cell.hpp"

namespace cyclegc::internal {

// `ids` may contain kNone, which stands for an object that left. Invariant: live == number of ids that are not kNone;
// the last id is not kNone; an id at position p belongs to a cell with place == p.
struct Order {
  explicit Order(const MemorySource& source) : ids(vector_for<Id>(Site::generations, source)) {}

  Vector<Id> ids;
  std::uint32_t live = 0;
  // An append finds as many ids as this, and must call make_room() first: the memory ends, or there are many gaps.
  std::size_t full_at = 0;

  // More than half of a list that is worth the work are gaps.
  [[nodiscard]] bool sparse() const { return ids.size() > 2 * std::size_t{live} + 64; }

  void reserve(std::size_t ids_and_gaps) {
    provide(ids, ids_and_gaps);
    full_at = ids.capacity();
  }
  [[nodiscard]] bool is_full() const { return ids.size() >= full_at; }

  // REQUIRES: !is_full(). Answers the place.
  std::uint32_t append(Id id) {
    CYCLEGC_CHECK(!is_full() && full_at <= ids.capacity());
    const auto place = static_cast<std::uint32_t>(ids.size());
    push_within(ids, id);
    ++live;
    return place;
  }
  void remove(std::uint32_t place) {
    --live;
    ids[place] = kNone;
    if (std::size_t{place} + 1 != ids.size()) {
      if (sparse()) full_at = ids.size();
      return;
    }
    // Short-lived objects come and go at the tail.
    do ids.pop_back();
    while (!ids.empty() && ids.back() == kNone);
  }

  void clear() {
    ids.clear();
    live = 0;
    full_at = ids.capacity();
  }
};

}  // namespace cyclegc::internal

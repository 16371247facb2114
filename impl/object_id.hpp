// The name of an object within its heap.
#pragma once

#include <cstdint>
#include <limits>

namespace cyclegc {

// Dense: a heap's ids are 0, 1, 2 ..., so a vector indexed by `index` serves as a side table. The id of a freed object
// is given to a later one; an id says nothing about whether its object still exists (Heap::exists).
struct ObjectId {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t index = kNone;

  [[nodiscard]] explicit operator bool() const { return index != kNone; }
  friend bool operator==(ObjectId, ObjectId) = default;
};

}  // namespace cyclegc

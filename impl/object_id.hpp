// The name of an object within its heap.
#pragma once

#include <cstdint>
#include <limits>

namespace cyclegc {

// Dense: a heap's ids are 0, 1, 2 ..., so a vector indexed by `index` serves as a side table. The index of a freed
// object is given to a later one. Ids are compared by their index alone: those of two heaps are not told apart.
struct ObjectId {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t index = kNone;
  // Set in builds with checks, which tell by it whether the object has been freed, or is of another heap. 0: unknown.
  std::uint32_t serial = 0;

  [[nodiscard]] explicit operator bool() const { return index != kNone; }
  friend bool operator==(ObjectId a, ObjectId b) { return a.index == b.index; }
};

}  // namespace cyclegc

// Self-verification of a heap: Heap::verify.
#pragma once

#include <cstdint>

namespace cyclegc {

enum class Grade : std::uint8_t {
  cheap,       // counters and the ends of lists: O(1)
  structural,  // every list, position and flag well formed: O(objects + slots)
  whole_heap,  // every reference count equal to the references that there are, every counter equal to a recount
};

}  // namespace cyclegc

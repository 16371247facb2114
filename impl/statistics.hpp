// What a heap holds and what its short cuts did, in numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cyclegc {

struct Statistics {
  // Objects that exist, and objects for which there is room without more memory.
  std::size_t objects = 0;
  std::size_t room = 0;
  // Objects that are being made at the moment.
  std::size_t promised = 0;
  // Slots of all blocks, those that nobody has among them, and places for callbacks: as many as were in use at once.
  std::size_t slots = 0;
  std::size_t callback_places = 0;
  // Memory that the heap has taken for objects, slots, lists and the collector's tables, in bytes. Not counted are
  // types, hooks, callbacks and what the objects of custom types own elsewhere. Room that was never used takes
  // addresses, but hardly any memory.
  std::size_t bytes = 0;
  // Since the heap was made or reset: objects that collections freed at once, because nobody could see in which order
  // they die, and collections that had to count no references, because handles alone referred to what they examined.
  std::uint64_t freed_at_once = 0;
  std::uint64_t collections_from_handles = 0;
  // Steps of work in that time: an object, a reference or a place of a list that a pass looks at or moves; what takes
  // the same time whatever there is in the heap is not counted. docs/detection/steps.md says how many there may be.
  std::uint64_t steps = 0;
  // Those of them that looked for what is unreachable and put it in order, before any of it dies.
  std::uint64_t steps_of_passes = 0;
};

}  // namespace cyclegc

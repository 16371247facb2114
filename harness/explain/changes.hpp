// What differs between two views of one heap, in words. Pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/explain/heap_view.hpp"

namespace cyclecheck {

// What a difference is about: the heading that it is printed under.
struct Change {
  // "references", "from generation 0 to generation 2", "not reachable any more".
  std::string topic;
  // "b 1 -> 2", or the name alone.
  std::string text;
  // kNone: about no object.
  model::Id object = model::kNone;
};

// In the order of topics, then of objects. O(objects + roots).
[[nodiscard]] std::vector<Change> changes(const HeapView& before, const HeapView& after, const Trace& trace);

}  // namespace cyclecheck

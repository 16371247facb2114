// Which objects a frame draws, and in which place. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "harness/explain/heap_view.hpp"

namespace cyclecheck {

// Up to `whole` objects are drawn whole: each keeps its place as long as it is drawn, and what died stays to be seen,
// faded, until the second operation after its death. Where more are alive, a neighbourhood is drawn: what the frame
// touched, or the last frame that touched anything, and what is near to that.
class PageLayout {
 public:
  PageLayout(std::size_t whole, std::size_t neighbourhood)
      : whole_(whole), neighbourhood_(neighbourhood), taken_(whole, model::kNone) {}

  struct Step {
    // An object and its place from this frame on; -1: it is no longer drawn.
    std::vector<std::pair<model::Id, int>> moves;
    // What is drawn instead, nearest first, if not everything is.
    std::optional<std::vector<model::Id>> neighbourhood;
    // Objects that are alive and not drawn.
    std::size_t left_out = 0;
  };
  // The next frame. `touched`: the objects that it changed. `operation` counts up. O(objects + references).
  [[nodiscard]] Step next(const HeapView& heap, const std::vector<model::Id>& touched, std::size_t operation);

 private:
  [[nodiscard]] std::vector<model::Id> near_to(const HeapView& heap, const std::vector<model::Id>& centre) const;
  [[nodiscard]] bool is_gone(model::Id id, std::size_t operation) const;

  std::size_t whole_;
  std::size_t neighbourhood_;
  // By place; kNone: free.
  std::vector<model::Id> taken_;
  // By object: the operation in which it died.
  std::vector<std::size_t> died_;
  // By object.
  std::vector<int> place_;
  // What the last frame that touched anything touched.
  std::vector<model::Id> centre_;
};

}  // namespace cyclecheck

// Which objects a frame draws, and in which place. Not thread-safe.
#pragma once

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "harness/explain/heap_view.hpp"

namespace cyclecheck {

class PageLayout {
 public:
  explicit PageLayout(std::size_t places) : taken_(places, model::kNone) {}

  struct Step {
    // An object and its place from this frame on; -1: it is no longer drawn.
    std::vector<std::pair<model::Id, int>> moves;
    // Objects that are alive and not drawn.
    std::size_t left_out = 0;
  };
  // The next frame. `touched`: the objects that it changed. An object that stays keeps its place. What died stays to be
  // seen, faded, until the second operation after its death. `operation` counts up.
  [[nodiscard]] Step next(const HeapView& heap, const std::vector<model::Id>& touched, std::size_t operation);

 private:
  [[nodiscard]] std::set<model::Id> choose(const HeapView& heap, const std::vector<model::Id>& touched) const;

  // By place; kNone: free.
  std::vector<model::Id> taken_;
  // By object: the operation in which it died.
  std::vector<std::size_t> died_;
  // By object.
  std::vector<int> place_;
  std::size_t operation_ = 0;
};

}  // namespace cyclecheck

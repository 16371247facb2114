#include "harness/explain/page_layout.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

constexpr std::size_t kAlive = static_cast<std::size_t>(-1);

}  // namespace

bool PageLayout::is_gone(model::Id id, std::size_t operation) const {
  return died_[id] != kAlive && operation > died_[id] + 1;
}

PageLayout::Step PageLayout::next(const HeapView& heap, const std::vector<model::Id>& touched, std::size_t operation) {
  died_.resize(heap.objects.size(), kAlive);
  place_.resize(heap.objects.size(), -1);
  if (!touched.empty()) centre_ = touched;
  std::vector<model::Id> drawn;
  std::size_t alive = 0;
  for (model::Id id = 0; id < heap.objects.size(); ++id) {
    const bool freed = heap.objects[id].freed;
    if (freed && died_[id] == kAlive) died_[id] = operation;
    if (!freed) ++alive;
    if (!is_gone(id, operation)) drawn.push_back(id);
  }
  Step step;
  if (alive > whole_) {
    step.neighbourhood = near_to(heap, centre_);
    const auto shown = std::count_if(step.neighbourhood->begin(), step.neighbourhood->end(),
                                     [&](model::Id id) { return !heap.objects[id].freed; });
    step.left_out = alive - static_cast<std::size_t>(shown);
    drawn.clear();
  }
  // The dead make room for the living.
  if (drawn.size() > whole_) std::erase_if(drawn, [&](model::Id id) { return heap.objects[id].freed; });
  for (model::Id& id : taken_) {
    if (id == model::kNone || std::binary_search(drawn.begin(), drawn.end(), id)) continue;
    step.moves.emplace_back(id, -1);
    place_[id] = -1;
    id = model::kNone;
  }
  for (const model::Id id : drawn) {
    if (place_[id] >= 0) continue;
    const auto free = std::find(taken_.begin(), taken_.end(), model::kNone);
    *free = id;
    place_[id] = static_cast<int>(free - taken_.begin());
    step.moves.emplace_back(id, place_[id]);
  }
  return step;
}

// The centre, then what it refers to and what refers to it, then their neighbours, and so on.
std::vector<model::Id> PageLayout::near_to(const HeapView& heap, const std::vector<model::Id>& centre) const {
  std::vector<std::vector<model::Id>> neighbours(heap.objects.size());
  for (model::Id id = 0; id < heap.objects.size(); ++id) {
    const auto join = [&](model::Id to) {
      neighbours[id].push_back(to);
      neighbours[to].push_back(id);
    };
    for (const model::Id to : heap.objects[id].referents) join(to);
    if (heap.objects[id].referent != model::kNone) join(heap.objects[id].referent);
  }
  std::vector<bool> seen(heap.objects.size());
  std::vector<model::Id> near;
  const auto take = [&](model::Id id) {
    if (seen[id] || near.size() == neighbourhood_) return;
    seen[id] = true;
    near.push_back(id);
  };
  for (const model::Id id : centre) take(id);
  for (std::size_t i = 0; i < near.size(); ++i) {
    for (const model::Id id : neighbours[near[i]]) take(id);
  }
  return near;
}

}  // namespace cyclecheck

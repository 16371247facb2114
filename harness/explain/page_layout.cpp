#include "harness/explain/page_layout.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

constexpr std::size_t kAlive = static_cast<std::size_t>(-1);

}  // namespace

PageLayout::Step PageLayout::next(const HeapView& heap, const std::vector<model::Id>& touched, std::size_t operation) {
  operation_ = operation;
  died_.resize(heap.objects.size(), kAlive);
  place_.resize(heap.objects.size(), -1);
  for (model::Id id = 0; id < heap.objects.size(); ++id) {
    if (heap.objects[id].freed && died_[id] == kAlive) died_[id] = operation;
  }
  const std::set<model::Id> chosen = choose(heap, touched);
  Step step;
  for (model::Id& id : taken_) {
    if (id == model::kNone || chosen.count(id) > 0) continue;
    step.moves.emplace_back(id, -1);
    place_[id] = -1;
    id = model::kNone;
  }
  for (const model::Id id : chosen) {
    if (place_[id] >= 0) continue;
    const auto free = std::find(taken_.begin(), taken_.end(), model::kNone);
    *free = id;
    place_[id] = static_cast<int>(free - taken_.begin());
    step.moves.emplace_back(id, place_[id]);
  }
  for (model::Id id = 0; id < heap.objects.size(); ++id) {
    if (!heap.objects[id].freed && place_[id] < 0) ++step.left_out;
  }
  return step;
}

// In this order: what was touched, its neighbours, what is drawn already, the rest; as many as there are places.
std::set<model::Id> PageLayout::choose(const HeapView& heap, const std::vector<model::Id>& touched) const {
  std::set<model::Id> chosen;
  const auto take = [&](model::Id id) {
    if (id == model::kNone || chosen.size() == taken_.size()) return;
    const bool gone = died_[id] != kAlive && operation_ > died_[id] + 1;
    if (!gone) chosen.insert(id);
  };
  for (const model::Id id : touched) take(id);
  for (const model::Id id : touched) {
    for (const model::Id to : heap.objects[id].referents) take(to);
    take(heap.objects[id].referent);
  }
  const std::set<model::Id> centre(touched.begin(), touched.end());
  for (model::Id id = 0; id < heap.objects.size() && !centre.empty(); ++id) {
    const auto& referents = heap.objects[id].referents;
    if (std::any_of(referents.begin(), referents.end(), [&](model::Id to) { return centre.count(to) > 0; })) take(id);
  }
  for (const model::Id id : taken_) take(id);
  for (model::Id id = 0; id < heap.objects.size(); ++id) {
    if (!heap.objects[id].freed) take(id);
  }
  return chosen;
}

}  // namespace cyclecheck

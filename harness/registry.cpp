#include "harness/registry.hpp"

#include <algorithm>

#include "harness/model_subject.hpp"

namespace cyclecheck {

const SubjectEntry* find_subject(const Registry& registry, std::string_view name) {
  const auto found = std::find_if(registry.begin(), registry.end(), [&](const auto& row) { return row.name == name; });
  return found == registry.end() ? nullptr : &*found;
}

MakeContestants against_model(const SubjectEntry& entry, Level level) {
  return [make = entry.make, level] {
    Contestants contestants;
    auto model = std::make_unique<ModelSubject>();
    const ModelSubject& view = *model;
    contestants.model = std::move(model);
    contestants.subject = make();
    contestants.level = std::min(level, contestants.subject->level());
    contestants.add_reach = [&view](std::span<std::atomic<std::uint64_t>> counters) {
      for (std::size_t i = 0; i < counters.size(); ++i) {
        const std::uint64_t count = view.reach().count[i];
        if (count == 0) continue;
        counters[i].store(counters[i].load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
      }
    };
    contestants.add_states = [&view](StateSet& states) {
      for (const HeapState& state : view.heap_states().states()) states.insert(state.packed());
    };
    return contestants;
  };
}

}  // namespace cyclecheck

// Every workload, for a collector that can do it.
#pragma once

#include <memory>

#include "bench/workload.hpp"
#include "bench/workloads/automatic.hpp"
#include "bench/workloads/counted.hpp"
#include "bench/workloads/full_collection.hpp"
#include "bench/workloads/memory.hpp"
#include "bench/workloads/young_collection.hpp"

namespace cyclecheck::bench {

// Null: the collector does not do that.
template <class Collector>
std::unique_ptr<Workload> make_workload_of(const Spec& spec) {
  constexpr bool has_generations = requires(const Collector& collector) { collector.collected(); };
  constexpr bool has_finalizers = requires(const Collector& collector) { collector.finalized(); };
  constexpr bool has_weak_references = requires(const Collector& collector, typename Collector::Handle& handle) {
    collector.is_alive(handle);
  };
  constexpr bool has_slots = requires(Collector & collector, typename Collector::Handle & handle) {
    collector.clear(handle);
  };
  if (!has_finalizers && spec.observed != Observed::none) return nullptr;
  const std::string& name = spec.workload;
  if (name == "allocate") return std::make_unique<Allocate<Collector>>(spec);
  if (name == "trees") return std::make_unique<Trees<Collector>>(spec);
  if (name == "memory") return std::make_unique<Memory<Collector>>(spec);
  if (name == "comb" || name == "chain") {
    if (spec.part == "full" && !Collector::kFindsCycles) return nullptr;
    if (spec.part == "die" && !Collector::kCountsReferences) return nullptr;
    // Nested destructors overflow the stack.
    if (name == "chain" && !Collector::kFindsCycles) return nullptr;
    return std::make_unique<Hanging<Collector>>(spec);
  }
  if constexpr (has_slots) {
    if (name == "slots") return std::make_unique<Slots<Collector>>(spec);
  }
  if constexpr (has_weak_references) {
    if (name == "weak") return std::make_unique<WeakReferences<Collector>>(spec);
  }
  if constexpr (Collector::kFindsCycles) {
    if (name == "full") return std::make_unique<FullCollection<Collector>>(spec);
    if (name == "pairs") return std::make_unique<Pairs<Collector>>(spec);
    if (name == "growth") return std::make_unique<Growth<Collector>>(spec);
  }
  if constexpr (has_generations) {
    if (name == "young") return std::make_unique<YoungCollection<Collector>>(spec);
  }
  if constexpr (has_finalizers) {
    if (name == "resurrection") return std::make_unique<ResurrectedPairs<Collector>>(spec);
  }
  return nullptr;
}

}  // namespace cyclecheck::bench

// Heap states: what a collection meets, in 32 bits. The one definition that serves the fuzzers' state coverage and the
// reach report of `cyclecheck run`.
//
// A state is taken once for every collection of the model. It says what began the collection and how deep inside of
// finalizers, which generations had objects, what the garbage looks like (strongly connected components, finalizers,
// weak references into and out of it), and what came of it until the next collection begins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/subjects/reached.hpp"
#include "model/machine.hpp"

namespace cyclecheck {

// What began a collection.
enum class CollectionTrigger : std::uint8_t { allocation, safepoint, explicit_call, shutdown };

struct HeapState {
  // Collected; 0 to 2.
  std::uint8_t generation = 0;
  CollectionTrigger trigger = CollectionTrigger::explicit_call;
  // Bit g: generation g had objects.
  std::uint8_t populated = 0;
  // Finalizers and callbacks that were running; 3: three or more.
  std::uint8_t depth = 0;
  // Full collections were due and passed over since the collection before (rule G7).
  bool skipped_full = false;

  // The largest strongly connected component of the garbage: 0 none, 1 one object that refers to itself, 2, 3,
  // 4: up to 7, 5: up to 15, 6: more, 7: so much garbage that it was not looked at.
  std::uint8_t component = 0;
  // How many components there are; 3: three or more.
  std::uint8_t components = 0;
  // Garbage that is in no cycle.
  bool acyclic = false;
  // What objects in cycles have: 1 `__del__`, 2 a legacy finalizer, 4 a finalizer that ran before.
  std::uint8_t finalizers = 0;
  // Garbage in no cycle has a finalizer.
  bool acyclic_finalizer = false;
  // Weak references to garbage, 1 from outside with callback, 2 without, 4 from garbage with callback, 8 without.
  std::uint8_t weak_into = 0;
  // Weak references in the garbage to something outside.
  bool weak_out = false;

  // Until the next collection: 1 garbage was resurrected, 2 was uncollectable, 4 a callback ran, 8 a collection was
  // asked for while this one ran, 16 something was deposited in the trashcan, 32 a dying object was resurrected.
  std::uint8_t outcome = 0;

  // All of it as one number; different states have different numbers.
  [[nodiscard]] std::uint32_t packed() const;

  friend bool operator==(const HeapState&, const HeapState&) = default;
};

// How many counters `count` uses.
inline constexpr std::size_t kStateCounters = 8192;

// Collects the states of runs of the model. Not thread-safe.
class HeapStates final : public model::Observer {
 public:
  // Forgets the run before. `reach` is what the next run adds to, before it tells the states; it outlives that run.
  void begin(const Reach& reach);
  // Completes the last state. To be called after the run.
  void end();

  // The states of the run, in order, one for each collection.
  [[nodiscard]] std::span<const HeapState> states() const { return states_; }

  // Adds the run to counters that a fuzzer looks at: views of the states that leave parts of them out, so that not
  // every combination is news, each hashed into a region of its own, and how often each state of Reached was
  // reached. Counters stop at 255. REQUIRES: counters.size() == kStateCounters. O(states).
  void count(std::span<std::uint8_t> counters) const;

  void collection_begins(std::size_t generation, model::CollectionCause cause) override;
  // What was found to be garbage: C4.
  void phase_ended(model::CollectionPhase phase, const model::List& survivors, const model::List& unreachable,
                   model::Id scanned) override;

 private:
  void complete();
  void look_at_garbage(const model::List& unreachable);
  void look_at_components(const model::List& unreachable, HeapState& state);
  [[nodiscard]] bool grew(Reached reached) const {
    return reach_->of(reached) != before_[static_cast<std::size_t>(reached)];
  }

  const Reach* reach_ = nullptr;
  // At the beginning of the last collection.
  std::array<std::uint64_t, kReached> before_{};
  std::vector<HeapState> states_;

  // Tarjan's algorithm; `number_` belongs to ids and is valid where `stamp_` is `epoch_`.
  struct Frame {
    std::uint32_t object;
    std::uint32_t next;
  };
  std::vector<std::uint32_t> stamp_;
  std::vector<std::uint32_t> number_;
  std::uint32_t epoch_ = 0;
  std::vector<model::Id> ids_;
  std::vector<std::uint32_t> first_edge_;
  std::vector<std::uint32_t> edges_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> low_;
  std::vector<std::uint32_t> stack_;
  std::vector<Frame> frames_;
  std::vector<bool> done_;
};

}  // namespace cyclecheck

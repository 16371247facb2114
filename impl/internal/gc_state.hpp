// What the collector remembers from one collection to the next.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "impl/handle.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/internal/cell.hpp"
#include "impl/semantics.hpp"

namespace cyclegc {

// gc.get_stats(), one generation (X9).
struct GenerationStats {
  std::uint64_t collections = 0;
  std::uint64_t collected = 0;
  std::uint64_t uncollectable = 0;
};

// An element of gc.callbacks (X8).
struct GcEvent {
  bool stop = false;
  int generation = 0;
  // Both 0 at the start.
  std::uint32_t collected = 0;
  std::uint32_t uncollectable = 0;
};
using GcCallback = std::function<void(const GcEvent&)>;

// A callback with the object that it is called for (X10).
struct Watcher {
  Handle object;
  GcCallback call;
};

namespace internal {

struct GcState {
  explicit GcState(const MemorySource& source)
      : garbage(vector_for<Id>(Site::garbage, source)),
        callbacks(vector_for<Registered>(Site::gc_callbacks, source)),
        watchers(vector_for<std::shared_ptr<const Watcher>>(Site::gc_callbacks, source)) {}

  std::array<std::int32_t, 3> threshold{};
  std::array<std::int32_t, 3> count{};
  std::uint32_t long_lived_total = 0;
  std::uint32_t long_lived_pending = 0;
  bool enabled = true;
  bool collecting = false;
  bool pending = false;
  std::uint32_t debug = 0;
  // Heap::fail_allocation.
  std::uint32_t fails_in = 0;
  Vector<Id> garbage;
  // Shared, so that a callback that removes itself is not destroyed while it runs.
  using Registered = std::pair<std::uint32_t, std::shared_ptr<const GcCallback>>;
  Vector<Registered> callbacks;
  std::uint32_t next_callback = 0;
  Vector<std::shared_ptr<const Watcher>> watchers;
  std::array<GenerationStats, 3> stats{};

  void reset(const Semantics& rules) {
    threshold = rules.threshold;
    count.fill(0);
    long_lived_total = 0;
    long_lived_pending = 0;
    enabled = true;
    collecting = false;
    pending = false;
    debug = 0;
    fails_in = 0;
    garbage.clear();
    callbacks.clear();
    watchers.clear();
    stats.fill({});
  }

  // One object was freed (D6).
  void uncount(std::int32_t objects = 1) { count[0] = count[0] > objects ? count[0] - objects : 0; }
  // The next allocation of a container does nothing but count (G4, M2).
  [[nodiscard]] bool only_counts() const { return count[0] < threshold[0] && fails_in == 0; }
};

}  // namespace internal
}  // namespace cyclegc

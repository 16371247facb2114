// The model's heap around the operation where two logs differ.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/explain/story.hpp"

namespace cyclecheck {

struct Scene {
  struct Collection {
    std::size_t generation = 0;
    Cause cause = Cause::explicit_call;
    Pace pace;
    // Found unreachable, before finalizers ran.
    std::vector<model::Id> unreachable;
    // Set aside, because they have a legacy finalizer or are reachable from one that has (C5).
    std::vector<model::Id> set_aside;
    // Going to be cleared.
    std::vector<model::Id> cleared;
  };

  HeapView before;
  HeapView after;
  Pace pace_after;
  // Those of the operation, in the order in which they began.
  std::vector<Collection> collections;
  // What happened to objects, with the operation, up to the one where the logs differ.
  std::vector<std::pair<std::size_t, Event>> history;

  // The collection of the operation that found an object unreachable; null: none did.
  [[nodiscard]] const Collection* finder(model::Id id) const;
  // Whether an event of this kind and object came in an earlier operation, or in this one before `at`.
  [[nodiscard]] bool happened(EventKind kind, const Label& label, std::size_t before_operation) const;
};

// Runs the trace on the model.
[[nodiscard]] Scene scene_of(const Trace& trace, std::size_t operation);

// The event that a divergence is about: what is missing or comes in another place, or what is extra; nothing if one log
// is short.
struct Guilty {
  std::optional<Event> event;
  // "missing", "extra", "changed", "reordered", "short", "long".
  std::string difference;
  std::optional<Event> expected;
  std::optional<Event> actual;
};
[[nodiscard]] Guilty guilty_event(const Divergence& divergence);

}  // namespace cyclecheck

// The model's heap at one moment, as values that outlive it: what `explain` shows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/machine.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Where an object is tracked.
enum class Lane : std::uint8_t {
  untracked,
  generation0,
  generation1,
  generation2,
  permanent,
  set_apart,  // in a list of the collection that runs
};
inline constexpr std::size_t kLanes = 6;

[[nodiscard]] const char* to_string(Lane lane);

struct ViewedObject {
  Label label;
  model::Kind kind = model::Kind::node;
  // Integer, string: as a program writes it.
  std::string says;
  std::int64_t references = 0;
  // Meaningful while a collection works on the object's list.
  std::int64_t gc_refs = 0;
  Lane lane = Lane::untracked;
  FinalizerKind finalizer = FinalizerKind::none;
  bool finalized = false;
  // Its token is released; its memory is given back.
  bool dead = false;
  bool freed = false;
  // A chain of references leads from a root to it.
  bool reachable = false;
  bool in_garbage = false;
  // Of a weak reference; kNone: of none, or cleared.
  model::Id referent = model::kNone;
  bool has_callback = false;
  // What it refers to, with repetitions; empty once freed.
  std::vector<model::Id> referents;
};

struct HeapView {
  std::vector<ViewedObject> objects;
  std::vector<model::Root> roots;
  std::array<std::uint32_t, 3> counts{};
  std::array<std::int32_t, 3> threshold{};
  bool enabled = true;
  unsigned debug = 0;

  // The object with a label. O(objects).
  [[nodiscard]] std::optional<model::Id> find(const Label& label) const;
};

// O(objects + references).
[[nodiscard]] HeapView view_of(const model::Heap& heap, const std::vector<model::Root>& roots);

// "variable a", "argument 1 of call 2", "gc.garbage[0]".
[[nodiscard]] std::string name_of(const model::Root& root, const Trace& trace);

// Who refers to an object: roots by their names, then objects by theirs, with repetitions. If the count says more, the
// rest is held by the operation or finalizer that runs: the last entry says so. O(objects + references).
[[nodiscard]] std::vector<std::string> holders(const HeapView& view, model::Id id, const Trace& trace);

// A shortest chain of references from a root: "variable a -> a -> b"; empty if there is none. O(objects + references).
[[nodiscard]] std::string chain_to(const HeapView& view, model::Id id, const Trace& trace);

}  // namespace cyclecheck

// The machine that runs a trace on the model's heap: rules N, X and S of docs/memory-model.md.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/heap.hpp"
#include "model/reach.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck::model {

// A reference from outside of the heap.
struct Root {
  // `interpreter`: it holds an integer or string for ever (I6).
  enum class Kind : std::uint8_t { global, local, argument, garbage, interpreter };
  Kind kind = Kind::global;
  // Of a local variable or argument: 1 is the outermost call.
  std::size_t scope = 0;
  // Of a variable.
  Name name;
  // Of an argument, or an element of gc.garbage.
  std::size_t index = 0;
  Id id = kNone;
};

// The objects that the roots refer to, with repetitions.
[[nodiscard]] std::vector<Id> ids_of(const std::vector<Root>& roots);

// Looks at the heap between operations, and is told what no event says.
class Probe {
 public:
  Probe() = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  virtual ~Probe() = default;
  // `roots`: variables, scopes and gc.garbage.
  virtual void after_operation(std::size_t operation, const Heap& heap, const std::vector<Root>& roots) = 0;
  // As Program is told, if the probe asks for it: what the roots are is looked up at every phase.
  [[nodiscard]] virtual bool wants_phases() const { return false; }
  virtual void phase_ended(CollectionPhase /*phase*/, const List& /*first*/, const List& /*second*/, Id /*scanned*/,
                           const Heap& /*heap*/, const std::vector<Root>& /*roots*/) {}
  // As Program is told.
  virtual void at_place(CollectionPlace) {}
  virtual void automatic_collection(std::size_t /*generation*/, bool /*nested*/) {}
};

// Looks at collections as they run, and at what operations leave. It must not change what they see.
class Watcher {
 public:
  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;
  // Before the collection has changed anything: C1.
  virtual void collection_begins(const Heap& heap, std::size_t generation) = 0;
  // What the collection took for garbage, before finalizers and callbacks: C3.
  virtual void garbage_found(const Heap& heap, const List& unreachable) = 0;
  // After everything that rule N12 logs. `globals`: what each global variable refers to, by name; kNone: unbound.
  virtual void operation_ended(std::size_t /*operation*/, const Heap& /*heap*/, std::span<const Id> /*globals*/) {}
};

// Runs a trace and leaves what happened in `log`, one group of events for every operation of the trace. Adds to `reach`
// what states it went through. Pure otherwise: equal traces give equal logs. Nested deaths recurse natively, as deeply
// as the profile's trashcan lets them (about 10,000 levels in python3.13): run it on a stack of 64 MiB or more.
void run(const Trace& trace, Observe observe, Log& log, Reach& reach, Probe* probe = nullptr,
         Watcher* watcher = nullptr);

}  // namespace cyclecheck::model

// What an observer of a run is told. No rule depends on an observer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/object.hpp"
#include "trace/event.hpp"
#include "trace/operation.hpp"

namespace cyclecheck::model {

class Heap;

// What happens to an object, or in an operation. The object is the one that is told with the fact; kNone where the fact
// has none.
enum class Fact : std::uint8_t {
  found,             // an operand found it: N3
  bound,             // a name is about to be bound to it (kNone: to nothing): N1
  made,              // it has its kind, and nothing else yet
  taken,             // (none) the next object comes from a free list: W8.2, W8.3
  counted,           // (none) an allocation was counted: G2
  failed,            // (none) an allocation failed: M2
  given_up,          // half made, it is about to be released: M3
  tracked,           // a dictionary, for what it holds now: G6
  untracked,         // a dictionary or tuple, for what it holds: G6, G9
  dying,             // its count fell to zero, or it is taken from the trashcan
  deposited,         // in the trashcan: T
  trashcan_emptied,  // (none) what is deposited is about to be deallocated
  called,            // its finalizer or callback is about to run
  resurrected,       // it survived its finalizer: F4
  freed,             // D6
  cleared,           // a weak reference that is about to lose its referent
  cleared_silently,  // the same, at the end of D2 and D3
  called_object,     // it becomes the callback of a weak reference: W9
  watcher_acts,      // the script of its entry in gc.callbacks is about to run: X10
  watchers_changed,  // it was registered or removed while gc.callbacks are called: X10
  callbacks_lost,    // a referent whose weak references are about to be cleared without callbacks: M4
  // CPython uses freed memory here (docs/memory-model.md, "Undefined"):
  tuple_outlived,        // (none) the collection in the allocation of W6 removed weak references
  deposited_in_tuple,    // a weak reference without callback that waits in the trashcan: W6
  freed_with_weakrefs,   // (none) a generator, by what its code made: N23
  callback_died_in_list  // the last reference to a callback was that of a weak reference that waits in the trashcan: W6
};

// Where a collection may begin by itself: G4, G5.
enum class CollectionPlace : std::uint8_t {
  allocation,      // of an object, a dictionary or a weak reference
  callback_tuple,  // the allocation of rule W6
  safepoint,
};

enum class CollectionCause : std::uint8_t {
  allocation,
  callback_tuple,
  safepoint,
  call,      // X1, S1
  shutdown,  // S3
};

// The phases of a collection, by what they leave behind: C1 to C13.
enum class CollectionPhase : std::uint8_t {
  merge,                  // C1: the list holds all that is collected
  update_refs,            // C2: gc_refs is the reference count
  subtract_refs,          // C2: gc_refs is the number of references from outside of the list
  scan,                   // C3: one object of the list was looked at
  move_unreachable,       // C3: the list holds what can be reached, the second list the rest
  survivors,              // C4: the first list is where it belongs
  legacy_finalizers,      // C5: the second list holds what must not be freed
  clear_weak_references,  // C7.1 to C7.3: weak references to the first list are cleared, the second is the queue
  run_callbacks,          // C7.4, C7.5
  finalize_garbage,       // C8
  still_unreachable,      // C9: the first list is what is going to be cleared
  delete_garbage,         // C10
  end,                    // C13
};
inline constexpr std::size_t kCollectionPhases = static_cast<std::size_t>(CollectionPhase::end) + 1;

// A reference from outside of the heap.
struct Root {
  // `interpreter`: it holds an integer or string for ever (I6).
  // `held`: by `hold` (N16). `watcher`: by gc.callbacks (X10).
  enum class Kind : std::uint8_t { global, local, argument, garbage, interpreter, held, watcher };
  Kind kind = Kind::global;
  // Of a local variable or argument: 1 is the outermost call.
  std::size_t scope = 0;
  // Of a variable.
  Name name;
  // Of an argument, or an element of gc.garbage or gc.callbacks; of what `hold` holds, how many references there are.
  std::size_t index = 0;
  Id id = kNone;
};

// The objects that the roots refer to, with repetitions.
[[nodiscard]] std::vector<Id> ids_of(const std::vector<Root>& roots);

// A run, as an observer may look at it.
class Run {
 public:
  Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  virtual ~Run() = default;
  [[nodiscard]] virtual const Heap& heap() const = 0;
  [[nodiscard]] virtual const Log& log() const = 0;
  // Variables, arguments and gc.garbage. O(names).
  [[nodiscard]] virtual std::vector<Root> roots() const = 0;
  // What each global variable refers to, by name; kNone: unbound.
  [[nodiscard]] virtual std::span<const Id> globals() const = 0;
};

// Looks at a run while it happens. Must not change what it sees.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  // What `run` and `heap` answer from now on. Called before everything else.
  void look_at(const Run& run) {
    run_ = &run;
    heap_ = &run.heap();
    run_begins();
  }
  virtual void run_begins() {}
  // Every operation that is in its place (N9), those of scripts too: they end before the operation that ran the script.
  virtual void operation_begins(const Operation& /*operation*/) {}
  virtual void operation_ends(const Operation& /*operation*/) {}
  // An operation of the trace has ended, and rule N12 has logged what it logs.
  virtual void step_ended(std::size_t /*operation*/) {}
  virtual void happened(Fact /*fact*/, Id /*id*/) {}
  // Of every place, whether a collection begins there or not.
  virtual void at_place(CollectionPlace /*place*/) {}
  // Before C1.
  virtual void collection_begins(std::size_t /*generation*/, CollectionCause /*cause*/) {}
  // A phase is over; with the lists that it worked on. `scanned`: the object of a `scan`.
  virtual void phase_ended(CollectionPhase /*phase*/, const List& /*first*/, const List& /*second*/, Id /*scanned*/) {}

 protected:
  [[nodiscard]] const Run& run() const { return *run_; }
  [[nodiscard]] const Heap& heap() const { return *heap_; }

 private:
  const Run* run_ = nullptr;
  const Heap* heap_ = nullptr;
};

}  // namespace cyclecheck::model

// CPython's gc module for a heap (rules X1 to X9, S1 to S3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "impl/heap.hpp"
#include "impl/internal/gc_state.hpp"

namespace cyclegc {

// A view; as many as one likes, all alike. Answers that list objects are not counted references: they are valid until
// the heap changes. REQUIRES for every generation: 0 <= generation <= 2; std::out_of_range otherwise.
class GcModule {
 public:
  explicit GcModule(Heap& heap) : heap_(&heap) {}

  // Collects a generation and all younger ones. Answers the number of unreachable objects (C12); 0, and does nothing,
  // inside of a collection. O(objects and references of these generations).
  std::uint32_t collect(int generation = 2);

  void enable() { state().enabled = true; }
  void disable() { state().enabled = false; }
  [[nodiscard]] bool is_enabled() const { return state().enabled; }
  // A collection waits for the next Heap::safepoint().
  [[nodiscard]] bool is_pending() const { return state().pending; }
  // G3: a first threshold of 0 switches automatic collection off.
  void set_threshold(std::int32_t first) { state().threshold[0] = first; }
  void set_threshold(std::int32_t first, std::int32_t second) {
    set_threshold(first);
    state().threshold[1] = second;
  }
  void set_threshold(std::int32_t first, std::int32_t second, std::int32_t third) {
    set_threshold(first, second);
    state().threshold[2] = third;
  }
  [[nodiscard]] const std::array<std::int32_t, 3>& get_threshold() const { return state().threshold; }
  [[nodiscard]] const std::array<std::int32_t, 3>& get_count() const { return state().count; }
  // Sum of debug_flag values.
  void set_debug(std::uint32_t flags) { state().debug = flags; }
  [[nodiscard]] std::uint32_t get_debug() const { return state().debug; }

  // gc.garbage (B1, B2). Taking and clearing may run finalizers.
  [[nodiscard]] std::size_t garbage_size() const { return state().garbage.size(); }
  // REQUIRES: index < garbage_size()
  [[nodiscard]] ObjectId garbage(std::size_t index) const { return {state().garbage[index]}; }
  void clear_garbage();
  [[nodiscard]] Handle take_garbage(std::size_t index);

  // Objects in a generation, and in the permanent one. O(1).
  [[nodiscard]] std::size_t generation_size(int generation) const;
  [[nodiscard]] std::size_t get_freeze_count() const { return list(internal::ListId::permanent).live; }
  // Calls visit(ObjectId) for each object of a generation in list order. `visit` must not change the heap.
  template <class Visit>
  void for_each_object(int generation, Visit&& visit) const {
    for (const internal::Id id : list(checked(generation)).ids) {
      if (id != internal::kNone) visit(heap_->named(id));
    }
  }
  // X3: without objects that a collection has set apart, and without frozen ones.
  [[nodiscard]] std::vector<ObjectId> get_objects() const;
  [[nodiscard]] std::vector<ObjectId> get_objects(int generation) const;
  // X4. O(tracked objects and their references).
  [[nodiscard]] std::vector<ObjectId> get_referrers(ObjectId object) const;
  // X4: in the order of visits, with repetitions.
  [[nodiscard]] std::vector<ObjectId> get_referents(ObjectId object) const;
  // X5.
  [[nodiscard]] bool is_tracked(ObjectId object) const;
  [[nodiscard]] bool is_finalized(ObjectId object) const;
  [[nodiscard]] std::uint32_t refcount(ObjectId object) const { return heap_->references(object); }

  // X7. O(objects that move).
  void freeze();
  void unfreeze();
  // freeze() took it out of the generations that are collected.
  [[nodiscard]] bool is_frozen(ObjectId object) const;

  // X8. Callbacks are called in the order in which they were added; they may add and remove callbacks.
  std::uint32_t add_callback(GcCallback callback);
  void remove_callback(std::uint32_t id);
  // X10: a callback that is called for an object, which the heap holds meanwhile: before those of `add_callback` at the
  // start, after them at the stop. A dict is made for each start and each stop, as CPython's interpreter does; without
  // memory for it none of these is called (Hooks::callbacks_lost). REQUIRES: the caller holds the object
  void watch(ObjectId object, GcCallback callback);
  // Removes the first one of this object. False: there is none.
  bool unwatch(ObjectId object);
  [[nodiscard]] std::size_t watchers() const { return state().watchers.size(); }
  [[nodiscard]] const std::array<GenerationStats, 3>& get_stats() const { return state().stats; }

  // The end of a program: a full collection (S1), `release_roots` gives up what is held, then Semantics::
  // shutdown_collections full collections without gc callbacks (S3). What `release_roots` throws ends it before these.
  void shutdown(const std::function<void()>& release_roots);

 private:
  [[nodiscard]] internal::GcState& state() { return heap_->gc_; }
  [[nodiscard]] const internal::GcState& state() const { return heap_->gc_; }
  [[nodiscard]] const internal::Order& list(internal::ListId id) const {
    return heap_->lists_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] static internal::ListId checked(int generation);
  std::uint32_t collect(int generation, bool calls_gc_callbacks);

  Heap* heap_;
};

}  // namespace cyclegc

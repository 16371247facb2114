// A heap as a language's runtime wants it. What it leaves out of impl/ imitates CPython.
//
// Objects die when nothing refers to them; cycles are collected, and finalizers run, at safepoints alone: no function
// but safepoint(), collect() and finish() runs code of the embedder, except destructors of its classes, weak
// references' callbacks (in the release that kills the referent) and allocation where memory ends (Policy).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "cyclegc/objects.hpp"
#include "impl/gc_module.hpp"
#include "impl/heap.hpp"
#include "impl/memory.hpp"
#include "impl/snapshot.hpp"

namespace cyclegc {

// When collections are due.
struct Policy {
  // A young one after so many new objects more than died; after eleven of these one of what survived them; and a full
  // one after that when the oldest objects are half as many more as at their fewest since the last full one.
  std::int32_t young_objects = 100'000;
  // A full one also when external bytes have grown by this and by half since the last full one.
  std::size_t external_bytes = std::size_t{64} << 20U;
  // How many objects that were dropped to be released later (Handle::reset_later) a safepoint lets die. 0: none.
  std::size_t released_objects = 10'000;
  // Objects and external bytes beyond which adding external bytes throws std::bad_alloc. 0: none.
  std::size_t most_bytes = 0;
  // Of objects, tables and queues.
  MemorySource memory = {};
};

// One thread uses it. Not a Heap that could be reset. REQUIRES: it outlives its handles, and nothing of it is running
// when it is destroyed
class Runtime : public Heap {
 public:
  struct Numbers {
    std::size_t objects = 0;
    // What the heap holds of the system's memory, what of that takes memory, and what the embedder told of.
    std::size_t reserved_bytes = 0;
    std::size_t resident_bytes = 0;
    std::size_t external_bytes = 0;
    // Of each generation.
    std::array<std::uint64_t, 3> collections{};
    std::uint64_t collected = 0;
    std::size_t queued_finalizers = 0;
    // Heap::waiting_objects.
    std::size_t waiting_objects = 0;
    std::chrono::nanoseconds longest_pause{};
    std::chrono::nanoseconds all_pauses{};
  };

  explicit Runtime(const Policy& policy = {}, Hooks hooks = {});
  // As Heap's. Finalizers that wait do not run; call finish() before for that.
  ~Runtime();

  // As Heap::define, but Type::finalize runs at a safepoint after the object became unreachable. It runs once. The
  // object, and what it refers to, lives until then; weak references to it answer none. What it throws is told to
  // Hooks::unraisable. REQUIRES: the type has no legacy finalizer
  TypeId define(Type type);

  // Where the embedder's program holds what it needs: runs the collection that is due and the finalizers that wait, and
  // releases some of what was dropped to be released later. One that runs now is not entered again. O(1) if there is
  // nothing to do.
  void safepoint() {
    if (is_due()) [[unlikely]]
      run_what_is_due();
  }
  // Releases what waits, collects all, runs finalizers, and answers how many objects were found unreachable. 0 inside
  // of a collection.
  std::uint32_t collect();
  // The end of a program: collects and finalizes until nothing more comes of it, or `rounds` are over. False: they are.
  bool finish(int rounds = 10);

  // Memory that objects own outside of the heap, such as a string's: adds (or takes back) bytes. Counts towards a full
  // collection at a safepoint. std::bad_alloc: beyond Policy::most_bytes, after a collection; nothing was added then.
  void add_external(std::size_t bytes);
  void remove_external(std::size_t bytes) noexcept { external_ -= bytes < external_ ? bytes : external_; }

  void pause_collections() { gc_.disable(); }
  void resume_collections() { gc_.enable(); }

  // O(reserved bytes / 4096).
  [[nodiscard]] Numbers numbers();
  // As take_snapshot (impl/snapshot.hpp), with the finalizers that wait as a root of their own, and external bytes.
  [[nodiscard]] Snapshot snapshot(SnapshotNames names = {}) const;

 private:
  [[nodiscard]] bool is_due() const {
    return gc_.is_pending() || external_ >= external_due_ || has_finalizers() || waiting_objects() != 0;
  }
  [[nodiscard]] bool has_finalizers() const { return finalized_ != queue().size(); }
  void queue_finalizer(ObjectId object);
  void run_what_is_due();
  void run_finalizers();
  // REQUIRES: an exception is being handled
  void tell(ObjectId object);
  std::uint32_t collect_all();

  GcModule gc_;
  Policy policy_;
  std::size_t external_ = 0;
  std::size_t external_due_;
  // Of each type; empty: it has none.
  std::deque<Type::Hook> finalizers_;
  // How many objects at the head of queue() are done with. Those behind them are held, and wait for their finalizers.
  std::size_t finalized_ = 0;
  bool busy_ = false;
  bool ending_ = false;
  std::function<void(ObjectId, std::exception_ptr)> unraisable_;
  std::chrono::steady_clock::time_point began_{};
  std::chrono::nanoseconds longest_pause_{};
  std::chrono::nanoseconds all_pauses_{};
};

// Refers to an object without holding it. Copies share nothing but the object.
template <class T>
class WeakRef {
 public:
  WeakRef() = default;
  // May collect if memory ends. std::bad_alloc
  explicit WeakRef(const Ref<T>& referent)
      : weak_(referent.handle().heap().create_weak(WeakKind::subreference, referent.get()).handle) {}
  // `callback` runs when the object is gone, or waits for its finalizer; `object` is what it needs, and is visited.
  WeakRef(const Ref<T>& referent, WeakCallback callback, ObjectId object = {})
      : weak_(referent.handle()
                  .heap()
                  .create_weak(WeakKind::subreference, referent.get(), std::move(callback), 0, object)
                  .handle) {}
  // Empty: it is gone, or waits for its finalizer.
  [[nodiscard]] Ref<T> lock() const {
    if (!weak_) return {};
    const ObjectId referent = weak_.heap().referent(weak_.get());
    return referent ? Ref<T>(Handle(weak_.heap(), referent)) : Ref<T>();
  }
  void reset() { weak_.reset(); }

 private:
  Handle weak_;
};

}  // namespace cyclegc

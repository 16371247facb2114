// Handles: counted references from outside the heap. They keep reference counts right by construction.
#pragma once

#include <utility>

#include "impl/object_id.hpp"

namespace cyclegc {

class Heap;

// Holds one object, or none. Copying holds it again; assignment takes the new object before it releases the old one.
// Releasing may run finalizers and callbacks, and throws nothing. Not thread-safe. REQUIRES: the heap outlives its
// handles
class Handle {
 public:
  Handle() = default;
  // REQUIRES: the object exists, or `object` is none. std::length_error: it is held 2^31 times
  Handle(Heap& heap, ObjectId object);
  Handle(const Handle& other);
  Handle(Handle&& other) noexcept : heap_(other.heap_), object_(std::exchange(other.object_, ObjectId{})) {}
  Handle& operator=(const Handle& other) {
    Handle copy(other);
    swap(copy);
    return *this;
  }
  [[gnu::always_inline]] Handle& operator=(Handle&& other) noexcept {
    const ObjectId object = std::exchange(other.object_, ObjectId{});
    Heap* const old_heap = std::exchange(heap_, other.heap_);
    Handle(old_heap, std::exchange(object_, object)).reset();
    return *this;
  }
  [[gnu::always_inline]] ~Handle() { reset(); }

  // Lets go: the handle is empty before the object is released.
  void reset();
  // The same, but an object without references waits for Heap::release_some. O(1)
  void reset_later();
  // Forgets the object, which stays held, and exists, until Heap::reset or the heap's destruction.
  void abandon();
  void swap(Handle& other) noexcept {
    std::swap(heap_, other.heap_);
    std::swap(object_, other.object_);
  }

  [[nodiscard]] ObjectId get() const { return object_; }
  // REQUIRES: the handle was made with a heap
  [[nodiscard]] Heap& heap() const { return *heap_; }
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(object_); }
  // The same object of the same heap, or both are empty.
  friend bool operator==(const Handle& x, const Handle& y) {
    return x.object_ == y.object_ && (x.heap_ == y.heap_ || !x.object_);
  }

 private:
  friend class Heap;
  // Takes over a hold that is there already.
  struct Adopt {};
  Handle(Heap& heap, ObjectId object, Adopt /*held*/) : heap_(&heap), object_(object) {}
  Handle(Heap* heap, ObjectId object) : heap_(heap), object_(object) {}

  Heap* heap_ = nullptr;
  ObjectId object_;
};

}  // namespace cyclegc

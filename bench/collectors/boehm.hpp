// The Boehm-Demers-Weiser collector: conservative, marks from the roots, no reference counts. One marker thread.
#pragma once

#define GC_NO_THREAD_REDIRECTS
#include <gc.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "bench/spec.hpp"

namespace cyclecheck::bench {

class Boehm {
 public:
  struct Object {
    std::size_t size;
    // The slots lie behind it.
    [[nodiscard]] Object** slots() { return reinterpret_cast<Object**>(this + 1); }
  };
  // Counts nothing: the collector finds it where it lies, if that is memory that it scans.
  class Handle {
   public:
    Handle() = default;
    explicit Handle(Object* object) : object_(object) {}
    [[nodiscard]] Object* get() const { return object_; }
    void reset() { object_ = nullptr; }

   private:
    Object* object_ = nullptr;
  };
  static constexpr bool kFindsCycles = true;
  static constexpr bool kCountsReferences = false;

  explicit Boehm(const Spec& spec) : slots_(spec.edges) {
    ::setenv("GC_MARKERS", "1", 1);
    GC_INIT();
    GC_disable();
  }

  [[nodiscard]] Handle create() { return create_holder(slots_); }
  [[nodiscard]] Handle create_holder(std::uint32_t objects) {
    auto* const object = static_cast<Object*>(GC_MALLOC(sizeof(Object) + objects * sizeof(Object*)));
    return Handle(object);
  }
  void append(const Handle& owner, const Handle& value) { owner.get()->slots()[owner.get()->size++] = value.get(); }
  std::int64_t collect(int /*generation*/ = 2) {
    GC_enable();
    GC_gcollect();
    GC_disable();
    return 0;
  }
  void enable() { GC_enable(); }
  void disable() { GC_disable(); }
  void safepoint() {}

 private:
  std::uint32_t slots_;
};

}  // namespace cyclecheck::bench

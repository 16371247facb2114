// The collector of this project, as an embedder uses it: through handles.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/spec.hpp"
#include "impl/gc_module.hpp"
#include "impl/heap.hpp"

namespace cyclecheck::bench {

class CycleGc {
 public:
  using Handle = cyclegc::Handle;
  static constexpr bool kFindsCycles = true;
  static constexpr bool kCountsReferences = true;

  explicit CycleGc(const Spec& spec) : gc_(heap_) {
    gc_.disable();
    cyclegc::Type holder;
    holder.name = "holder";
    holder_ = heap_.define(std::move(holder));
    cyclegc::Type type;
    type.name = "object";
    if (spec.kind == Kind::instance) type.layout = cyclegc::Layout::instance;
    if (spec.observed == Observed::finalizer || spec.observed == Observed::resurrection) {
      const bool saves = spec.observed == Observed::resurrection;
      type.finalize = [this, saves](cyclegc::Heap& heap, cyclegc::ObjectId object) {
        if (++finalized_ % 10 == 0 && saves) saved_.emplace_back(heap, object);
      };
    }
    if (spec.observed == Observed::death) {
      type.released = [this](cyclegc::Heap&, cyclegc::ObjectId) { ++deaths_; };
    }
    type_ = heap_.define(std::move(type));
  }

  // In line, as it is for an embedder, who has no function around it.
  [[nodiscard]] [[gnu::always_inline]] Handle create() { return heap_.create(type_); }
  // A container for `objects` others.
  [[nodiscard]] Handle create_holder(std::uint32_t /*objects*/) { return heap_.create(holder_); }
  void append(const Handle& owner, const Handle& value) { heap_.append(owner.get(), value.get()); }
  void store(const Handle& owner, std::uint32_t index, const Handle& value) {
    heap_.store(owner.get(), index, value.get());
  }
  void clear(const Handle& owner) { heap_.clear(owner.get()); }
  [[nodiscard]] Handle create_weak(const Handle& referent, bool callback) {
    cyclegc::WeakCallback call;
    if (callback) call = [this](cyclegc::Heap&, cyclegc::ObjectId) { ++callbacks_; };
    return heap_.create_weak(cyclegc::WeakKind::reference, referent.get(), std::move(call)).handle;
  }
  [[nodiscard]] bool is_alive(const Handle& weak) const { return static_cast<bool>(heap_.referent(weak.get())); }

  std::int64_t collect(int generation = 2) { return gc_.collect(generation); }
  void enable() { gc_.enable(); }
  void disable() { gc_.disable(); }
  void safepoint() { heap_.safepoint(); }
  // Objects that the collector knows.
  [[nodiscard]] std::int64_t tracked() const {
    return static_cast<std::int64_t>(gc_.generation_size(0) + gc_.generation_size(1) + gc_.generation_size(2));
  }
  // Objects that collections have freed so far.
  [[nodiscard]] std::int64_t collected() const {
    std::int64_t sum = 0;
    for (const auto& stats : gc_.get_stats()) sum += static_cast<std::int64_t>(stats.collected);
    return sum;
  }
  [[nodiscard]] std::int64_t finalized() const { return finalized_; }
  [[nodiscard]] std::int64_t callbacks() const { return callbacks_; }
  void release_saved() { saved_.clear(); }

 private:
  std::int64_t finalized_ = 0;
  std::int64_t callbacks_ = 0;
  std::int64_t deaths_ = 0;
  cyclegc::Heap heap_;
  cyclegc::GcModule gc_;
  cyclegc::TypeId type_;
  cyclegc::TypeId holder_;
  std::vector<Handle> saved_;
};

}  // namespace cyclecheck::bench

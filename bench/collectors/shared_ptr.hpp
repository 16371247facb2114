// std::shared_ptr: reference counts without a collector of cycles.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/spec.hpp"

namespace cyclecheck::bench {

class SharedPtr {
 public:
  struct Object {
    std::vector<std::shared_ptr<Object>> slots;
  };
  // Holds an object, or weakly.
  class Handle {
   public:
    Handle() = default;
    explicit Handle(std::shared_ptr<Object> object) : object_(std::move(object)) {}
    explicit Handle(std::weak_ptr<Object> weak) : weak_(std::move(weak)) {}
    [[nodiscard]] const std::shared_ptr<Object>& get() const { return object_; }
    [[nodiscard]] const std::weak_ptr<Object>& weak() const { return weak_; }
    void reset() {
      object_.reset();
      weak_.reset();
    }

   private:
    std::shared_ptr<Object> object_;
    std::weak_ptr<Object> weak_;
  };
  static constexpr bool kFindsCycles = false;
  static constexpr bool kCountsReferences = true;

  explicit SharedPtr(const Spec& /*spec*/) {}
  [[nodiscard]] Handle create() { return Handle(std::make_shared<Object>()); }
  [[nodiscard]] Handle create_holder(std::uint32_t /*objects*/) { return create(); }
  void append(const Handle& owner, const Handle& value) { owner.get()->slots.push_back(value.get()); }
  void store(const Handle& owner, std::uint32_t index, const Handle& value) { owner.get()->slots[index] = value.get(); }
  void clear(const Handle& owner) { owner.get()->slots.clear(); }
  [[nodiscard]] Handle create_weak(const Handle& referent, bool /*callback*/) {
    return Handle(std::weak_ptr<Object>(referent.get()));
  }
  [[nodiscard]] bool is_alive(const Handle& weak) const { return weak.weak().lock() != nullptr; }
  void enable() {}
  void disable() {}
  void safepoint() {}
};

}  // namespace cyclecheck::bench

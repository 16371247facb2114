// Memory for the slots of objects that have more than four: blocks of 8, 16, 32 ... ids in one array.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <stdexcept>

#include "impl/check.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/internal/cell.hpp"

namespace cyclegc::internal {

// Blocks are named by their offset, since the array moves when it grows. A freed block serves the next request of its
// size. All operations but the growth of the array are O(1).
template <std::size_t kMost>
class BasicSlotPool {
 public:
  static constexpr std::uint32_t kSmallest = 8;

  explicit BasicSlotPool(const MemorySource& source = memory_source) : slots_(vector_for<Id>(Site::slots, source)) {}

  // std::length_error: more than there are offsets. REQUIRES: capacity is a power of two, at least kSmallest
  [[nodiscard]] std::uint32_t take(std::uint32_t capacity) {
    std::uint32_t& head = free_[size_class(capacity)];
    if (head != kNone) {
      const std::uint32_t offset = head;
      head = slots_[offset];
      return offset;
    }
    const std::size_t offset = slots_.size();
    if (offset + capacity > kMost) throw std::length_error("cyclegc: too many slots");
    provide(slots_, offset + capacity);
    slots_.resize(offset + capacity);
    return static_cast<std::uint32_t>(offset);
  }

  void give_back(std::uint32_t offset, std::uint32_t capacity) {
    std::uint32_t& head = free_[size_class(capacity)];
    slots_[offset] = head;
    head = offset;
  }

  [[nodiscard]] Id* at(std::uint32_t offset) { return slots_.data() + offset; }
  [[nodiscard]] const Id* at(std::uint32_t offset) const { return slots_.data() + offset; }

  [[nodiscard]] std::size_t bytes() const { return slots_.capacity() * sizeof(Id); }
  // Slots of all blocks, those that nobody has among them.
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  // Slots of the blocks that nobody has; more than size() if their lists are broken. O(blocks), for verify().
  [[nodiscard]] std::size_t count_free() const {
    std::size_t free = 0;
    for (std::size_t i = 0; i < kClasses; ++i) {
      for (std::uint32_t offset = free_[i]; offset != kNone; offset = slots_[offset]) {
        free += std::size_t{1} << i;
        if (free > slots_.size() || offset >= slots_.size()) return slots_.size() + 1;
      }
    }
    return free;
  }
  // Slots that there is memory for.
  [[nodiscard]] std::size_t capacity() const { return slots_.capacity(); }

  // If nobody has a block, there are none. O(blocks).
  void forget_free() {
    if (count_free() == slots_.size()) clear();
  }
  template <class Visit>
  void visit_memory(Visit&& visit) {
    slots_.visit_memory(visit);
  }

  void clear() {
    slots_.clear();
    free_.fill(kNone);
  }

 private:
  static std::size_t size_class(std::uint32_t capacity) {
    CYCLEGC_CHECK(std::has_single_bit(capacity) && capacity >= kSmallest);
    return static_cast<std::size_t>(std::countr_zero(capacity));
  }

  // As many as std::countr_zero has answers, though no capacity is 0: so the compiler knows each index.
  static constexpr std::size_t kClasses = 33;

  static constexpr std::array<std::uint32_t, kClasses> no_blocks() {
    std::array<std::uint32_t, kClasses> heads{};
    heads.fill(kNone);
    return heads;
  }

  Vector<Id> slots_;
  // First free block of each size; a free block's first slot names the next one.
  std::array<std::uint32_t, kClasses> free_ = no_blocks();
};

// Its offsets are ids, of which kNone is none.
using SlotPool = BasicSlotPool<std::size_t{kNone} - 1>;

}  // namespace cyclegc::internal

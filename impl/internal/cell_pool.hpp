// The memory of all objects of a heap: cells with dense ids, in one array that moves when it grows.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "impl/check.hpp"
#include "impl/internal/cell.hpp"
#include "impl/internal/poison.hpp"
#include "impl/internal/table.hpp"

namespace cyclegc::internal {

// A freed cell is vacant and serves the next request; the free cells form a list through `place`. In sanitizer builds
// the slots of a vacant cell are poisoned.
class CellPool {
 public:
  [[nodiscard]] Cell& operator[](Id id) { return cells_[id]; }
  [[nodiscard]] const Cell& operator[](Id id) const { return cells_[id]; }
  // Ids that were handed out at some time: 0 to size() - 1.
  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] std::size_t capacity() const { return cells_.capacity(); }
  [[nodiscard]] Id free_head() const { return free_head_; }
  // The next request needs more memory.
  [[nodiscard]] bool is_full() const { return free_head_ == kNone && used_ == cells_.capacity(); }

  // std::length_error: more than kMost. Builds with checks also keep how often each cell was freed.
  static constexpr std::size_t kMost = std::size_t{1} << 31;
  void reserve(std::size_t capacity) {
    if (capacity > kMost) throw std::length_error("cyclegc: more than 2^31 objects");
#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
    times_freed_.reserve_zeroed(capacity);
#endif
    cells_.reserve(capacity);
  }

  // What ObjectId::serial is for the object that has this cell. 0: it is not known. Another one for each object of any
  // heap, but that there are only 255 heaps, and 2^24 objects of a cell, before they come again.
  [[nodiscard]] std::uint32_t serial(Id id) const {
    return id < times_freed_.capacity() ? (generation_ << 24U) | (times_freed_[id] & 0xFFFFFFU) : 0;
  }

  // A cell as Cell{} is, except that its slots are indeterminate. O(1).
  // REQUIRES: !is_full()
  [[nodiscard]] Id take() {
    Id id = free_head_;
    if (id != kNone) {
      free_head_ = cells_[id].place;
    } else {
      id = static_cast<Id>(used_++);
    }
    unpoison(cells_[id].near, sizeof cells_[id].near);
    cells_[id] = Cell{};
    return id;
  }

  // As take(), but head and slots are as they were. kNone: the pool is full.
  [[nodiscard]] Id take_raw() {
    Id id = free_head_;
    if (id != kNone) {
      free_head_ = cells_[id].place;
    } else {
      if (used_ == cells_.capacity()) [[unlikely]]
        return kNone;
      id = static_cast<Id>(used_++);
    }
    unpoison(cells_[id].near, sizeof cells_[id].near);
    return id;
  }

  void give_back(Id id) {
    Cell& cell = cells_[id];
#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
    if (id < times_freed_.capacity()) ++times_freed_[id];
#endif
    cell.bits = static_cast<std::uint8_t>(Shape::vacant);
    cell.place = free_head_;
    free_head_ = id;
    poison(cell.near, sizeof cell.near);
  }

  // Vacant cells at the end were never handed out, and the others are handed out in the order of their ids. O(size()).
  void forget_vacant_end() {
    while (used_ > 0 && cells_[used_ - 1].shape() == Shape::vacant) --used_;
    free_head_ = kNone;
    for (std::size_t id = used_; id-- > 0;) {
      if (cells_[id].shape() != Shape::vacant) continue;
      cells_[id].place = free_head_;
      free_head_ = static_cast<Id>(id);
    }
  }
  // How often cells were freed stays known.
  template <class Visit>
  void visit_memory(Visit&& visit) {
    cells_.visit_memory(used_, visit);
    times_freed_.visit_memory(times_freed_.capacity(), visit);
  }

  // Makes all cells vacant, in O(1); keeps the memory.
  void clear() {
    static std::atomic<std::uint32_t> generations{0};
    generation_ = generations++ % 255 + 1;
    if (cells_.capacity() != 0) unpoison(cells_.data(), cells_.capacity() * sizeof(Cell));
    used_ = 0;
    free_head_ = kNone;
  }

  explicit CellPool(const MemorySource& source) : cells_(Site::cells, source), times_freed_(Site::cells, source) {
    clear();
  }
  CellPool(const CellPool&) = delete;
  CellPool& operator=(const CellPool&) = delete;
  ~CellPool() { clear(); }

 private:
  Table<Cell> cells_;
  Table<std::uint32_t> times_freed_;
  std::uint32_t generation_ = 0;
  std::size_t used_ = 0;
  Id free_head_ = kNone;
};

}  // namespace cyclegc::internal

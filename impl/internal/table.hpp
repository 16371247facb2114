// A growing array of plain values whose size its owner knows: the memory of the parallel tables of a heap.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "impl/check.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/internal/pages.hpp"

namespace cyclegc::internal {

// Elements beyond those that were written are indeterminate. Builds with checks compare indices with the capacity.
template <class T>
class Table {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit Table(Site site, const MemorySource& source = memory_source) : source_(&source), site_(site) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() { static_cast<void>(resize_memory(*source_, site_, data_, capacity_ * sizeof(T), 0)); }

  [[nodiscard]] T& operator[](std::size_t i) {
    CYCLEGC_CHECK(i < capacity_);
    return data_[i];
  }
  [[nodiscard]] const T& operator[](std::size_t i) const {
    CYCLEGC_CHECK(i < capacity_);
    return data_[i];
  }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  // Calls visit(block, bytes, bytes of the first `used` elements).
  template <class Visit>
  void visit_memory(std::size_t used, Visit&& visit) {
    visit(static_cast<void*>(data_), capacity_ * sizeof(T), used * sizeof(T));
  }

  // Room for at least `capacity` elements; what is there stays. std::bad_alloc if there is no memory, and nothing has
  // changed then.
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    void* const moved = resize_memory(*source_, site_, data_, capacity_ * sizeof(T), capacity * sizeof(T));
    if (moved == nullptr) throw std::bad_alloc();
    data_ = static_cast<T*>(moved);
    capacity_ = capacity;
    advise_large_pages(data_, capacity * sizeof(T));
  }

  // The same, and elements that were never written are 0.
  // REQUIRES: it never grew by reserve()
  void reserve_zeroed(std::size_t capacity) {
    const std::size_t old = capacity_;
    reserve(capacity);
    if (old == capacity_) return;
    if (source_->resize == nullptr && is_zero_at_first(capacity_ * sizeof(T))) return;
    std::memset(data_ + old, 0, (capacity_ - old) * sizeof(T));
  }

 private:
  const MemorySource* source_;
  Site site_;
  T* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace cyclegc::internal

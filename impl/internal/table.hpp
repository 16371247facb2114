// A growing array of plain values whose size its owner knows: the memory of the parallel tables of a heap.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "impl/internal/allocator.hpp"

namespace cyclegc::internal {

// Elements beyond those that were written are indeterminate. Not checked against any size.
template <class T>
class Table {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit Table(Site site) : site_(site) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() { static_cast<void>(resize_memory(site_, data_, 0)); }

  [[nodiscard]] T& operator[](std::size_t i) { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data_[i]; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  // Room for at least `capacity` elements; what is there stays. std::bad_alloc if there is no memory, and nothing has
  // changed then.
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    void* const moved = resize_memory(site_, data_, capacity * sizeof(T));
    if (moved == nullptr) throw std::bad_alloc();
    data_ = static_cast<T*>(moved);
    capacity_ = capacity;
    advise_large_pages();
  }

 private:
  // A large table is read in any order: each page that the processor need not look up is a cache miss less.
  void advise_large_pages() {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    constexpr std::size_t kPage = std::size_t{1} << 21;
    if (capacity_ * sizeof(T) < 4 * kPage) return;
    const auto first = (reinterpret_cast<std::size_t>(data_) + kPage - 1) / kPage * kPage;
    const auto last = (reinterpret_cast<std::size_t>(data_) + capacity_ * sizeof(T)) / kPage * kPage;
    static_cast<void>(madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));
#endif
  }

  Site site_;
  T* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace cyclegc::internal

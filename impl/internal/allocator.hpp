// The library's only way to memory: a MemorySource behind an allocator for vectors. Whatever holds memory keeps a
// pointer to its source, which outlives it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "impl/check.hpp"
#include "impl/internal/poison.hpp"
#include "impl/memory.hpp"

namespace cyclegc::internal {

// Of heaps that have none of their own.
inline MemorySource memory_source;
inline Growth growth = Growth::seldom;
inline thread_local std::array<Traffic, kSites> traffic{};

// More than `capacity`. A restless table that is large moves less often: to move it is most of a large heap's time.
[[nodiscard]] inline std::size_t next_capacity(std::size_t capacity) {
  constexpr std::size_t kLarge = 4096;
  return capacity + 1 + capacity / (growth == Growth::restless && capacity < kLarge ? 16 : 2);
}

// As std::realloc and std::free, but large blocks are pages of their own: the system moves them instead of copying, and
// a block that was outgrown leaves no hole that stays in the process. `old_bytes`: what was asked for last.
[[nodiscard]] void* resize_system_memory(void* old, std::size_t old_bytes, std::size_t bytes);

// The same, always into new memory; the old memory is overwritten before it is given back.
[[nodiscard]] void* move_memory(void* old, std::size_t old_bytes, std::size_t bytes);

// What is behind the first `used` bytes of a block is not needed: it takes no memory any more where it is pages of the
// system's, and is 0 there.
void empty_behind(const MemorySource& source, void* block, std::size_t bytes, std::size_t used);
// How much of a block takes memory; all of it where that is not known. O(pages).
[[nodiscard]] std::size_t resident_bytes(const MemorySource& source, void* block, std::size_t bytes);

// A block of so many bytes of the system's memory is 0 where it was never written to.
[[nodiscard]] bool is_zero_at_first(std::size_t bytes);

// Without counting. Null if there is none.
[[nodiscard]] inline void* change_memory(const MemorySource& source, Site site, void* old, std::size_t old_bytes,
                                         std::size_t bytes) {
  if (source.resize != nullptr) return source.resize(source.context, site, old, old_bytes, bytes);
#if !defined(CYCLEGC_POISONS)
  // AddressSanitizer does the same itself.
  if (growth == Growth::restless) [[unlikely]]
    return move_memory(old, old_bytes, bytes);
#endif
  return resize_system_memory(old, old_bytes, bytes);
}

// Null if there is none.
[[nodiscard]] inline void* resize_memory(const MemorySource& source, Site site, void* old, std::size_t old_bytes,
                                         std::size_t bytes) {
  if (old == nullptr && bytes == 0) return nullptr;
  void* const moved = change_memory(source, site, old, old_bytes, bytes);
  if (moved == nullptr && bytes != 0) return nullptr;
  Traffic& ours = traffic[static_cast<std::size_t>(site)];
  ours.taken += bytes - old_bytes;
  if (bytes > old_bytes) ours.moved += old_bytes;
  return moved;
}

template <class T>
class Allocator {
 public:
  using value_type = T;

  explicit Allocator(Site site, const MemorySource& source = memory_source) noexcept : source_(&source), site_(site) {}
  template <class U>
  Allocator(const Allocator<U>& other) noexcept : source_(&other.source()), site_(other.site()) {}

  [[nodiscard]] T* allocate(std::size_t n) {
    void* const memory = resize_memory(*source_, site_, nullptr, 0, n * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t n) noexcept {
    static_cast<void>(resize_memory(*source_, site_, memory, n * sizeof(T), 0));
  }
  [[nodiscard]] Site site() const noexcept { return site_; }
  [[nodiscard]] const MemorySource& source() const noexcept { return *source_; }

  friend bool operator==(const Allocator& a, const Allocator& b) { return a.source_ == b.source_; }

 private:
  const MemorySource* source_;
  Site site_;
};

// The same as a std::vector of plain values, as far as the library uses one: it grows in place where it can, and its
// push_back is short enough to be compiled in line.
template <class T>
class Row {
 public:
  using value_type = T;

  explicit Row(const Allocator<T>& allocator) noexcept : source_(&allocator.source()), site_(allocator.site()) {}
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  Row(Row&& other) noexcept : source_(other.source_), site_(other.site_) { swap(other); }
  Row& operator=(Row&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Row() { static_cast<void>(resize_memory(*source_, site_, begin_, capacity() * sizeof(T), 0)); }
  void swap(Row& other) noexcept {
    std::swap(source_, other.source_);
    std::swap(site_, other.site_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(full_, other.full_);
  }

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  [[nodiscard]] std::size_t capacity() const { return static_cast<std::size_t>(full_ - begin_); }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] T* data() { return begin_; }
  [[nodiscard]] const T* data() const { return begin_; }
  [[nodiscard]] T* begin() { return begin_; }
  [[nodiscard]] const T* begin() const { return begin_; }
  [[nodiscard]] T* end() { return end_; }
  [[nodiscard]] const T* end() const { return end_; }
  [[nodiscard]] T& operator[](std::size_t i) {
    CYCLEGC_CHECK(i < size());
    return begin_[i];
  }
  [[nodiscard]] const T& operator[](std::size_t i) const {
    CYCLEGC_CHECK(i < size());
    return begin_[i];
  }
  [[nodiscard]] T& back() { return (*this)[size() - 1]; }
  [[nodiscard]] const T& back() const { return (*this)[size() - 1]; }

  void reserve(std::size_t capacity) {
    if (capacity > this->capacity()) grow(capacity);
  }
  [[gnu::always_inline]] void push_back(T element) {
    if (end_ == full_) [[unlikely]]
      grow(next_capacity(capacity()));
    *end_++ = element;
  }
  void pop_back() {
    CYCLEGC_CHECK(!empty());
    --end_;
  }
  void clear() { end_ = begin_; }
  // New elements are `fill`.
  void resize(std::size_t size, T fill = {}) {
    reserve(size);
    T* const end = begin_ + size;
    if (end > end_) std::fill(end_, end, fill);
    end_ = end;
  }
  void assign(const T* first, const T* last) {
    const auto size = static_cast<std::size_t>(last - first);
    reserve(size);
    std::copy(first, last, begin_);
    end_ = begin_ + size;
  }
  void erase(T* first, T* last) { end_ = std::copy(last, end_, first); }
  void erase(T* at) { erase(at, at + 1); }
  // Calls visit(block, bytes, bytes in use).
  template <class Visit>
  void visit_memory(Visit&& visit) {
    visit(static_cast<void*>(begin_), capacity() * sizeof(T), size() * sizeof(T));
  }
  // What was written behind the end belongs to it.
  // REQUIRES: there is room
  void end_at(T* end) {
    CYCLEGC_CHECK(end >= begin_ && end <= full_);
    end_ = end;
  }

 private:
  [[gnu::noinline]] void grow(std::size_t capacity) {
    const std::size_t size = this->size();
    if (capacity > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    void* const moved = resize_memory(*source_, site_, begin_, this->capacity() * sizeof(T), capacity * sizeof(T));
    if (moved == nullptr) throw std::bad_alloc();
    begin_ = static_cast<T*>(moved);
    end_ = begin_ + size;
    full_ = begin_ + capacity;
  }

  const MemorySource* source_;
  Site site_;
  T* begin_ = nullptr;
  T* end_ = nullptr;
  T* full_ = nullptr;
};

template <class T>
using Vector = std::conditional_t<std::is_trivially_copyable_v<T>, Row<T>, std::vector<T, Allocator<T>>>;

// An empty vector whose memory is for `site`.
template <class T>
[[nodiscard]] Vector<T> vector_for(Site site, const MemorySource& source = memory_source) {
  return Vector<T>(Allocator<T>(site, source));
}

// Room for at least `capacity` elements; more than that, so that it seldom moves.
template <class AnyVector>
void provide(AnyVector& vector, std::size_t capacity) {
  if (capacity > vector.capacity()) vector.reserve(std::max(capacity, next_capacity(vector.capacity()) - 1));
}

// Adds an element without code for a growth, which compilers copy to every place.
// REQUIRES: there is room
template <class AnyVector>
void push_within(AnyVector& vector, const typename AnyVector::value_type& element) {
  CYCLEGC_CHECK(vector.size() < vector.capacity());
  if (vector.size() == vector.capacity()) __builtin_unreachable();
  vector.push_back(element);
}

}  // namespace cyclegc::internal

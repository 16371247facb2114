// The library's only way to memory: cyclegc::set_memory behind an allocator for vectors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <vector>

#include "impl/check.hpp"
#include "impl/internal/poison.hpp"
#include "impl/memory.hpp"

namespace cyclegc::internal {

struct MemorySource {
  ResizeMemory resize = nullptr;
  void* context = nullptr;
  std::size_t first_objects = kFirstObjects;
};
inline MemorySource memory_source;
inline Growth growth = Growth::seldom;

// More than `capacity`.
[[nodiscard]] inline std::size_t next_capacity(std::size_t capacity) {
  return capacity + 1 + capacity / (growth == Growth::restless ? 16 : 2);
}

// As std::realloc and std::free, but large blocks are pages of their own: the system moves them instead of copying, and
// a block that was outgrown leaves no hole that stays in the process. `old_bytes`: what was asked for last.
[[nodiscard]] void* resize_system_memory(void* old, std::size_t old_bytes, std::size_t bytes);

// The same, always into new memory; the old memory is overwritten before it is given back.
[[nodiscard]] void* move_memory(void* old, std::size_t old_bytes, std::size_t bytes);

// A block of so many bytes of the system's memory is 0 where it was never written to.
[[nodiscard]] bool is_zero_at_first(std::size_t bytes);

// Null if there is none.
[[nodiscard]] inline void* resize_memory(Site site, void* old, std::size_t old_bytes, std::size_t bytes) {
  if (memory_source.resize != nullptr) return memory_source.resize(memory_source.context, site, old, bytes);
#if !defined(CYCLEGC_POISONS)
  // AddressSanitizer does the same itself.
  if (growth == Growth::restless) [[unlikely]]
    return move_memory(old, old_bytes, bytes);
#endif
  return resize_system_memory(old, old_bytes, bytes);
}

template <class T>
class Allocator {
 public:
  using value_type = T;

  explicit Allocator(Site site) noexcept : site_(site) {}
  template <class U>
  Allocator(const Allocator<U>& other) noexcept : site_(other.site()) {}

  [[nodiscard]] T* allocate(std::size_t n) {
    void* const memory = resize_memory(site_, nullptr, 0, n * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t n) noexcept {
    static_cast<void>(resize_memory(site_, memory, n * sizeof(T), 0));
  }
  [[nodiscard]] Site site() const noexcept { return site_; }

  // Whatever gave memory can take back that of others.
  friend bool operator==(const Allocator&, const Allocator&) { return true; }

 private:
  Site site_;
};

template <class T>
using Vector = std::vector<T, Allocator<T>>;

// An empty vector whose memory is for `site`.
template <class T>
[[nodiscard]] Vector<T> vector_for(Site site) {
  return Vector<T>(Allocator<T>(site));
}

// Room for at least `capacity` elements; more than that, so that it seldom moves.
template <class T>
void provide(Vector<T>& vector, std::size_t capacity) {
  if (capacity > vector.capacity()) vector.reserve(std::max(capacity, next_capacity(vector.capacity()) - 1));
}

// Adds an element without code for a growth, which compilers copy to every place.
// REQUIRES: there is room
template <class T>
void push_within(Vector<T>& vector, const T& element) {
  CYCLEGC_CHECK(vector.size() < vector.capacity());
  if (vector.size() == vector.capacity()) __builtin_unreachable();
  vector.push_back(element);
}

}  // namespace cyclegc::internal

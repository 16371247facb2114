// Memory in pages of the system, which it moves instead of copying. Only Linux has it, and no build that a sanitizer
// watches: a sanitizer keeps book of what std::realloc moves, but not of what mremap does.
#pragma once

#include <cstddef>

#include "impl/internal/poison.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#if !defined(CYCLEGC_POISONS)
#define CYCLEGC_PAGES 1
#endif
#endif

namespace cyclegc::internal {

#if defined(CYCLEGC_PAGES)
inline constexpr bool kHasPages = true;

// Null if there are none. Pages that were never written to are 0 and take no memory.
[[nodiscard]] inline void* take_pages(std::size_t bytes) {
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}
// Null, and nothing has changed, if there are none.
[[nodiscard]] inline void* move_pages(void* pages, std::size_t old_bytes, std::size_t bytes) {
  void* const moved = mremap(pages, old_bytes, bytes, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? nullptr : moved;
}
inline void give_pages_back(void* pages, std::size_t bytes) { munmap(pages, bytes); }
// They are 0 again, and take no memory until they are written to.
inline void empty_pages(void* pages, std::size_t bytes) { static_cast<void>(madvise(pages, bytes, MADV_DONTNEED)); }
// Which of at most 1024 pages take memory.
inline std::size_t count_resident(void* pages, std::size_t count) {
  unsigned char resident[1024];
  if (mincore(pages, count << 12U, resident) != 0) return count;
  std::size_t found = 0;
  for (std::size_t i = 0; i < count; ++i) found += resident[i] & 1U;
  return found;
}
#else
inline constexpr bool kHasPages = false;
[[nodiscard]] inline void* take_pages(std::size_t /*bytes*/) { return nullptr; }
[[nodiscard]] inline void* move_pages(void* /*pages*/, std::size_t /*old_bytes*/, std::size_t /*bytes*/) {
  return nullptr;
}
inline void give_pages_back(void* /*pages*/, std::size_t /*bytes*/) {}
inline void empty_pages(void* /*pages*/, std::size_t /*bytes*/) {}
inline std::size_t count_resident(void* /*pages*/, std::size_t count) { return count; }
#endif

// A block that is read in any order: each page that the processor need not look up is a cache miss less.
inline void advise_large_pages([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::size_t kPage = std::size_t{1} << 12;
  constexpr std::size_t kLargePage = std::size_t{1} << 21;
  if (bytes < 4 * kLargePage) return;
  // All of it: the system moves a block as a whole only as long as all of its pages are advised alike.
  const std::size_t before = reinterpret_cast<std::size_t>(block) % kPage;
  const std::size_t whole = (before + bytes + kPage - 1) / kPage * kPage;
  static_cast<void>(madvise(static_cast<std::byte*>(block) - before, whole, MADV_HUGEPAGE));
#endif
}

}  // namespace cyclegc::internal

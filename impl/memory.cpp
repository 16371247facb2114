#include "impl/memory.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "impl/internal/allocator.hpp"
#include "impl/internal/pages.hpp"

namespace cyclegc {
namespace {

// A block of this size or more is pages of its own. Bytes.
constexpr std::size_t kPagesFrom = std::size_t{1} << 17;

bool is_pages(std::size_t bytes) { return internal::kHasPages && bytes >= kPagesFrom; }

// Between a block of the C library and one of pages.
void* change_kind(void* old, std::size_t old_bytes, std::size_t bytes) {
  void* const moved = is_pages(bytes) ? internal::take_pages(bytes) : std::malloc(bytes);
  if (moved == nullptr) return nullptr;
  if (old != nullptr) std::memcpy(moved, old, std::min(old_bytes, bytes));
  if (is_pages(bytes)) {
    std::free(old);
  } else {
    internal::give_pages_back(old, old_bytes);
  }
  return moved;
}

}  // namespace

std::string_view to_string(Site site) {
  constexpr std::array<std::string_view, kSites> kWords{
      "cells",      "held counts",    "collector's counts", "tags",           "slots",       "payloads",
      "weak heads", "weak callbacks", "callbacks",          "free callbacks", "generations", "set apart",
      "scratch",    "deaths",         "trashcan",           "releasing",      "gc.garbage",  "gc.callbacks"};
  return kWords[static_cast<std::size_t>(site)];
}

void set_memory(ResizeMemory resize, void* context, std::size_t first_objects) {
  internal::memory_source = {resize, context, first_objects};
}

Traffic traffic(Site site) { return internal::traffic[static_cast<std::size_t>(site)]; }

void set_growth(Growth growth) { internal::growth = growth; }

void* internal::move_memory(void* old, std::size_t old_bytes, std::size_t bytes) {
  constexpr int kLeft = 0xDB;
  void* moved = nullptr;
  if (bytes != 0) {
    moved = resize_system_memory(nullptr, 0, bytes);
    if (moved == nullptr) return nullptr;
    if (old != nullptr) std::memcpy(moved, old, std::min(old_bytes, bytes));
  }
  if (old != nullptr) {
    std::memset(old, kLeft, old_bytes);
    static_cast<void>(resize_system_memory(old, old_bytes, 0));
  }
  return moved;
}

void* internal::resize_system_memory(void* old, std::size_t old_bytes, std::size_t bytes) {
  const bool was_pages = old != nullptr && is_pages(old_bytes);
  if (bytes == 0 && was_pages) {
    give_pages_back(old, old_bytes);
    return nullptr;
  }
  if (bytes != 0 && was_pages != is_pages(bytes)) return change_kind(old, old_bytes, bytes);
  if (was_pages) return move_pages(old, old_bytes, bytes);
  if (bytes != 0) return std::realloc(old, bytes);
  std::free(old);
  return nullptr;
}

void internal::empty_behind(const MemorySource& source, void* block, std::size_t bytes, std::size_t used) {
  constexpr std::size_t kPage = std::size_t{1} << 12U;
  if (source.resize != nullptr || block == nullptr || !is_pages(bytes)) return;
  const std::size_t first = (used + kPage - 1) / kPage * kPage;
  if (first < bytes) empty_pages(static_cast<char*>(block) + first, bytes - first);
}

std::size_t internal::resident_bytes(const MemorySource& source, void* block, std::size_t bytes) {
  constexpr std::size_t kPage = std::size_t{1} << 12U;
  constexpr std::size_t kAtOnce = 1024;
  if (source.resize != nullptr || block == nullptr || !is_pages(bytes)) return bytes;
  const std::size_t pages = (bytes + kPage - 1) / kPage;
  std::size_t resident = 0;
  for (std::size_t i = 0; i < pages; i += kAtOnce) {
    resident += count_resident(static_cast<char*>(block) + i * kPage, std::min(kAtOnce, pages - i));
  }
  return std::min(resident * kPage, bytes);
}

bool internal::is_zero_at_first(std::size_t bytes) { return is_pages(bytes); }

}  // namespace cyclegc

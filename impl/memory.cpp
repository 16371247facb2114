#include "impl/memory.hpp"

#include <array>

#include "impl/internal/allocator.hpp"

namespace cyclegc {

std::string_view to_string(Site site) {
  constexpr std::array<std::string_view, kSites> kWords{
      "cells",          "held counts", "collector's counts", "tags",        "slots",       "weak heads",
      "weak callbacks", "callbacks",   "free callbacks",     "generations", "set apart",   "scratch",
      "deaths",         "trashcan",    "releasing",          "gc.garbage",  "gc.callbacks"};
  return kWords[static_cast<std::size_t>(site)];
}

void set_memory(ResizeMemory resize, void* context, std::size_t first_objects) {
  internal::memory_source = {resize, context, first_objects};
}

}  // namespace cyclegc

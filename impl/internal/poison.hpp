// Memory of freed objects that a sanitizer watches: whoever touches it is reported as if it had been freed.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define CYCLEGC_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CYCLEGC_POISONS 1
#endif
#endif
#if defined(CYCLEGC_POISONS)
#include <sanitizer/asan_interface.h>
#endif

namespace cyclegc::internal {

// Both do nothing in a build without AddressSanitizer.
inline void poison([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(CYCLEGC_POISONS)
  ASAN_POISON_MEMORY_REGION(memory, bytes);
#endif
}

inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(CYCLEGC_POISONS)
  ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
#endif
}

}  // namespace cyclegc::internal

// A value in memory that a process shares with the workers it forks.
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <system_error>

namespace cyclecheck {

// Creates a value in shared memory. Throws std::system_error if there is no memory.
template <typename Value>
[[nodiscard]] Value* make_shared_value() {
  void* memory = mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "cannot map shared memory");
  return new (memory) Value{};
}

template <typename Value>
void free_shared_value(Value* value) {
  value->~Value();
  munmap(value, sizeof(Value));
}

}  // namespace cyclecheck

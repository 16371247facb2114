// How much memory processes have at the moment, in bytes: pages that are theirs alone and in memory. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace cyclecheck {

// Of this process.
[[nodiscard]] std::size_t resident_memory();

// Of all processes of a group. O(processes of the system)
[[nodiscard]] std::size_t resident_memory_of_group(pid_t leader);

}  // namespace cyclecheck

// How long a process was ready to run while others had the processors: what it is not to be blamed for.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace cyclecheck {

// The sum of its threads since they began; 0 where the system does not tell. Reads files: some 20 microseconds.
[[nodiscard]] std::chrono::microseconds delayed(pid_t process);

}  // namespace cyclecheck

// Processor time of a session: its own, and that of its jobs.
#pragma once

#include <sys/types.h>

namespace cyclecheck {

// Of this process and of all that it has waited for.
[[nodiscard]] double own_cpu_seconds();

// Of another process so far; 0 if it is gone.
[[nodiscard]] double cpu_seconds_of(pid_t process);

}  // namespace cyclecheck

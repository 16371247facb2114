// How much memory a subject may use.
#pragma once

#include <cstdint>

namespace cyclecheck {

// Every worker and every program that is started from here on may allocate so many bytes more than it has when it
// starts; a request beyond that fails. 0: no limit. Not thread-safe; called once, before anything is started.
void limit_memory(std::uint64_t bytes);

// Called in a process that was just forked. Async-signal-safe.
void apply_memory_limit();

}  // namespace cyclecheck

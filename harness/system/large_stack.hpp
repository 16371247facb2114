// Running the model in this process: nested deaths recurse in it, up to some 10,000 levels in
// python3.13, and as deeply as a trace makes them from python3.14 on (rule T6).
#pragma once

#include <functional>

namespace cyclecheck {

// Calls the function in a thread with a stack of 512 MiB, which is reserved and not touched, and waits. Passes on what
// the function throws. Throws std::runtime_error if there is no such thread.
void on_large_stack(const std::function<void()>& function);

}  // namespace cyclecheck

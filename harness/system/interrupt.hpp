// Ctrl-C, SIGTERM and the end of the terminal (SIGHUP): the first one asks the program to end in order, the second one
// ends it at once.
#pragma once

namespace cyclecheck {

// Takes SIGINT, SIGTERM and SIGHUP from now on; a SIGHUP that is ignored (nohup) stays so.
void watch_interrupts();

[[nodiscard]] bool was_interrupted();

}  // namespace cyclecheck

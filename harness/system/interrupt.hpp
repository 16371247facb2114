// Ctrl-C: the first one asks the program to end in order, the second one ends it at once.
#pragma once

namespace cyclecheck {

// Takes SIGINT and SIGTERM from now on.
void watch_interrupts();

[[nodiscard]] bool was_interrupted();

}  // namespace cyclecheck

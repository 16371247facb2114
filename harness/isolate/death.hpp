// How a worker that runs traces came to its end, and what that makes of the trace that it ran.
#pragma once

#include "harness/compare/compare.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

struct Death {
  WorkerProcess::End end;
  // A crash or a hang, blamed on the side that ran.
  Verdict verdict;
};

// Waits for the end of a worker that closed its socket; one that hung is killed. `phase` is what it was doing.
// REQUIRES: nobody has waited for it yet
[[nodiscard]] Death death_of(WorkerProcess& worker, bool hung, Phase phase);

}  // namespace cyclecheck

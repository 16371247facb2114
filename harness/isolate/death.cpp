#include "harness/isolate/death.hpp"

namespace cyclecheck {

Death death_of(WorkerProcess& worker, bool hung, Phase phase) {
  if (hung) worker.kill();
  Death death;
  death.end = worker.wait(kLastWords);
  death.verdict.outcome = hung ? Outcome::hang : Outcome::crash;
  death.verdict.signature = blame(hung ? "hang" : signature_of(death.end), phase);
  death.verdict.output = death.end.output;
  return death;
}

}  // namespace cyclecheck

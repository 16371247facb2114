#include "harness/subjects/model_subject.hpp"

#include "model/machine.hpp"

namespace cyclecheck {

void ModelSubject::run(const Trace& trace, Observe observe, Log& log) {
  reach_ = {};
  log.clear();
  states_.begin(reach_);
  model::run(trace, observe, log, reach_, nullptr, &states_);
  states_.end();
}

}  // namespace cyclecheck

#include "harness/subjects/model_subject.hpp"

#include "harness/subjects/census.hpp"

namespace cyclecheck {

void ModelSubject::run(const Trace& trace, Observe observe, Log& log) {
  reach_ = {};
  states_.begin(reach_);
  run_counted(trace, observe, log, reach_, &states_);
  states_.end();
}

}  // namespace cyclecheck

#include "harness/model_subject.hpp"

#include "model/machine.hpp"

namespace cyclecheck {

void ModelSubject::run(const Trace& trace, Observe observe, Log& log) {
  reach_ = {};
  log.clear();
  model::run(trace, observe, log, reach_);
}

}  // namespace cyclecheck

// The machine that runs a trace on the model's heap: rules N, X and S of docs/memory-model.md.
#pragma once

#include <cstddef>
#include <vector>

#include "model/heap.hpp"
#include "model/reach.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck::model {

// Looks at the heap between operations, and is told what no event says.
class Probe {
 public:
  Probe() = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  virtual ~Probe() = default;
  // `roots`: what variables, scopes and gc.garbage refer to, with repetitions.
  virtual void after_operation(std::size_t operation, const Heap& heap, const std::vector<Id>& roots) = 0;
  // As Program is told.
  virtual void at_place(CollectionPlace) {}
  virtual void automatic_collection(std::size_t /*generation*/, bool /*nested*/) {}
};

// Runs a trace and leaves what happened in `log`, one group of events for every operation of the trace. Adds to `reach`
// what states it went through. Pure otherwise: equal traces give equal logs. Nested deaths recurse natively, as deeply
// as the profile's trashcan lets them (about 10,000 levels in python3.13): run it on a stack of 64 MiB or more.
void run(const Trace& trace, Observe observe, Log& log, Reach& reach, Probe* probe = nullptr);

}  // namespace cyclecheck::model

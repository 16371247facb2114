// The machine that runs a trace on the model's heap: rules N, X and S of docs/memory-model.md.
#pragma once

#include "model/heap.hpp"
#include "model/observer.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck::model {

// Runs a trace and leaves what happened in `log`, one group of events for every operation of the trace. Equal traces
// give equal logs. Nested deaths recurse natively, as deeply as the profile's trashcan lets them: about 10,000 levels
// in python3.13, which need a stack of 64 MiB; without a trashcan (T6) as deeply as the trace makes them.
void run(const Trace& trace, Observe observe, Log& log, Observer* observer = nullptr);

}  // namespace cyclecheck::model

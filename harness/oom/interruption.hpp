// One allocation of a run of the model that fails although the trace says nothing of it: what another heap's memory did
// to it.
#pragma once

#include <cstdint>

#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

struct Interruption {
  enum class Kind : std::uint8_t {
    operation,  // an operation fails: it logs `no_memory` and does nothing
    tuple,      // an allocation of rule W6 or X10 fails, whether it comes from a free list or not: M4
  };
  Kind kind = Kind::operation;
  // Which one, counted from 0: of all operations that are executed, those of scripts among them but not `raise`; or of
  // all tuples.
  std::uint64_t index = 0;
  // How many objects a `bulk` had appended, and whether it had made one more, which dies then.
  std::uint32_t made = 0;
  bool one_more = false;
};

// `model::run` with one allocation that fails. REQUIRES: the trace has no `fail`
void run_interrupted(const Trace& trace, Observe observe, Log& log, const Interruption& interruption);

}  // namespace cyclecheck

// What a target and its mutator share.
#pragma once

#include "harness/inputs/inputs.hpp"

namespace cyclecheck::fuzz {

// The trace of the input that this process runs, or changes, at the moment.
inline LastTrace& last_trace() {
  static LastTrace last;
  return last;
}

}  // namespace cyclecheck::fuzz

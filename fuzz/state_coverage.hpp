// State coverage: a fuzzer keeps an input that brings a new heap state (harness/subjects/heap_state.hpp), as it keeps
// one that reaches a new edge.
#pragma once

#include "harness/subjects/subjects.hpp"

namespace cyclecheck::fuzz {

// Tells the fuzzing engine what states the model's last run went through. O(states).
void credit(const HeapStates& states);

}  // namespace cyclecheck::fuzz

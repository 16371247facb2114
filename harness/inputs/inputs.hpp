// Bytes as traces: what fuzzers run, change and count.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/inputs/artefact.hpp"
#include "harness/inputs/input.hpp"
#include "harness/inputs/last_trace.hpp"
#include "harness/inputs/mutate.hpp"
#include "harness/inputs/state_counts.hpp"

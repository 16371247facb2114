// Recordings and stored traces run again, on any side: model, subject, interpreter. A side that dies or hangs is a
// verdict.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/replay/check_recording.hpp"
#include "harness/replay/loaded_traces.hpp"
#include "harness/replay/record.hpp"
#include "harness/replay/rule_counts.hpp"
#include "harness/replay/run_stored.hpp"

// Random traces.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/generate/generate_trace.hpp"

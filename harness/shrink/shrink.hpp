// The simplest trace that fails in the same way.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/shrink/rewrite.hpp"
#include "harness/shrink/shrink_trace.hpp"

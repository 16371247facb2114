// A trace in a worker process, so that a crash or a hang is a verdict.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/isolate/behind.hpp"
#include "harness/isolate/checker.hpp"
#include "harness/isolate/death.hpp"
#include "harness/isolate/hang_guard.hpp"
#include "harness/isolate/isolated.hpp"
#include "harness/isolate/message.hpp"

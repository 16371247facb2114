// Processes, files, memory and random numbers: what knows nothing of traces.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/system/build_info.hpp"
#include "harness/system/child_process.hpp"
#include "harness/system/crash_stack.hpp"
#include "harness/system/delayed.hpp"
#include "harness/system/durable.hpp"
#include "harness/system/entries.hpp"
#include "harness/system/gzip.hpp"
#include "harness/system/interrupt.hpp"
#include "harness/system/invocation.hpp"
#include "harness/system/large_stack.hpp"
#include "harness/system/markup.hpp"
#include "harness/system/memory_limit.hpp"
#include "harness/system/random.hpp"
#include "harness/system/resident_memory.hpp"
#include "harness/system/shared_memory.hpp"
#include "harness/system/worker_process.hpp"

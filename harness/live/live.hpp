// Heaps of running interpreters: what is in them, and why it is alive.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/live/dump_file.hpp"
#include "harness/live/dumped_heap.hpp"
#include "harness/live/why.hpp"

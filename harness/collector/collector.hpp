// The collector of impl/ as a subject.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/collector/impl_subject.hpp"
#include "harness/collector/passages.hpp"
#include "harness/collector/scaling.hpp"
#include "harness/collector/small_heap_subject.hpp"
#include "harness/collector/steady.hpp"

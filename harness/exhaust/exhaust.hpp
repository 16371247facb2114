// Every trace up to a bound.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/exhaust/distinct.hpp"
#include "harness/exhaust/search.hpp"

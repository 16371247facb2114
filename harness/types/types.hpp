// A user's own type on a real interpreter: what in it holds references, and whether it shows and gives them back.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/types/stored_fault.hpp"
#include "harness/types/type_check.hpp"

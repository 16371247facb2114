// What CPython's documentation promises, and who breaks it.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/promises/promise_subject.hpp"

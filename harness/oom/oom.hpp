// The collector when memory runs out.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/oom/oom_subject.hpp"

// What a command has to tell in the end, in the formats that other programs read.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/report/json.hpp"
#include "harness/report/junit.hpp"
#include "harness/report/sarif.hpp"
#include "harness/report/summary.hpp"

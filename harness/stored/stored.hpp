// Traces and logs in files: findings, regression suites, recordings of interpreters.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/stored/conformance.hpp"
#include "harness/stored/recording.hpp"
#include "harness/stored/stored_case.hpp"

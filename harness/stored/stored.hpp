// Traces and logs in files: findings, regression suites, recordings of interpreters.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/stored/compare_recording.hpp"
#include "harness/stored/convert_foreign.hpp"
#include "harness/stored/finding_file.hpp"
#include "harness/stored/foreign_program.hpp"
#include "harness/stored/foreign_recording.hpp"
#include "harness/stored/recording.hpp"
#include "harness/stored/run_file.hpp"
#include "harness/stored/stored_case.hpp"

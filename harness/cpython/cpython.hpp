// Real interpreters as subjects: by the driver in C, or by scripts.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/cpython/cpython_subject.hpp"
#include "harness/cpython/driver_build.hpp"
#include "harness/cpython/external_subjects.hpp"
#include "harness/cpython/interpreter.hpp"
#include "harness/cpython/interpreter_subject.hpp"

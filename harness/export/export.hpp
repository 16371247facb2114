// Traces as programs of other languages, and as what an interpreter prints.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/export/gtest.hpp"
#include "harness/export/plain.hpp"
#include "harness/export/pytest.hpp"
#include "harness/export/python.hpp"
#include "harness/export/schedule.hpp"
#include "harness/export/transcript.hpp"

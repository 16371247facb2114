// Fuzzing campaigns: sessions that learn, a folder that survives them.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/campaign/folder.hpp"
#include "harness/campaign/merge.hpp"
#include "harness/campaign/page.hpp"
#include "harness/campaign/plot.hpp"
#include "harness/campaign/session.hpp"

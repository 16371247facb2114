// Random search, and what becomes of a failure: it is investigated, shrunk and stored.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/search/accepted.hpp"
#include "harness/search/drawing.hpp"
#include "harness/search/examine_all.hpp"
#include "harness/search/find_failures.hpp"
#include "harness/search/findings.hpp"
#include "harness/search/investigate.hpp"
#include "harness/search/known_failures.hpp"
#include "harness/search/probe.hpp"
#include "harness/search/pursue.hpp"
#include "harness/search/reach.hpp"
#include "harness/search/stored_findings.hpp"
#include "harness/search/workers.hpp"

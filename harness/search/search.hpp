// Random search, and what becomes of a failure: it is investigated, shrunk and stored.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/search/conform_search.hpp"
#include "harness/search/findings.hpp"
#include "harness/search/investigate.hpp"
#include "harness/search/pursue.hpp"
#include "harness/search/random_search.hpp"
#include "harness/search/reach.hpp"

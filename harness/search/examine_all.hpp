// Every trace of a drawing once, in worker processes: the verdict, and both logs.
#pragma once

#include <cstdint>
#include <functional>

#include "harness/isolate/isolate.hpp"
#include "harness/search/drawing.hpp"
#include "harness/search/workers.hpp"

namespace cyclecheck {

// Runs each trace on the sides that `make` makes, and tells in the order of positions what came of it, until `told` or
// `goes_on`, which is asked ten times a second, answers false. A side that did not end has no log. Throws
// std::runtime_error if a worker cannot go on. REQUIRES: drawing.has_one_each(); the process has one thread
void examine_all(const MakeContestants& make, const Drawing& drawing, WorkersOptions options,
                 const std::function<bool()>& goes_on,
                 const std::function<bool(std::uint64_t position, Examination& examination)>& told);

}  // namespace cyclecheck

// How many heap states a campaign has not met yet, estimated from those that it met once or twice. Pure.
//
// Executions are taken for samples of which each shows a few states. Good and Turing: the chance that the next
// execution meets a state that none has met before is about the number of states that exactly one execution met,
// divided by the number of executions. Chao (1984): from those that one (f1) and two (f2) executions met follows that
// at least about f1^2 / (2 f2) are unseen. Both assume that executions are drawn in the same way all the time; a
// campaign that learns finds more, so that the number is a lower bound twice over.
#pragma once

#include <cstdint>

#include "harness/inputs/inputs.hpp"

namespace cyclecheck {

struct Unseen {
  // The expected number of new states in the next execution; 1 before the first one.
  double per_execution = 1;
  // At least about so many states are not met yet.
  double states = 0;
};

[[nodiscard]] constexpr Unseen estimate_unseen(const StateTotals& totals) {
  if (totals.executions == 0) return {};
  const auto executions = static_cast<double>(totals.executions);
  const auto once = static_cast<double>(totals.once);
  const auto twice = static_cast<double>(totals.twice);
  // Chao's form for f2 = 0 as well: nothing is divided by zero.
  const double unseen = totals.twice != 0 ? once * once / (2 * twice) : once * (once - 1) / 2;
  return {once / executions, (executions - 1) / executions * unseen};
}

}  // namespace cyclecheck

// The shrinker: a simpler trace that fails in the same way.
//
// It knows what a trace describes: besides dropping operations it merges objects, contracts edges and links of chains,
// makes many objects at once, empties scripts, lowers numbers and simplifies kinds, until nothing helps any more. Every
// step makes the trace simpler by a fixed measure, so it ends; without the time limit the result depends on the trace
// and the predicate alone. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "trace/trace.hpp"

namespace cyclecheck {

struct ShrinkProgress {
  std::uint64_t attempts = 0;
  std::uint64_t steps = 0;
};

struct ShrinkOptions {
  std::chrono::milliseconds budget{30'000};
  // Called with every trace that is simpler than those before it.
  std::function<void(const Trace& best, const ShrinkProgress& progress)> on_best;
  // Asked before every attempt; true ends the search as if the budget were reached.
  std::function<bool()> stop;
};

struct ShrinkResult {
  Trace trace;
  // No single operation, in the trace or in a script, can be left out. Otherwise the budget was reached.
  bool one_minimal = false;
  ShrinkProgress progress;
};

// Whether a trace fails in the way that is to be kept.
using StillFails = std::function<bool(const Trace&)>;

// REQUIRES: the trace is valid and still_fails(trace). If the predicate is not a pure function the result may not fail.
[[nodiscard]] ShrinkResult shrink(const Trace& trace, const StillFails& still_fails, const ShrinkOptions& options);

// "1-minimal" or "budget reached".
[[nodiscard]] const char* verdict_of(const ShrinkResult& result);

}  // namespace cyclecheck

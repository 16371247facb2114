// From a failing trace to a finding: does it fail again, what is the simplest trace that does, how reliably.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/isolate/isolate.hpp"
#include "harness/shrink/shrink.hpp"

namespace cyclecheck {

inline constexpr int kReplays = 5;

struct Investigation {
  // The simplest trace that fails with the signature.
  Trace trace;
  // Traces that the subject has to run before it, in order; mostly none.
  std::vector<Trace> before;
  // What a run of that trace gave.
  Examination examination;
  // Of the trace found; "object" in the signature of the original trace may have become a kind of object.
  std::string signature;
  bool one_minimal = false;
  ShrinkProgress progress;
  // Of kReplays runs of the trace, how many failed with the signature. Fewer than all: the finding is flaky.
  int reproduced = 0;

  [[nodiscard]] bool is_flaky() const { return reproduced < kReplays; }
  [[nodiscard]] const char* shrink_verdict() const { return one_minimal ? "1-minimal" : "budget reached"; }
};

// The traces that a subject had run before, the oldest first: how many, and each.
struct History {
  std::size_t size = 0;
  std::function<Trace(std::size_t)> at;
};

struct Beginning {
  Trace trace;
  Verdict verdict;
};

// The shortest beginning of a trace that fails, if it is a divergence: what a crash or a hang behind it comes from.
// REQUIRES: the trace fails. O(log operations) runs, each in a subject that is made anew.
[[nodiscard]] std::optional<Beginning> divergent_beginning(TraceChecker& checker, const Trace& trace);

// Shrinks the trace, keeping the signature, and replays the result. If it does not fail alone but behind some of the
// traces before it, as few of these as were found belong to the result. `seen` is the verdict that the trace was found
// with; it stands if the trace does not fail again. `timeout` is the longest that one trace may take; while a hang is
// shrunk it is half a second at most, and attempts have a limit in processor time, so that they stay affordable: 25 ms,
// and 50 us for each operation. What hangs in the end does so for half a second. While another failure is shrunk an
// attempt may use 20 times what the trace took, 200 ms at least.
[[nodiscard]] Investigation investigate(TraceChecker& checker, const Trace& trace, const Verdict& seen,
                                        std::chrono::milliseconds timeout, const ShrinkOptions& options,
                                        const History& history = {});

}  // namespace cyclecheck

#include "harness/investigate.hpp"

#include <algorithm>
#include <utility>

#include "harness/signature.hpp"

namespace cyclecheck {
namespace {

constexpr std::chrono::milliseconds kHangTimeout{500};

// Leaves out what comes after the first operation that differs, if the rest fails in the same way.
Trace without_tail(Trace trace, const Verdict& verdict, const StillFails& still_fails) {
  if (!verdict.divergence || verdict.divergence->operation + 1 >= trace.operations.size()) return trace;
  Trace shorter = trace;
  shorter.operations.resize(verdict.divergence->operation + 1);
  return still_fails(shorter) ? shorter : trace;
}

}  // namespace

Investigation investigate(TraceChecker& checker, const Trace& trace, const Verdict& seen,
                          std::chrono::milliseconds timeout, const ShrinkOptions& options) {
  checker.set_timeout(seen.outcome == Outcome::hang ? std::min(timeout, kHangTimeout) : timeout);
  const StillFails still_fails = [&](const Trace& candidate) {
    const Verdict verdict = checker.check(candidate);
    return verdict.outcome != Outcome::agree && same_failure(verdict.signature, seen.signature);
  };
  const StillFails fails_alone = [&](const Trace& candidate) {
    checker.start_anew();
    return still_fails(candidate);
  };
  Investigation result;
  result.trace = trace;
  result.signature = seen.signature;
  if (fails_alone(trace)) {
    ShrinkResult shrunk = shrink(without_tail(trace, seen, still_fails), still_fails, options);
    // A subject that keeps something from one trace to the next misleads: then each candidate has a new one, which is
    // slower.
    if (!fails_alone(shrunk.trace)) shrunk = shrink(without_tail(trace, seen, fails_alone), fails_alone, options);
    result.trace = std::move(shrunk.trace);
    result.one_minimal = shrunk.one_minimal;
    result.progress = shrunk.progress;
  }
  for (int i = 0; i < kReplays; ++i) {
    if (fails_alone(result.trace)) ++result.reproduced;
  }
  checker.start_anew();
  result.examination = checker.examine(result.trace);
  if (result.examination.verdict.outcome == Outcome::agree) result.examination.verdict = seen;
  // A kind of object that was ambiguous in the original trace may be certain in the shrunk one.
  if (same_failure(result.examination.verdict.signature, seen.signature)) {
    result.signature = result.examination.verdict.signature;
  }
  checker.set_timeout(timeout);
  return result;
}

}  // namespace cyclecheck

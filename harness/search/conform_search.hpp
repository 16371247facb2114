// Conformance: the model against a real interpreter, live, on generated traces.
//
// The interpreter is the authority: a divergence is a mistake of the model or an effect of the interpreter that the
// driver should have kept out.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/generate/generate.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// One way in which they differ, on the simplest trace found.
struct ConformFailure {
  std::string signature;
  // Which generated trace showed it first.
  std::uint64_t index = 0;
  // How many traces showed it.
  std::uint64_t times = 1;
  Trace trace;
  // "1-minimal" or "budget reached".
  std::string shrunk;
  Observe observe = Observe::digest;
  // What differs, or else what went wrong with the subject.
  std::optional<Divergence> divergence;
  std::string error;
};

struct ConformSummary {
  std::uint64_t traces = 0;
  std::uint64_t operations = 0;
  // Traces that did not agree.
  std::uint64_t failed = 0;
  // Traces that the interpreter was spared, because it would use freed memory (rules W6 and C7).
  std::uint64_t undefined = 0;
  // Traces that the subject refused: a script cannot follow every trace (export_python).
  std::uint64_t refused = 0;
  // Without shrinking.
  std::chrono::milliseconds time{0};
  // In the order in which they were found, each signature once.
  std::vector<ConformFailure> failures;
  Reach reach;
};

struct ConformOptions {
  std::uint64_t seed = 1;
  // The first trace of the seed that is run.
  std::uint64_t first = 0;
  // Ends after so many traces, after this time, or after so many different failures; 0: no such limit.
  std::uint64_t traces = 0;
  std::chrono::milliseconds time{0};
  std::size_t failures = 10;
  GenerateOptions generate;
  Level level = Level::order;
  // Every n-th trace is observed in full, after each operation if it is short; the others by digests.
  std::uint64_t observe_every = 8;
  // Time to shrink each failure; 0: not at all.
  std::chrono::milliseconds shrink{5'000};
  // Also runs traces in which the interpreter uses freed memory: it may crash then, now or in a later trace.
  bool run_undefined = false;
  // Called with every trace that agreed and the subject's log of it; then every trace is observed in full.
  std::function<void(std::uint64_t index, const Trace& trace, const Log& log)> on_agreement;
  // Asked between traces; true ends the run.
  std::function<bool()> stop;
  // Called between traces, at most ten times a second.
  std::function<void(const ConformSummary& so_far)> on_progress;
};

// Runs generated traces on the model and on the subject and compares them. What the subject throws (SubjectError) is a
// failure of the trace; if it cannot even be started again, the exception leaves this function. Equal options give
// equal results up to the time limits.
[[nodiscard]] ConformSummary conform(Subject& subject, const ConformOptions& options);

}  // namespace cyclecheck

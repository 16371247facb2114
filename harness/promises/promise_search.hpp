// Looking for broken promises: random traces on one interpreter, judged by harness/promises/promise.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/cpython/cpython.hpp"
#include "harness/generate/generate.hpp"
#include "harness/promises/promise.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

struct PromiseFinding {
  BrokenPromise broken;
  // Which generated trace showed it first, and how many did.
  std::uint64_t index = 0;
  std::uint64_t times = 1;
  // Shrunk; ends with the operation that shows it. Empty for Promise::failed_call, which is no trace's.
  Trace trace;
  // "1-minimal" or "budget reached".
  std::string shrunk;
};

struct PromiseSummary {
  std::uint64_t traces = 0;
  // Traces that were not judged, because model and interpreter disagree, or the subject failed otherwise than by a
  // crash.
  std::uint64_t not_judged = 0;
  std::string why_not_judged;
  // In the order in which they were found, each promise once; crashes once for each reason that the rules know.
  std::vector<PromiseFinding> findings;
};

struct PromiseOptions {
  std::uint64_t seed = 1;
  // The first trace of the seed that is run.
  std::uint64_t first = 0;
  // Ends after so many traces or after this time, without that of shrinking; 0: no such limit.
  std::uint64_t traces = 0;
  std::chrono::milliseconds time{0};
  // Short traces are enough and can be observed after every operation.
  GenerateOptions generate{ProfileId::python3_11, 120, kFaults};
  // Time to shrink each finding.
  std::chrono::milliseconds shrink{10'000};
  // Asked between traces; true ends the run.
  std::function<bool()> stop;
  // Called between traces, at most ten times a second.
  std::function<void(const PromiseSummary& so_far)> on_progress;
};

// A subject is made again after each trace in which it may have damaged its memory (rule W6).
using MakeSubject = std::function<std::unique_ptr<Subject>()>;

// Runs generated traces of the profile and judges them. A crash in a trace is a broken promise (no_crash). Throws
// SubjectError if the subject cannot be started. Equal options give equal results up to the time limits.
[[nodiscard]] PromiseSummary search_promises(const MakeSubject& make, const PromiseOptions& options);

// The promises that one trace breaks, after running it. Throws SubjectError if the subject fails otherwise than by a
// crash, or disagrees with the model, so that it cannot be judged.
[[nodiscard]] std::vector<BrokenPromise> judge_trace(const MakeSubject& make, const Trace& trace);

// Calls the functions of the gc module with wrong arguments; each function that fails and changes something all the
// same is a finding (failed_call). Throws SubjectError.
[[nodiscard]] std::vector<PromiseFinding> probe_failed_calls(const Interpreter& interpreter);

}  // namespace cyclecheck

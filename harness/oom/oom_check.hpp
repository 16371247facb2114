// Running out of memory: a trace is run again and again, and the first, second, third ... request for memory that the
// collector makes fails, until it runs through.
//
// A run agrees if the heap is whole after every operation, all memory comes back, and the log is the model's with the
// operation that failed doing nothing (harness/oom/interruption.hpp): everything is as it was before it, and the rest
// of the trace goes on.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "harness/compare/compare.hpp"
#include "impl/memory.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

struct OomCount {
  std::uint64_t traces = 0;
  // Failure points: runs in which a request failed.
  std::uint64_t points = 0;
  std::array<std::uint64_t, cyclegc::kSites> sites{};

  void add(const OomCount& other);
};

struct OomFailure {
  // Which request failed, counted from 1, and what it was for; none: the run in which none failed.
  std::uint64_t point = 0;
  std::optional<cyclegc::Site> site;
  // What differs, or else what went wrong.
  std::optional<Divergence> divergence;
  std::string error;

  // "gc_refs: missing died node": what shrinking keeps.
  [[nodiscard]] std::string signature() const;
};

// Every failure point of a trace. Counts what it visited. The logs are those of the last run: of the model, and of the
// collector. Needs a large stack (harness/system/large_stack.hpp).
// REQUIRES: the trace has no `fail`
[[nodiscard]] std::optional<OomFailure> check_out_of_memory(const Trace& trace, OomCount& count, Log& expected,
                                                            Log& actual);

// The same at a few failure points, which depend on the trace alone, each for another site. Tables grow by no more than
// is asked for.
[[nodiscard]] std::optional<OomFailure> check_some_out_of_memory(const Trace& trace, std::size_t points,
                                                                 OomCount& count, Log& expected, Log& actual);

}  // namespace cyclecheck

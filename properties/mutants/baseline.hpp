// Other ways of testing than `cyclecheck run`, tried on a mutant for comparison.
//
// Searches are limited and timed by processor time, which does not depend on what else the machine does. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "properties/mutants/mutant.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// What another way of testing did with the mutant.
struct Baseline {
  // By more than half of the seeds.
  bool killed = false;
  // Medians over the seeds that killed it. The last two are 0 where nothing is shrunk.
  double seconds = 0;
  double operations = 0;
  double shrink_seconds = 0;
};

struct BaselineOptions {
  // Of RapidCheck and libFuzzer; what is random in the others is nothing.
  std::uint32_t seeds = 1;
  // Of one search, in whole seconds of processor time, and as much again for RapidCheck's shrinking.
  std::chrono::seconds time{10};
};

// The functions run a program with the mutant in it. Errors: it ends as it should not.

// `cyclecheck replay` of the traces at this path. A kill: one of them does not end as its stored log.
[[nodiscard]] std::variant<Baseline, FileError> try_stored_alone(const std::string& program, const Mutant& mutant,
                                                                 const std::string& path);

// `cyclecheck exhaust`: every trace of up to so many operations over its default alphabet. It has no other time limit.
[[nodiscard]] std::variant<Baseline, FileError> try_every_trace(const std::string& program, const Mutant& mutant,
                                                                std::uint32_t operations);

// The fuzz target with libFuzzer, from an empty corpus and without a dictionary. A kill: any end but a normal one, so
// the collector's own assertions and the sanitizers of that build count, too.
[[nodiscard]] std::variant<Baseline, FileError> try_fuzzing(const std::string& program, const BaselineOptions& options);

// RapidCheck's state machine (properties/mutants/rapidcheck_baseline.cpp). A kill: a trace whose logs differ, or the
// death of the program, which has no shrunk trace.
[[nodiscard]] std::variant<Baseline, FileError> try_rapidcheck(const std::string& program, const Mutant& mutant,
                                                               const BaselineOptions& options);

}  // namespace cyclecheck

// What another way of testing than `cyclecheck run` does with a mutant.
//
// Searches are limited and timed by processor time, which does not depend on what else the machine does. Thread-safe.
#pragma once

#include <string>
#include <variant>

#include "properties/mutants/mutant.hpp"
#include "properties/mutants/way.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

struct Baseline {
  bool killed = false;
  double seconds = 0;
  // 0 where nothing is shrunk.
  double operations = 0;
  double shrink_seconds = 0;
};

// A cell of a table: "0.10 s, 3 ops in 0.02 s", "killed" or "survives".
[[nodiscard]] std::string to_string(const Baseline& baseline, Way way);

// How a way is tried, in words: a result counts only if it was measured so.
[[nodiscard]] std::string settings_of(Way way);

// Runs `program` with the mutant in it: `cyclecheck` for test_gc and exhaust, `fuzz_differential` with libFuzzer for
// fuzz, `rapidcheck_baseline` for rc, each with one seed. `sources` is the folder of the project. A kill:
//   test_gc  one of the stored traces of corpus/conformance/test_gc does not end as its log
//   exhaust  a trace of up to five operations fails; it has no other time limit
//   fuzz     any end but a normal one, from an empty corpus and without a dictionary: the collector's own assertions
//            and the sanitizers of that build count, too
//   rc       a trace whose logs differ, or the death of the program, which has no shrunk trace
// Errors: the program ends as it should not.
[[nodiscard]] std::variant<Baseline, FileError> try_way(Way way, const std::string& program, const Mutant& mutant,
                                                        const std::string& sources);

}  // namespace cyclecheck

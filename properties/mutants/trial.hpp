// Trying a mutant: does the harness find it, after how long, with how short a trace.
//
// A mutant is a program of its own (properties/mutants/workshop.hpp); it is tried the way a user would try it, through
// its command line. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "trace/event.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// How a mutant was killed.
struct Kill {
  // From the start of the program to the failure, before it was shrunk, and what shrinking took.
  double seconds = 0;
  double shrink_seconds = 0;
  std::string signature;
  std::string profile;
  // Of the trace as it was generated, and shrunk.
  std::uint32_t original_operations = 0;
  std::uint32_t operations = 0;
  // The lowest level at which the shrunk trace fails.
  Level level = Level::order;
  // The shrunk trace, as text, and where it is.
  std::string trace;
  std::string path;
};

struct TrialOptions {
  std::uint64_t seed = 1;
  // How long random traces are tried, and how long a failing one is shrunk.
  std::chrono::milliseconds time{20'000};
  std::chrono::milliseconds shrink_time{20'000};
  // More options of `cyclecheck run`.
  std::vector<std::string> options;
};

// Runs `program run`. Nothing if the mutant survived. `folder` is emptied and holds the finding afterwards.
// Errors: the program ends neither with agreement nor with a finding.
[[nodiscard]] std::variant<std::optional<Kill>, FileError> try_random(const std::string& program,
                                                                      const std::string& folder,
                                                                      const TrialOptions& options);

// Runs `program exhaust` in the profiles of the options, with the default alphabet up to this length; as for
// try_random, but without a seed, and the level is not looked for.
[[nodiscard]] std::variant<std::optional<Kill>, FileError> try_exhaustive(const std::string& program,
                                                                          const std::string& folder,
                                                                          std::uint32_t operations,
                                                                          const TrialOptions& options);

struct Replayed {
  // One of the traces does.
  bool failed = false;
  // Of processor time.
  double seconds = 0;
};

// Runs `program replay` on stored traces alone, with more options of its own. Errors: one cannot be read.
[[nodiscard]] std::variant<Replayed, FileError> try_stored(const std::string& program, const std::string& path,
                                                           Level level = Level::order,
                                                           const std::vector<std::string>& options = {});

}  // namespace cyclecheck

// Trying a mutant: does the harness find it, after how long, with how short a trace.
//
// A mutant is a program of its own (properties/mutants/workshop.hpp); it is tried the way a user would try it, through
// its command line. What it found is read from the folder of findings. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "properties/mutants/kill.hpp"
#include "trace/event.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// Runs `program run` with this seed and more options of its own, for 20 seconds at most. Nothing if the mutant
// survived. `folder` is emptied and holds the finding afterwards.
// Errors: the program ends neither with agreement nor with a finding.
[[nodiscard]] std::variant<std::optional<Kill>, FileError> try_random(const std::string& program,
                                                                      const std::string& folder, std::uint64_t seed,
                                                                      const std::vector<std::string>& options);

// Runs `program exhaust` with more options of its own: every trace of up to three objects and so many operations over
// the default alphabet. Otherwise as try_random, but the level is not looked for.
[[nodiscard]] std::variant<std::optional<Kill>, FileError> try_exhaustive(const std::string& program,
                                                                          const std::string& folder,
                                                                          std::uint32_t operations,
                                                                          const std::vector<std::string>& options);

struct Replayed {
  // One of the traces does.
  bool failed = false;
  // Of processor time.
  double seconds = 0;
};

// Runs `program replay` on stored traces or findings alone, with more options of its own. Errors: one cannot be read.
[[nodiscard]] std::variant<Replayed, FileError> try_stored(const std::string& program, const std::string& path,
                                                           Level level = Level::order,
                                                           const std::vector<std::string>& options = {});

}  // namespace cyclecheck

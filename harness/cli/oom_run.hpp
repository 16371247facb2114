// `cyclecheck run --oom`: the collector when its memory runs out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "trace/profile.hpp"

namespace cyclecheck::cli {

struct OomOptions {
  std::vector<ProfileId> profiles;
  std::uint64_t seed = 1;
  std::uint64_t first = 0;
  // Ends after so many traces of each profile, or after this time; 0: no such limit.
  std::uint64_t traces = 0;
  std::chrono::milliseconds time{0};
  std::uint32_t max_operations = 60;
  std::chrono::milliseconds shrink_time{30'000};
  std::string findings = "findings";
};

// Runs and prints. The exit status: agreement, a failure, or a kind of allocation that no trace reached.
[[nodiscard]] int run_out_of_memory(const OomOptions& options);

}  // namespace cyclecheck::cli

// run.json: what stands in a finding's folder about the run that met it. What differs between machines, days and
// numbers of jobs stands here alone: all other files of a finding are the same bytes wherever it is found. Thread-safe.
#pragma once

#include <string>

namespace cyclecheck {

// The name of the file.
inline constexpr const char* kRunFile = "run.json";

// Version, commit and compiler of this program, the time now (UTC), jobs, seed and the whole command line
// (harness/system/invocation.hpp), as JSON.
[[nodiscard]] std::string print_run_file();

}  // namespace cyclecheck

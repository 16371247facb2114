// What a trace claims about its logs: comments `# asserts ...` behind its operations (docs/cpython-tests.md).
//
// Pure and thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "trace/profile.hpp"

namespace cyclecheck {

struct AssertionReport {
  // How many assertions concern this profile.
  std::size_t checked = 0;
  // Those that do not hold or cannot be understood, with the operation.
  std::vector<std::string> errors;
};

// Checks the assertions of a trace in the log of a run in this profile; both as text. O(operations).
// REQUIRES: both parse.
[[nodiscard]] AssertionReport check_assertions(const std::string& trace_text, const std::string& log_text,
                                               ProfileId profile);

}  // namespace cyclecheck

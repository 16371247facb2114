// A program that is run to its end, and what it says.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace cyclecheck {

struct ProgramOutput {
  // Of its standard output.
  std::vector<std::string> lines;
  // How it failed, in words; empty: exit status 0. A program that does not exist ends with "exit status 127".
  std::string failure;
  // The end of its standard error.
  std::string errors;
};

// Runs a program with this standard input, and kills it after `limit`. Throws std::system_error: no process can be
// made.
[[nodiscard]] ProgramOutput run_to_end(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                                       const std::string& input = {});

// A message, and behind it what a program wrote to its standard error, if anything.
[[nodiscard]] std::string with_errors(std::string message, const std::string& errors);

}  // namespace cyclecheck

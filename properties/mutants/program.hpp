// Running a program to its end, with its output.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cyclecheck {

struct Ended {
  // The exit status; 128 and the signal's number if it was killed by one; -1 if it did not end in time.
  int status = -1;
  std::string output;
  // The last of what it wrote to its standard error.
  std::string errors;
  double seconds = 0;
  // Of processor time, with what it started and waited for.
  double processor_seconds = 0;
};

// The status of a program that cannot be started.
inline constexpr int kCannotStart = 127;

// Runs a program and waits for its end, `limit` at most; then it is killed together with what it started. A
// program that cannot be started has status kCannotStart. Thread-safe.
[[nodiscard]] Ended run_program(const std::vector<std::string>& command, std::chrono::milliseconds limit);

// Calls `see` for every line of a text.
void for_each_line(std::string_view text, const std::function<void(const std::string& line)>& see);

}  // namespace cyclecheck

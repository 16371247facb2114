// What a command has to tell in the end, for people's tools: the writers beside it make JUnit XML, JSON and SARIF of
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cyclecheck {

// What a CI server calls a test.
struct Check {
  enum class Outcome : std::uint8_t { passed, failed, error, left_out };

  // "python3.11". Suite and name are the same in every run that checks the same.
  std::string suite;
  std::string name;
  Outcome outcome = Outcome::passed;
  double seconds = 0;
  // What failed in one line, "missing died node"; and in full.
  std::string message = {};
  std::string details = {};
  // The file that fails, and the line in it, counted from 1; 0: none.
  std::string file = {};
  std::size_t line = 0;
};

// "passed", "failed" ...
[[nodiscard]] std::string_view to_string(Check::Outcome outcome);

// How much was done, in one profile or on one subject.
struct Counts {
  std::string name;
  // "traces", 1000.
  std::vector<std::pair<std::string, std::uint64_t>> numbers;
};

struct Summary {
  // "run".
  std::string command;
  // The last line that people read.
  std::string verdict;
  int status = 0;
  bool interrupted = false;
  std::optional<std::uint64_t> seed;
  double seconds = 0;
  std::vector<Counts> counts;
  std::vector<Check> checks;

  // Adds what went wrong beside the checks, such as a disk that is full, as a check of its own that fails.
  void add_error(const std::string& message);
};

}  // namespace cyclecheck

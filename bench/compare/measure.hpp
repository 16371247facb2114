// Runs a group: all contenders in turn, each in a process of its own.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/groups.hpp"
#include "bench/workload.hpp"

namespace cyclecheck::bench {

struct Effort {
  std::size_t least_rounds = 3;
  std::size_t most_rounds = 9;
  // No further round is begun after this.
  std::chrono::milliseconds budget{2500};
};

struct Measured {
  // One figure a round; empty if it was not measured.
  std::vector<double> samples;
  // Why there are none.
  std::string skipped;
  Answers answers;
};

struct GroupResult {
  Group group;
  // One a contender.
  std::vector<Measured> measured;
  // What went wrong: a worker that crashed, answers that differ. Empty: nothing.
  std::vector<std::string> failures;
};

// `folder` holds the worker programs. A worker that was not built is skipped with its reason, a workload that a
// collector does not do as well.
[[nodiscard]] GroupResult measure(const Group& group, const std::string& folder, const Effort& effort);

// What a worker says that it is: "CPython 3.11.2"; or why it says nothing.
[[nodiscard]] std::string version_of(const std::string& program, const std::string& folder);

// How a contender's figure compares with the first contender's, round by round: above 1, the first one is better.
struct Ratio {
  double median = 0;
  double least = 0;
  double most = 0;
};
// REQUIRES: both were measured
[[nodiscard]] Ratio ratio(const GroupResult& result, std::size_t contender);

// REQUIRES: not empty
[[nodiscard]] double median(std::vector<double> values);

}  // namespace cyclecheck::bench

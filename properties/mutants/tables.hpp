// What was found of mutants, as tables in Markdown. The times are the only part that differs from run to run.
#pragma once

#include <string>
#include <vector>

#include "properties/mutants/detection.hpp"

namespace cyclecheck {

// One line a mutant. Ways that were not tried have no column.
[[nodiscard]] std::string mutants_table(const std::vector<Detection>& detections);

// Of each kind how many were killed by every seed, and the median of their times: one line a kind.
[[nodiscard]] std::string kinds_table(const std::vector<Detection>& detections);

// How many each way of testing killed, with the medians over the mutants that it killed itself: one line a way.
[[nodiscard]] std::string ways_table(const std::vector<Detection>& detections);

}  // namespace cyclecheck

// What was found of mutants, for the screen.
#pragma once

#include <string>
#include <vector>

#include "properties/mutants/detection.hpp"

namespace cyclecheck {

[[nodiscard]] std::string heading();
// One line for a mutant.
[[nodiscard]] std::string row(const Detection& detection);
// How many were killed, the medians, and every complaint.
[[nodiscard]] std::string summary(const std::vector<Detection>& detections);

}  // namespace cyclecheck

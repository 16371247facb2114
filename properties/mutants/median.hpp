// The middle of measured values.
#pragma once

#include <vector>

namespace cyclecheck {

// The middle value, or the mean of the two in the middle. 0 for none.
[[nodiscard]] double median(std::vector<double> values);

}  // namespace cyclecheck

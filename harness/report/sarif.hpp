// A summary in SARIF 2.1.0, which code hosts show beside the lines of the files that fail. Pure and thread-safe.
#pragma once

#include <string>

#include "harness/report/summary.hpp"

namespace cyclecheck {

// A result for each check that failed and has a file: its message is the rule; its file, relative to the working
// directory if it lies there, and its line are the place. What else failed is a notification.
[[nodiscard]] std::string sarif(const Summary& summary);

}  // namespace cyclecheck

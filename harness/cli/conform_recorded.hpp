// `cyclecheck conform --recorded`: the model against what interpreters once did.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/report/report.hpp"

namespace cyclecheck::cli {

// Checks recordings, stored traces with logs of interpreters (x.trace, x.python3.11.log), and folders of them, and
// prints agreement by kind of event and how often each rule acted. `timeout` is the longest that one trace may take.
// Unreadable files are reported and the others checked. Returns the text that comes last.
[[nodiscard]] std::string check_recorded(const std::vector<std::string>& paths, std::chrono::milliseconds timeout,
                                         std::uint32_t jobs, Summary& summary);

}  // namespace cyclecheck::cli

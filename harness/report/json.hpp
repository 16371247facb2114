// A summary as JSON. Pure and thread-safe.
#pragma once

#include <string>

#include "harness/report/summary.hpp"

namespace cyclecheck {

// One object: "command", "verdict", "status" (the exit status), "interrupted", "seed", "seconds", "program", "counts"
// and "checks". Bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string json(const Summary& summary);

}  // namespace cyclecheck

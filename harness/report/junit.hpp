// A summary in the XML that CI servers read. Pure and thread-safe.
#pragma once

#include <string>

#include "harness/report/summary.hpp"

namespace cyclecheck {

[[nodiscard]] std::string junit(const Summary& summary);

}  // namespace cyclecheck

// `run --scaling`: how long each operation of the collector takes as its trace grows.
#pragma once

#include <string>

#include "harness/report/report.hpp"
#include "trace/profile.hpp"

namespace cyclecheck::cli {

// Measures every kind; the status is that of a failure if the steps of one grow faster than n log n. Some seconds.
[[nodiscard]] std::string scaling_view(ProfileId profile, Summary& summary);

}  // namespace cyclecheck::cli

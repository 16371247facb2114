// How a mutant was killed: what one search found of it.
#pragma once

#include <cstdint>
#include <string>

#include "trace/event.hpp"

namespace cyclecheck {

struct Kill {
  // From the start of the program to the failure, before it was shrunk, and what shrinking took.
  double seconds = 0;
  double shrink_seconds = 0;
  std::string signature;
  // Of the trace as it was generated, and shrunk.
  std::uint32_t original_operations = 0;
  std::uint32_t operations = 0;
  // The lowest level at which the shrunk trace fails.
  Level level = Level::order;
  // The folder of the finding.
  std::string path;
};

}  // namespace cyclecheck

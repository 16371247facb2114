// Trying a fault of the harness: the test that its file names must fail with it, and pass without it.
#pragma once

#include <string>

#include "properties/mutants/mutant.hpp"
#include "properties/mutants/workshop.hpp"

namespace cyclecheck {

// What is wrong, in words; empty: the test noticed the fault. Some seconds. Thread-safe for different faults.
// REQUIRES: `workshop` is that of the fault's test program
[[nodiscard]] std::string try_fault(const Workshop& workshop, const Mutant& fault);

}  // namespace cyclecheck

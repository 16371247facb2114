// Building a mutant and trying it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "properties/mutants/detection.hpp"
#include "properties/mutants/workshop.hpp"

namespace cyclecheck {

class Results;

struct DetectOptions {
  std::uint32_t seeds = 5;
  // Proves what the catalogue says about levels, too.
  bool proves_level = true;
  // Of the program that each other way of testing runs; null: that way is not tried.
  std::array<const Workshop*, kWays.size()> ways{};
  // What is known already is not measured again, and what is measured is kept there. Null: neither.
  Results* results = nullptr;
  // Asked before each run: shall the rest be left out? May be empty.
  std::function<bool()> stops;
};

// `workshop` is that of `cyclecheck`. Thread-safe for different mutants.
[[nodiscard]] Detection detect(const Workshop& workshop, const Mutant& mutant, const DetectOptions& options);

}  // namespace cyclecheck

// What the harness found of one mutant.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/mutants/baseline.hpp"
#include "properties/mutants/kill.hpp"
#include "properties/mutants/mutant.hpp"
#include "properties/mutants/way.hpp"

namespace cyclecheck {

struct Detection {
  Mutant mutant;
  // The patch does not apply or compile, or a program ended as it should not; empty: none of that.
  std::string error;
  // "random": logs alone. "verify": the collector with its own checks switched on.
  std::string_view suite;
  // One for each seed that killed it.
  std::vector<Kill> kills;
  std::uint32_t seeds = 0;
  bool level_proved = true;
  // Of the ways that were tried.
  std::array<std::optional<Baseline>, kWays.size()> ways;

  [[nodiscard]] const std::optional<Baseline>& of(Way way) const { return ways[static_cast<std::size_t>(way)]; }
  // Every seed killed it.
  [[nodiscard]] bool killed() const { return error.empty() && seeds > 0 && kills.size() == seeds; }
  // Medians over the kills.
  [[nodiscard]] double seconds() const;
  [[nodiscard]] double shrink_seconds() const;
  [[nodiscard]] double operations() const;
  [[nodiscard]] double original_operations() const;
  // Why it counts as a failure, in words; empty if it does not.
  [[nodiscard]] std::string complaint() const;
};

}  // namespace cyclecheck

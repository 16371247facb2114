// Ways of testing that a mutant is tried with beside `cyclecheck run`, for comparison.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cyclecheck {

enum class Way : std::uint8_t { test_gc, exhaust, fuzz, rc };

inline constexpr std::array<Way, 4> kWays{Way::test_gc, Way::exhaust, Way::fuzz, Way::rc};

// The word of --baseline.
[[nodiscard]] constexpr std::string_view to_string(Way way) {
  constexpr std::array<std::string_view, kWays.size()> kWords{"test_gc", "exhaust", "fuzz", "rc"};
  return kWords[static_cast<std::size_t>(way)];
}

// The heading of its column.
[[nodiscard]] constexpr std::string_view heading_of(Way way) {
  constexpr std::array<std::string_view, kWays.size()> kHeadings{"test_gc alone", "every trace", "fuzzing",
                                                                 "rc::state"};
  return kHeadings[static_cast<std::size_t>(way)];
}

}  // namespace cyclecheck

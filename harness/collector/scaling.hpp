// How long an operation takes as its trace grows: in steps, which are the same each time, and in seconds.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/profile.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Traces of one kind: some operations, then `repeated` so many times, then `end`. "N" in them is the size.
struct ScalingKind {
  std::string_view name;
  std::string_view begin;
  std::string_view repeated;
  std::string_view end;
};

// Each operation that takes longer in a larger heap, and each that is to take the same time. Not among them: `remove`
// and `erase` in the front of a list, and `get_referrers`, which look at all that there is each time.
[[nodiscard]] const std::vector<ScalingKind>& scaling_kinds();

struct Scaling {
  static constexpr std::size_t kSizes = 4;
  // The smallest; each other one is twice the one before.
  static constexpr std::uint64_t kFirst = 1000;

  std::string_view name;
  std::array<std::uint64_t, kSizes> steps{};
  std::array<std::chrono::duration<double>, kSizes> time{};

  // The steps grow faster than n log n.
  [[nodiscard]] bool is_too_fast() const;
};

// The trace of this size.
[[nodiscard]] Trace scaled(const ScalingKind& kind, std::uint64_t size, ProfileId profile);

// Of the collector of impl/. Throws TooManySteps, too.
[[nodiscard]] Scaling measure_scaling(const ScalingKind& kind, ProfileId profile);

}  // namespace cyclecheck

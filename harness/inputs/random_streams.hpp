// Which random numbers belong to what: one seed serves several purposes.
#pragma once

#include <cstdint>

namespace cyclecheck {

inline constexpr std::uint64_t kMutateStream = 1;
inline constexpr std::uint64_t kCrossStream = 2;
inline constexpr std::uint64_t kFitStream = 3;
inline constexpr std::uint64_t kByteStream = 4;

}  // namespace cyclecheck

// Positions of a search in chunks, which workers take one after the other.
//
// A subject is made anew for each chunk, so that what it keeps from trace to trace depends on the position alone, and
// not on how many workers there are. Chunks are small at first, so that a short search has work for all; later ones are
// larger, since making a subject may take a while.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cyclecheck {

struct Chunk {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// The chunk with this number, of positions below `size`; empty if it lies behind them. O(1).
[[nodiscard]] constexpr Chunk chunk_at(std::uint64_t number, std::uint64_t size) {
  constexpr std::uint64_t kFirst = 32;
  constexpr std::uint64_t kOfOneSize = 4;
  constexpr std::uint64_t kDoublings = 4;
  const std::uint64_t doublings = std::min(number / kOfOneSize, kDoublings);
  const std::uint64_t length = kFirst << doublings;
  // Behind all shorter chunks.
  const std::uint64_t before = kOfOneSize * kFirst * ((std::uint64_t{1} << doublings) - 1);
  const std::uint64_t begin = before + (number - doublings * kOfOneSize) * length;
  return {std::min(begin, size), std::min(begin + length, size)};
}

}  // namespace cyclecheck

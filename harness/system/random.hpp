// The generator's own random numbers: xoshiro256**, seeded through splitmix64.
//
// The standard library's distributions differ between implementations; these functions do not, so that one seed gives
// the same traces everywhere. Not thread-safe, not for cryptography.
#pragma once

#include <array>
#include <cstdint>

namespace cyclecheck {

// One step of splitmix64: advances `state` and returns a well mixed word. O(1).
[[nodiscard]] constexpr std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t word = state;
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9U;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EBU;
  return word ^ (word >> 31);
}

class Random {
 public:
  // A stream of its own for every pair of words, for example a seed and the index of a trace.
  constexpr explicit Random(std::uint64_t seed, std::uint64_t stream = 0) {
    std::uint64_t state = seed;
    // Mixing the stream in after one step keeps (1, 2) and (2, 1) apart.
    state = splitmix64(state) ^ (stream * 0xD1342543DE82EF95U);
    for (std::uint64_t& word : state_) word = splitmix64(state);
  }

  // 64 random bits. O(1).
  [[nodiscard]] constexpr std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // A number from 0 to bound - 1, by multiply-shift: the bias is below 2^-32 times the bound.
  // REQUIRES: bound > 0
  [[nodiscard]] constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  // A number from low to high, both included. REQUIRES: low <= high, high - low < 2^32 - 1
  [[nodiscard]] constexpr std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + below(high - low + 1);
  }

  // True in `part` of 256 cases.
  [[nodiscard]] constexpr bool chance(std::uint32_t part) { return (next() >> 56) < part; }

 private:
  [[nodiscard]] static constexpr std::uint64_t rotate(std::uint64_t word, int by) {
    return (word << by) | (word >> (64 - by));
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace cyclecheck

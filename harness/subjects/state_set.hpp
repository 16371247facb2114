// A set of heap states in memory that processes share: one writes, others read how many there are.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cyclecheck {

class StateSet {
 public:
  // Adds a packed state (harness/subjects/heap_state.hpp); whether it is new. A set that is full takes no more. O(1) on
  // average.
  bool insert(std::uint32_t packed) {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;
    // An empty place holds 0, so that every state is one more than it is; no state has all bits.
    const std::uint32_t wanted = packed + 1;
    for (std::size_t at = (packed * kOdd) >> kShift;; at = (at + 1) % kPlaces) {
      const std::uint32_t found = places_[at].load(std::memory_order_relaxed);
      if (found == wanted) return false;
      if (found != 0) continue;
      const std::uint32_t size = size_.load(std::memory_order_relaxed);
      if (size == kMost) return false;
      places_[at].store(wanted, std::memory_order_relaxed);
      size_.store(size + 1, std::memory_order_release);
      return true;
    }
  }

  // How many states were added.
  [[nodiscard]] std::uint32_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  static constexpr unsigned kShift = 64 - 17;
  static constexpr std::size_t kPlaces = std::size_t{1} << 17;
  static constexpr std::uint32_t kMost = kPlaces / 4 * 3;

  std::atomic<std::uint32_t> size_{0};
  std::array<std::atomic<std::uint32_t>, kPlaces> places_{};
};

}  // namespace cyclecheck

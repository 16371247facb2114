// How many different numbers there were among many, in fixed memory: exact up to a million, then an estimate.
//
// Kept are those numbers that end in a certain count of zero bits; when they become too many the count grows by one.
// The numbers must be spread evenly, as hashes are. Two counts can be merged. One process writes, others read `size`.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cyclecheck {

class DistinctCount {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 20;

  DistinctCount() { places_.fill(0); }
  // In memory of which each byte is 0: not a page of it is touched.
  struct ZeroedMemory {};
  explicit DistinctCount(ZeroedMemory /*tag*/) {}

  // O(1) on average.
  void insert(std::uint64_t number);

  // How many different numbers were inserted. If it is not exact, one standard deviation is a thousandth of it.
  [[nodiscard]] std::uint64_t size() const {
    return std::uint64_t{kept_.load(std::memory_order_relaxed)} << zeros_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_exact() const { return zeros_.load(std::memory_order_relaxed) == 0; }

  // What is kept, in no order, and how many zero bits it ends in: all that another count needs to go on from here.
  // While another process inserts, what it has inserted by now is there, and perhaps more.
  struct Kept {
    std::uint32_t zeros = 0;
    std::vector<std::uint64_t> numbers;
  };
  [[nodiscard]] Kept kept() const;
  // Adds what another count kept.
  void merge(std::uint32_t zeros, std::span<const std::uint64_t> kept);
  void merge(const Kept& kept) { merge(kept.zeros, kept.numbers); }

 private:
  static constexpr std::size_t kPlaces = kMost * 2;

  [[nodiscard]] Kept look() const;
  void thin_out(std::uint32_t zeros);

  // Odd while numbers are thrown out.
  std::atomic<std::uint32_t> changes_{0};
  std::atomic<std::uint32_t> zeros_{0};
  std::atomic<std::uint32_t> kept_{0};
  // 0: empty.
  std::array<std::uint64_t, kPlaces> places_;
};

}  // namespace cyclecheck

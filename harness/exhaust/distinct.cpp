#include "harness/exhaust/distinct.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

namespace cyclecheck {

void DistinctCount::insert(std::uint64_t number) {
  const std::uint32_t zeros = zeros_.load(std::memory_order_relaxed);
  if ((number & ((std::uint64_t{1} << zeros) - 1)) != 0) return;
  // 0 stands for an empty place; that it is taken for another number is one accident in 2^64.
  if (number == 0) number = std::uint64_t{1} << 63;
  for (std::size_t at = static_cast<std::size_t>(number >> 20) % kPlaces;; at = (at + 1) % kPlaces) {
    if (places_[at] == number) return;
    if (places_[at] != 0) continue;
    places_[at] = number;
    break;
  }
  const std::uint32_t kept = kept_.load(std::memory_order_relaxed) + 1;
  kept_.store(kept, std::memory_order_relaxed);
  if (kept == kMost) thin_out(zeros + 1);
}

DistinctCount::Kept DistinctCount::look() const {
  Kept kept{zeros_.load(), {}};
  std::copy_if(places_.begin(), places_.end(), std::back_inserter(kept.numbers),
               [](std::uint64_t n) { return n != 0; });
  return kept;
}

DistinctCount::Kept DistinctCount::kept() const {
  // Throwing out takes milliseconds; a process that was killed in the middle is not waited for.
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries; ++i) {
    const std::uint32_t before = changes_.load();
    Kept kept = look();
    if (before % 2 == 0 && changes_.load() == before) return kept;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return look();
}

void DistinctCount::thin_out(std::uint32_t zeros) {
  const Kept kept = look();
  ++changes_;
  places_.fill(0);
  kept_.store(0, std::memory_order_relaxed);
  zeros_.store(zeros);
  for (const std::uint64_t number : kept.numbers) insert(number);
  ++changes_;
}

void DistinctCount::merge(std::uint32_t zeros, std::span<const std::uint64_t> kept) {
  if (zeros > zeros_.load(std::memory_order_relaxed)) thin_out(zeros);
  for (const std::uint64_t number : kept) insert(number);
}

}  // namespace cyclecheck

// Why an automatic collection is one of this generation, in words. Pure and thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "model/heap.hpp"

namespace cyclecheck {

// What G7 looks at.
struct Pace {
  std::array<std::uint32_t, 3> counts{};
  std::array<std::int32_t, 3> threshold{};
  // The numbers of the 25 % rule (G8).
  std::size_t long_lived_pending = 0;
  std::size_t long_lived_total = 0;
  bool enabled = true;

  // Whether generation 2 is passed over because too little has become old.
  [[nodiscard]] bool passes_over_oldest() const { return long_lived_pending < long_lived_total / 4; }
};
[[nodiscard]] Pace pace_of(const model::Heap& heap);

// "Generation 0, because its count 3 is above its threshold 2; not generation 1: its count 0 is not above 10; ...".
[[nodiscard]] std::string why_generation(const Pace& pace, std::size_t generation);

// Why no collection begins by itself: "The collector is off.", "Its count 2 is not above its threshold 700."
[[nodiscard]] std::string why_none(const Pace& pace);

}  // namespace cyclecheck

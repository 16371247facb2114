#include "harness/explain/pacing.hpp"

#include <fmt/format.h>

namespace cyclecheck {
namespace {

bool is_above(const Pace& pace, std::size_t g) { return std::int64_t{pace.counts[g]} > pace.threshold[g]; }

}  // namespace

Pace pace_of(const model::Heap& heap) {
  return {heap.counts(), heap.threshold, heap.long_lived_pending(), heap.long_lived_total(), heap.enabled};
}

std::string why_generation(const Pace& pace, std::size_t generation) {
  std::string text = fmt::format("Generation {}, because its count {} is above its threshold {}", generation,
                                 pace.counts[generation], pace.threshold[generation]);
  if (generation == 2) {
    text +=
        fmt::format(", and {} objects have become old since the last full collection left {}: not less than a quarter",
                    pace.long_lived_pending, pace.long_lived_total);
  }
  for (std::size_t g = generation + 1; g < 3; ++g) {
    if (!is_above(pace, g)) {
      text += fmt::format("; not generation {}: its count {} is not above its threshold {}", g, pace.counts[g],
                          pace.threshold[g]);
    } else {
      text += fmt::format(
          "; not generation {}, although its count {} is above its threshold {}: only {} objects have become old since "
          "the last full collection left {}, less than a quarter ({})",
          g, pace.counts[g], pace.threshold[g], pace.long_lived_pending, pace.long_lived_total,
          pace.long_lived_total / 4);
    }
  }
  return text + " (rules G7, G8).";
}

std::string why_none(const Pace& pace) {
  if (!pace.enabled) return "No collection begins by itself: the collector is off (rule G4).";
  if (pace.threshold[0] == 0)
    return "No collection begins by itself: threshold 0 of generation 0 forbids it (rule G3).";
  if (!is_above(pace, 0)) {
    return fmt::format(
        "No collection begins by itself: count {} of generation 0 is not above its threshold {} (rule G4).",
        pace.counts[0], pace.threshold[0]);
  }
  return fmt::format("Count {} of generation 0 is above its threshold {}, and no container is allocated (rule G4).",
                     pace.counts[0], pace.threshold[0]);
}

}  // namespace cyclecheck

// Leaks that no log shows: a trace is repeated in one heap, and the heap's tables must not grow any more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// The trace so often in a row, at level liveness: each time everything is given up and collected at the end. It
// collects by itself nowhere, so that each repetition does what the one before did.
[[nodiscard]] Trace repeated(const Trace& trace, std::size_t times);

struct Growth {
  // Of the heap's numbers: "slots", "bytes".
  std::string what;
  // After the second repetition, and after the last.
  std::size_t second = 0;
  std::size_t last = 0;
};

// What grew; nothing: nothing did. `is_steady` says whether there is as much in the heap at the end as after the second
// repetition: otherwise the trace leaks by itself, such as a cycle of objects with legacy finalizers. Some hundred
// times as long as the trace. Throws what the collector's own checks throw.
[[nodiscard]] std::optional<Growth> find_growth(const Trace& trace, std::size_t times, bool& is_steady);

}  // namespace cyclecheck

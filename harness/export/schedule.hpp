// Where the collector runs by itself in a trace, as the model says.
//
// A script in plain Python allocates objects of its own, so it cannot leave it to the interpreter to start a collection
// at the right allocation. It counts the places where one may start, as this schedule does, and starts it there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "trace/trace.hpp"

namespace cyclecheck {

struct Schedule {
  // The number of a place, counted from 1, to the generation that is collected there. Places are the allocations of
  // containers by `new`, `bulk` and the weak references (two for an instance that has a dictionary) in profiles that
  // collect in allocations, and safepoints in the others: rules G4 and G5.
  std::map<std::uint64_t, std::size_t> collections;
  // Why it cannot be followed: a collection begins where no operation of the trace allocates.
  std::optional<std::string> impossible;
};

// Runs the trace on the model. O(the run).
[[nodiscard]] Schedule automatic_collections(const Trace& trace);

}  // namespace cyclecheck

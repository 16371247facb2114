// Comparing two logs of one trace at a level.
//
// At `order` the sequences of events must be equal, operation by operation. Below it the events of the level and of
// those before it must be equal as multisets, operation by operation. At `liveness` the deaths of an operation may come
// at any time until the next `collect 2` or `shutdown` of the trace has ended. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// The first operation whose events differ.
struct Divergence {
  // An index into Trace::operations. Equal to their number if a log has groups for operations that do not exist.
  std::size_t operation = 0;
  Level level = Level::order;
  // The events compared, filtered to the level; sorted below `order`.
  std::vector<Event> expected;
  std::vector<Event> actual;
  // The first difference: an index into both lists, possibly the length of the shorter one.
  std::size_t at = 0;
  // "missing died node", "extra finalizer instance", "reordered callback weakref", "changed count".
  std::string signature;
  // Which promise of a contract is broken, in a sentence: then nothing is expected, and `at` is where it shows. Empty:
  // two logs differ.
  std::string broken = {};
};

// The first divergence at this level, or nothing. O(events) when the logs agree at `order`.
[[nodiscard]] std::optional<Divergence> compare(const Trace& trace, const Log& expected, const Log& actual,
                                                Level level);

// The same log with the deaths of each operation behind its other events, in the order of their labels. `arranged` is
// overwritten; its memory is used again.
void put_deaths_last(const Log& log, Log& arranged);

}  // namespace cyclecheck

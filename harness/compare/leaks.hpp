// Leaks that no log shows, of any subject: a trace is run again and again, and the memory of the process that runs it
// must not go on growing.
#pragma once

#include "harness/compare/check.hpp"
#include "harness/compare/registry.hpp"

namespace cyclecheck {

struct LeakCheck {
  // A series: at least so often, and at least so many operations.
  static constexpr std::size_t kTimes = 100;
  static constexpr std::size_t kOperations = 20'000;
  // Of a series only the last three of four parts count: a subject may take what it needs at first. Each of them must
  // grow by so many bytes, and those of a second series as well, before it is a leak. One of 64 bytes for each
  // operation is more than twice as much; a garbage collector's or an allocator's reserve grows once and then no more.
  static constexpr std::size_t kTolerance = std::size_t{128} << 10;
};

// `leaks:SUBJECT`: runs each trace like this, and compares no logs. Its traces are short.
// REQUIRES: the entry has no special check; `subject` is what its `make` made
[[nodiscard]] SubjectEntry with_leak_check(SubjectEntry subject);

// The family of all of them. REQUIRES: the registry outlives what it opens
[[nodiscard]] SubjectEntry leaks_family(const Registry& registry);

}  // namespace cyclecheck

#include "fuzz/state_coverage.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <unordered_set>

// libFuzzer looks at the counters of the section `__libfuzzer_extra_counters` after every input, and clears them before
// the next one.
//
// AFL++ ignores that section (its runtime and afl-fuzz 4.04c do not know the name) and has edges alone: a counter is
// shown to it as an edge of its own, through the interface that compilers use.
#ifdef __AFL_COMPILER
// NOLINTBEGIN(bugprone-reserved-identifier): their names
extern "C" void __sanitizer_cov_trace_pc_guard(std::uint32_t* guard);
extern "C" void __sanitizer_cov_trace_pc_guard_init(std::uint32_t* begin, std::uint32_t* end);
// NOLINTEND(bugprone-reserved-identifier)
#endif

namespace cyclecheck::fuzz {

namespace {

// Two environment variables, for measurements: one leaves states out, the other prints at the end how many there were.
const bool gives_credit = std::getenv("CYCLECHECK_NO_STATES") == nullptr;
const bool counts_states = std::getenv("CYCLECHECK_COUNT_STATES") != nullptr;

std::unordered_set<std::uint32_t>& seen() {
  static std::unordered_set<std::uint32_t> seen;
  return seen;
}

void remember(const HeapStates& states) {
  // What is made before the function is registered lives longer than that.
  (void)seen();
  static const bool at_exit = std::atexit([] { std::fprintf(stderr, "heap states: %zu\n", seen().size()); }) == 0;
  if (!at_exit) return;
  for (const HeapState& state : states.states()) seen().insert(state.packed());
}

}  // namespace

#if defined(__AFL_COMPILER)

namespace {

std::array<std::uint8_t, kStateCounters> counters;

// The guards get their edges before the first input.
struct Guards {
  std::array<std::uint32_t, kStateCounters> guard{};
  Guards() { __sanitizer_cov_trace_pc_guard_init(guard.data(), guard.data() + guard.size()); }
} guards;

}  // namespace

void credit(const HeapStates& states) {
  if (counts_states) remember(states);
  if (!gives_credit) return;
  counters.fill(0);
  states.count(counters);
  for (std::size_t i = 0; i < kStateCounters; ++i) {
    for (std::uint8_t n = 0; n < counters[i]; ++n) __sanitizer_cov_trace_pc_guard(&guards.guard[i]);
  }
}

#else

// A static array that is only written would be optimised away.
extern std::array<std::uint8_t, kStateCounters> state_counters;
__attribute__((section("__libfuzzer_extra_counters"), used)) std::array<std::uint8_t, kStateCounters> state_counters;

void credit(const HeapStates& states) {
  if (counts_states) remember(states);
  if (gives_credit) states.count(state_counters);
}

#endif

}  // namespace cyclecheck::fuzz

// What states a run of the model went through: the evidence that a suite tested what it says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/subjects/rule.hpp"

namespace cyclecheck {

enum class Reached : std::uint8_t {
  automatic_0,  // a collection of generation 0 that a threshold triggered
  automatic_1,
  automatic_2,
  explicit_collection,
  skipped_full,          // G7: generation 2 was due, and passed over by the 25 % rule
  pending_at_safepoint,  // G5: a collection ran at a safepoint
  garbage_found,         // C3 moved something out for good
  moved_back,            // C3: an object returned to the reachable list
  gc_resurrection,       // C9
  whole_set_kept,        // C9, whole_set
  death_resurrection,    // F2, F3
  finalizer_ran,
  legacy_finalizer_ran,
  uncollectable,  // C11
  callback_fired,
  callback_suppressed,       // C7.3: a callback of a weak reference that is trash itself
  weakref_cleared_silently,  // D2: a weak reference made during a finalizer
  callback_tuple,            // W6
  weakref_freed_in_gc,       // C7.5: counted
  nested_collect,            // a collect while one runs
  collect_in_finalizer,      // a collect that really runs inside a finalizer or callback
  deep_chain,                // T: an object was deposited
  trashcan_emptied,
  saveall,                  // C10.1
  still_alive_after_clear,  // C10.3: and at the end of C10
  dictionary_untracked,     // G6
  tuple_untracked,          // G9
  frozen,
  debug_lines,
  raised,
  leaked,                 // S4
  cleared_seen,           // a weak reference answered an object that tp_clear had cleared
  allocation_failed,      // M2
  callbacks_lost,         // M4
  integer_shared,         // I1: an integer was there already
  string_shared,          // I3: a constant was there already
  callback_resurrection,  // C7: a callback brought back what was found to be trash
  resurrected_found,      // and an operand found it, or what it brought along, when the collection was over
  watcher_acted,          // X10: what gc.callbacks called ran a script
  watchers_changed,       // X10: a script registered or removed one while they were called
};
inline constexpr std::size_t kReached = static_cast<std::size_t>(Reached::watchers_changed) + 1;

std::string_view to_string(Reached reached);

// Where CPython itself uses freed memory, a null pointer or a damaged link (docs/memory-model.md, "Undefined"): what
// follows is the rules' answer, and no interpreter's.
enum class Undefined : std::uint8_t {
  tuple_outlived,        // W6.6: a collection in the allocation removed weak references
  deposited_moved,       // C7.3: a weak reference in the trashcan
  no_callback_released,  // W6.4: the same, without a callback
  kept_by_failure,       // M4
  link_damaged,          // C2: a collection inside of another one
  freed_with_weakrefs,   // N23: what a generator's code made while it died
};
inline constexpr std::size_t kUndefined = static_cast<std::size_t>(Undefined::freed_with_weakrefs) + 1;

struct Reach {
  std::array<std::uint64_t, kReached> count{};
  // How often each rule of docs/memory-model.md acted.
  std::array<std::uint64_t, kRules> rules{};
  std::array<std::uint64_t, kUndefined> undefined{};

  void note(Reached reached, std::uint64_t times = 1) { count[static_cast<std::size_t>(reached)] += times; }
  void note(Rule rule, std::uint64_t times = 1) { rules[static_cast<std::size_t>(rule)] += times; }
  void note(Undefined what) { ++undefined[static_cast<std::size_t>(what)]; }
  [[nodiscard]] std::uint64_t of(Reached reached) const { return count[static_cast<std::size_t>(reached)]; }
  [[nodiscard]] std::uint64_t of(Rule rule) const { return rules[static_cast<std::size_t>(rule)]; }
  [[nodiscard]] std::uint64_t of(Undefined what) const { return undefined[static_cast<std::size_t>(what)]; }
  [[nodiscard]] bool is_undefined() const { return undefined != std::array<std::uint64_t, kUndefined>{}; }
  void add(const Reach& other) {
    for (std::size_t i = 0; i < count.size(); ++i) count[i] += other.count[i];
    for (std::size_t i = 0; i < rules.size(); ++i) rules[i] += other.rules[i];
    for (std::size_t i = 0; i < undefined.size(); ++i) undefined[i] += other.undefined[i];
  }
};

}  // namespace cyclecheck

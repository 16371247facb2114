// Every rule of CPython's memory management that differs between versions, as a plain field. The numbers are those of
// docs/memory-model.md. A default-constructed value is CPython 3.11.
#pragma once

#include <array>
#include <cstdint>

namespace cyclegc {

// G4: where an automatic collection runs.
enum class Trigger : std::uint8_t {
  in_allocation,  // inside the allocation that exceeds the threshold, before the new object is tracked
  at_safepoint,   // at the next Heap::safepoint(); the new object takes part
};

// C9: what happens to trash after its finalizers ran.
enum class Resurrection : std::uint8_t {
  impossible,       // no check: nothing with a finalizer is ever trash
  whole_set,        // one outside reference saves all of the trash
  still_reachable,  // what is reachable from outside is saved, the rest is cleared
};

// C12.1: which objects an answer counts as collected.
enum class Counted : std::uint8_t { found, none_if_resurrected, deleted };

// T1 to T4, T6: when a nested deallocation is put off.
// Where a set puts an element, and when its table grows (N24): up to 2.7, 3.6, later.
enum class SetRule : std::uint8_t { far_probes, near_probes, early_growth };

enum class TrashcanRule : std::uint8_t {
  none,        // never: deaths happen in the order of perfectly nested calls, however deep
  two_levels,  // 2.7 to 3.7
  one_level,   // 3.8 to 3.12
  headroom,    // 3.13
};

struct Semantics {
  std::array<std::int32_t, 3> threshold{700, 10, 10};         // G3
  Trigger trigger = Trigger::in_allocation;                   // G4
  bool safepoint_rechecks = false;                            // G5: dropped while disabled or collecting
  bool pep442 = true;                                         // F1: otherwise Type::finalize is a legacy finalizer
  Resurrection resurrection = Resurrection::still_reachable;  // C9
  Counted counted = Counted::deleted;                         // C12.1
  bool clears_trash_weakrefs = true;                          // C7.1
  bool keeps_silent_weakrefs = false;                         // C7.2: those without callback are cleared in C9b only
  bool clears_late_weakrefs = false;                          // C9b
  bool callback_tuple_for_one = false;                        // W6.2
  bool drops_only_exact_heads = false;                        // W5
  bool watcher_tuples = false;                                // X10: each watcher is called with a new tuple
  std::uint32_t largest_kept_tuple = 20;                      // W8.1
  std::uint32_t largest_taken_tuple = 19;                     // W8.2
  std::uint32_t kept_methods = 0;                             // W8.6: so many dead methods are kept
  std::uint32_t kept_frames = 0;                              // W8.7: so many dead frames are kept, and one more
  bool frames_backwards = false;                              // N21: a frame releases its variables last to first
  bool runs_in_sight = false;                                 // N23: see Heap::close
  std::uint32_t kept_sets = 0;                                // W8.8: so many dead sets are kept
  SetRule sets = SetRule::early_growth;                       // N24
  bool empties_dictionaries = true;                           // W8.4: a full collection empties their free list
  bool free_lists_filled = false;                             // W8.5: they neither run out nor grow
  TrashcanRule trashcan = TrashcanRule::one_level;            // T1 to T4, T6
  bool tracks_new_dicts = false;                              // G6: a dict is tracked when it is made, and for good
  bool own_dictionary = false;                                // N5: attributes live in a container of their own
  bool insertion_order = true;                                // N14: a dict keeps the order in which keys were set
  std::int64_t largest_small_integer = 256;                   // I1
  bool interned_forever = false;                              // I3: an interned string is never freed
  bool classic_instances = false;                             // N6: Layout::classic differs from Layout::instance
  bool debug_instances = false;                               // B4: debug_flag::instances and objects are obeyed
  bool debug_names_nothing_found = true;                      // B5
  bool debug_permanent = true;                                // B3: a line for the permanent generation
  bool shutdown_needs_enabled = true;                         // S1
  std::uint32_t shutdown_collections = 3;                     // S3
  // Not CPython's: where there is no memory for more objects, a full collection comes before std::bad_alloc, unless it
  // is disabled or running. If it frees any, there is room.
  bool collects_without_memory = false;
  // Not CPython's: G7 asks how much larger the oldest generation is than it was at its smallest since the last full
  // collection, not how many objects came to it: those that died meanwhile do not count.
  bool full_after_growth = false;
  // Not CPython's if false: what a custom object takes is free before what it refers to dies, and a young collection
  // looks at nothing if no object refers to a younger one: then there is no cycle, and survivors stand as they did.
  // REQUIRES: TrashcanRule::none
  bool exact_order = true;

  [[nodiscard]] static Semantics python2_7();
  [[nodiscard]] static Semantics python3_8();
  [[nodiscard]] static Semantics python3_11() { return {}; }
  [[nodiscard]] static Semantics python3_12();
  [[nodiscard]] static Semantics python3_13();
  [[nodiscard]] static Semantics python3_15();
  // What an embedder wants who need not imitate CPython: no trashcan, a threshold of 100,000, and a full collection
  // before memory ends.
  [[nodiscard]] static Semantics embedding();
};

}  // namespace cyclegc

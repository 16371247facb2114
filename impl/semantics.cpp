#include "impl/semantics.hpp"

namespace cyclegc {

Semantics Semantics::python2_7() {
  Semantics rules;
  rules.pep442 = false;
  rules.resurrection = Resurrection::impossible;
  rules.counted = Counted::found;
  rules.clears_trash_weakrefs = false;
  rules.largest_kept_tuple = 19;
  rules.kept_methods = 256;
  rules.kept_frames = 200;
  rules.runs_in_sight = true;
  rules.kept_sets = 80;
  rules.sets = SetRule::far_probes;
  rules.empties_dictionaries = false;
  rules.trashcan = TrashcanRule::two_levels;
  rules.own_dictionary = true;
  rules.insertion_order = false;
  rules.classic_instances = true;
  rules.debug_instances = true;
  rules.debug_names_nothing_found = false;
  rules.debug_permanent = false;
  rules.shutdown_needs_enabled = false;
  rules.shutdown_collections = 0;
  return rules;
}

Semantics Semantics::python3_8() {
  Semantics rules;
  rules.resurrection = Resurrection::whole_set;
  rules.counted = Counted::none_if_resurrected;
  rules.largest_kept_tuple = 19;
  rules.kept_methods = 256;
  rules.kept_frames = 200;
  rules.runs_in_sight = true;
  rules.own_dictionary = true;
  rules.shutdown_collections = 2;
  return rules;
}

Semantics Semantics::python3_12() {
  Semantics rules;
  rules.trigger = Trigger::at_safepoint;
  rules.interned_forever = true;
  return rules;
}

Semantics Semantics::python3_13() {
  Semantics rules = python3_12();
  rules.threshold = {2000, 10, 10};
  rules.safepoint_rechecks = true;
  rules.interned_forever = false;
  rules.callback_tuple_for_one = true;
  rules.drops_only_exact_heads = true;
  rules.trashcan = TrashcanRule::headroom;
  rules.largest_taken_tuple = 20;
  return rules;
}

Semantics Semantics::python3_15() {
  Semantics rules = python3_13();
  rules.clears_trash_weakrefs = false;
  rules.keeps_silent_weakrefs = true;
  rules.clears_late_weakrefs = true;
  rules.trashcan = TrashcanRule::none;
  rules.kept_methods = 20;
  rules.frames_backwards = true;
  rules.runs_in_sight = true;
  rules.tracks_new_dicts = true;
  rules.largest_small_integer = 1024;
  return rules;
}

Semantics Semantics::embedding() {
  Semantics rules;
  rules.trashcan = TrashcanRule::none;
  rules.exact_order = false;
  // A collection for each 100,000 objects more: what they take is small beside the program itself.
  rules.threshold = {100'000, 10, 10};
  rules.collects_without_memory = true;
  return rules;
}

}  // namespace cyclegc

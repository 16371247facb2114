// Translates a row of the profile table into the library's rules.
#include "harness/collector/impl_subject.hpp"

namespace cyclecheck {

cyclegc::Semantics semantics_of(const Profile& profile) {
  cyclegc::Semantics rules;
  rules.threshold = profile.threshold;
  rules.trigger = profile.trigger == Profile::Trigger::in_allocation ? cyclegc::Trigger::in_allocation
                                                                     : cyclegc::Trigger::at_safepoint;
  rules.safepoint_rechecks = profile.safepoint_rechecks;
  rules.pep442 = profile.pep442;
  switch (profile.resurrection) {
    case Profile::Resurrection::impossible:
      rules.resurrection = cyclegc::Resurrection::impossible;
      break;
    case Profile::Resurrection::whole_set:
      rules.resurrection = cyclegc::Resurrection::whole_set;
      break;
    case Profile::Resurrection::still_reachable:
      rules.resurrection = cyclegc::Resurrection::still_reachable;
      break;
  }
  switch (profile.counted) {
    case Profile::Counted::found:
      rules.counted = cyclegc::Counted::found;
      break;
    case Profile::Counted::none_if_resurrected:
      rules.counted = cyclegc::Counted::none_if_resurrected;
      break;
    case Profile::Counted::deleted:
      rules.counted = cyclegc::Counted::deleted;
      break;
  }
  rules.clears_trash_weakrefs = profile.clears_trash_weakrefs;
  rules.keeps_silent_weakrefs = profile.keeps_silent_weakrefs;
  rules.clears_late_weakrefs = profile.clears_late_weakrefs;
  rules.callback_tuple_for_one = profile.callback_tuple_for_one;
  rules.watcher_tuples = profile.watcher_tuples;
  rules.drops_only_exact_heads = profile.drops_only_exact_heads;
  rules.largest_kept_tuple = profile.largest_kept_tuple;
  rules.largest_taken_tuple = profile.largest_taken_tuple;
  rules.kept_methods = profile.kept_methods;
  rules.kept_frames = profile.kept_frames;
  rules.frames_backwards = profile.frames_backwards;
  rules.runs_in_sight = profile.runs_in_sight;
  rules.kept_sets = profile.kept_sets;
  rules.sets = static_cast<cyclegc::SetRule>(profile.sets);
  rules.empties_dictionaries = profile.empties_dictionaries;
  switch (profile.trashcan) {
    case Profile::Trashcan::two_levels:
      rules.trashcan = cyclegc::TrashcanRule::two_levels;
      break;
    case Profile::Trashcan::one_level:
      rules.trashcan = cyclegc::TrashcanRule::one_level;
      break;
    case Profile::Trashcan::headroom:
      rules.trashcan = cyclegc::TrashcanRule::headroom;
      break;
    case Profile::Trashcan::none:
      rules.trashcan = cyclegc::TrashcanRule::none;
      break;
  }
  rules.tracks_new_dicts = profile.tracks_new_dicts;
  rules.own_dictionary = profile.attributes == Profile::Attributes::own_dictionary;
  rules.insertion_order = profile.insertion_order;
  rules.largest_small_integer = profile.largest_small_integer;
  rules.interned_forever = profile.interned_forever;
  rules.classic_instances = profile.classic_instances;
  rules.debug_instances = profile.debug_instances;
  rules.debug_names_nothing_found = profile.debug_names_nothing_found;
  rules.debug_permanent = profile.has_freeze;
  rules.shutdown_needs_enabled = profile.shutdown_needs_enabled;
  rules.shutdown_collections = profile.shutdown_collections;
  return rules;
}

}  // namespace cyclecheck

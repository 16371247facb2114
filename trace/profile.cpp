#include "trace/profile.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

// Each version says what it does otherwise than the one before.

consteval Profile python2_7() {
  return {
      .id = ProfileId::python2_7,
      .name = "python2.7",
      .release = "2.7.18",
      .threshold = {700, 10, 10},
      .trigger = Profile::Trigger::in_allocation,
      .safepoint_rechecks = false,
      .pep442 = false,
      .resurrection = Profile::Resurrection::impossible,
      .counted = Profile::Counted::found,
      .clears_trash_weakrefs = false,
      .callback_tuple_for_one = false,
      .drops_only_exact_heads = false,
      .largest_kept_tuple = 19,
      .largest_taken_tuple = 19,
      .empties_dictionaries = false,
      .trashcan = Profile::Trashcan::two_levels,
      .attributes = Profile::Attributes::own_dictionary,
      .insertion_order = false,
      .interned_forever = false,
      .classic_instances = true,
      .debug_instances = true,
      .debug_names_nothing_found = false,
      .has_freeze = false,
      .has_callbacks = false,
      .has_stats = false,
      .has_is_finalized = false,
      .has_generation_argument = false,
      .shutdown_needs_enabled = false,
      .shutdown_collections = 0,
  };
}

consteval Profile python3_6() {
  Profile p = python2_7();
  p.id = ProfileId::python3_6;
  p.name = "python3.6";
  p.release = "3.6.15";
  p.pep442 = true;
  p.resurrection = Profile::Resurrection::whole_set;
  p.empties_dictionaries = true;
  p.insertion_order = true;
  p.classic_instances = false;
  p.debug_instances = false;
  p.has_callbacks = true;
  p.has_stats = true;
  p.shutdown_needs_enabled = true;
  p.shutdown_collections = 2;
  return p;
}

consteval Profile python3_7() {
  Profile p = python3_6();
  p.id = ProfileId::python3_7;
  p.name = "python3.7";
  p.release = "3.7.16";
  p.counted = Profile::Counted::none_if_resurrected;
  p.has_freeze = true;
  return p;
}

consteval Profile python3_8() {
  Profile p = python3_7();
  p.id = ProfileId::python3_8;
  p.name = "python3.8";
  p.release = "3.8.18";
  p.clears_trash_weakrefs = true;
  p.trashcan = Profile::Trashcan::one_level;
  p.debug_names_nothing_found = true;
  p.has_generation_argument = true;
  return p;
}

consteval Profile python3_9() {
  Profile p = python3_8();
  p.id = ProfileId::python3_9;
  p.name = "python3.9";
  p.release = "3.9.18";
  p.resurrection = Profile::Resurrection::still_reachable;
  p.counted = Profile::Counted::deleted;
  p.has_is_finalized = true;
  return p;
}

consteval Profile python3_10() {
  Profile p = python3_9();
  p.id = ProfileId::python3_10;
  p.name = "python3.10";
  p.release = "3.10.13";
  p.shutdown_collections = 3;
  return p;
}

consteval Profile python3_11() {
  Profile p = python3_10();
  p.id = ProfileId::python3_11;
  p.name = "python3.11";
  p.release = "3.11.7";
  p.largest_kept_tuple = 20;
  p.attributes = Profile::Attributes::in_the_instance;
  return p;
}

consteval Profile python3_12() {
  Profile p = python3_11();
  p.id = ProfileId::python3_12;
  p.name = "python3.12";
  p.release = "3.12.1";
  p.trigger = Profile::Trigger::at_safepoint;
  p.interned_forever = true;
  return p;
}

consteval Profile python3_13() {
  Profile p = python3_12();
  p.id = ProfileId::python3_13;
  p.name = "python3.13";
  p.release = "3.13.0";
  p.threshold = {2000, 10, 10};
  p.safepoint_rechecks = true;
  p.callback_tuple_for_one = true;
  p.drops_only_exact_heads = true;
  p.largest_taken_tuple = 20;
  p.trashcan = Profile::Trashcan::headroom;
  p.interned_forever = false;
  return p;
}

constexpr std::array<Profile, kProfiles> kTable{python2_7(),  python3_6(),  python3_7(),  python3_8(), python3_9(),
                                                python3_10(), python3_11(), python3_12(), python3_13()};

consteval bool in_id_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].id) != i) return false;
  }
  return true;
}
static_assert(in_id_order(), "profile() indexes the table by id");

}  // namespace

const Profile& profile(ProfileId id) { return kTable[static_cast<std::size_t>(id)]; }

std::span<const Profile> all_profiles() { return kTable; }

std::optional<ProfileId> find_profile(std::string_view name) {
  const auto* row = std::find_if(kTable.begin(), kTable.end(), [&](const Profile& p) { return p.name == name; });
  if (row == kTable.end()) return std::nullopt;
  return row->id;
}

}  // namespace cyclecheck

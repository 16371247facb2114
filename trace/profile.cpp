#include "trace/profile.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

// Each version says what it does otherwise than the one before.

consteval Profile python2_7() {
  return {
      .id = ProfileId::python2_7,
      .name = "python2.7",
      .first = {2, 7, 0},
      .release = "2.7.18",
      .threshold = {700, 10, 10},
      .trigger = Profile::Trigger::in_allocation,
      .safepoint_rechecks = false,
      .pep442 = false,
      .resurrection = Profile::Resurrection::impossible,
      .counted = Profile::Counted::found,
      .clears_trash_weakrefs = false,
      .keeps_silent_weakrefs = false,
      .clears_late_weakrefs = false,
      .callback_tuple_for_one = false,
      .drops_only_exact_heads = false,
      .largest_kept_tuple = 19,
      .largest_taken_tuple = 19,
      .kept_methods = 256,
      .kept_frames = 200,
      .frames_backwards = false,
      .runs_in_sight = true,
      .kept_sets = 80,
      .sets = Profile::Sets::far_probes,
      .calls_methods = false,
      .empties_dictionaries = false,
      .trashcan = Profile::Trashcan::two_levels,
      .tracks_new_dicts = false,
      .attributes = Profile::Attributes::own_dictionary,
      .insertion_order = false,
      .largest_small_integer = 256,
      .interned_forever = false,
      .classic_instances = true,
      .debug_instances = true,
      .debug_names_nothing_found = false,
      .has_freeze = false,
      .has_callbacks = false,
      .watcher_tuples = false,
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
  p.first = {3, 6, 0};
  p.release = "3.6.15";
  p.pep442 = true;
  p.resurrection = Profile::Resurrection::whole_set;
  p.empties_dictionaries = true;
  p.insertion_order = true;
  p.classic_instances = false;
  p.debug_instances = false;
  p.has_callbacks = true;
  p.watcher_tuples = true;
  p.has_stats = true;
  p.shutdown_needs_enabled = true;
  p.shutdown_collections = 2;
  p.kept_sets = 0;
  p.sets = Profile::Sets::near_probes;
  return p;
}

consteval Profile python3_7() {
  Profile p = python3_6();
  p.id = ProfileId::python3_7;
  p.name = "python3.7";
  p.first = {3, 7, 0};
  p.release = "3.7.16";
  p.watcher_tuples = false;
  p.counted = Profile::Counted::none_if_resurrected;
  p.has_freeze = true;
  p.sets = Profile::Sets::early_growth;
  return p;
}

consteval Profile python3_8() {
  Profile p = python3_7();
  p.id = ProfileId::python3_8;
  p.name = "python3.8";
  p.first = {3, 8, 0};
  p.release = "3.8.18";
  p.clears_trash_weakrefs = true;
  p.calls_methods = true;
  p.trashcan = Profile::Trashcan::one_level;
  p.debug_names_nothing_found = true;
  p.has_generation_argument = true;
  return p;
}

consteval Profile python3_9() {
  Profile p = python3_8();
  p.id = ProfileId::python3_9;
  p.name = "python3.9";
  p.first = {3, 9, 0};
  p.release = "3.9.18";
  p.kept_methods = 0;
  p.resurrection = Profile::Resurrection::still_reachable;
  p.counted = Profile::Counted::deleted;
  p.has_is_finalized = true;
  return p;
}

consteval Profile python3_10() {
  Profile p = python3_9();
  p.id = ProfileId::python3_10;
  p.name = "python3.10";
  p.first = {3, 10, 0};
  p.release = "3.10.13";
  p.shutdown_collections = 3;
  return p;
}

consteval Profile python3_11() {
  Profile p = python3_10();
  p.id = ProfileId::python3_11;
  p.name = "python3.11";
  p.first = {3, 11, 0};
  p.release = "3.11.7";
  p.kept_frames = 0;
  p.runs_in_sight = false;
  p.largest_kept_tuple = 20;
  p.attributes = Profile::Attributes::in_the_instance;
  return p;
}

consteval Profile python3_12() {
  Profile p = python3_11();
  p.id = ProfileId::python3_12;
  p.name = "python3.12";
  p.first = {3, 12, 0};
  p.release = "3.12.1";
  p.trigger = Profile::Trigger::at_safepoint;
  p.interned_forever = true;
  return p;
}

consteval Profile python3_13() {
  Profile p = python3_12();
  p.id = ProfileId::python3_13;
  p.name = "python3.13";
  p.first = {3, 13, 0};
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

consteval Profile python3_13_13() {
  Profile p = python3_13();
  p.id = ProfileId::python3_13_13;
  p.name = "python3.13.13";
  p.first = {3, 13, 13};
  p.release = "3.13.18";
  p.clears_late_weakrefs = true;
  return p;
}

consteval Profile python3_14() {
  Profile p = python3_13_13();
  p.id = ProfileId::python3_14;
  p.name = "python3.14";
  p.first = {3, 14, 5};
  p.release = "3.14.10";
  p.kept_methods = 20;
  p.frames_backwards = true;
  p.runs_in_sight = true;
  p.trashcan = Profile::Trashcan::none;
  p.tracks_new_dicts = true;
  return p;
}

consteval Profile python3_15() {
  Profile p = python3_14();
  p.id = ProfileId::python3_15;
  p.name = "python3.15";
  p.first = {3, 15, 0};
  p.release = "3.15.2";
  p.clears_trash_weakrefs = false;
  p.keeps_silent_weakrefs = true;
  p.largest_small_integer = 1024;
  return p;
}

constexpr std::array<Profile, kProfiles> kTable{
    python2_7(),  python3_6(),  python3_7(),  python3_8(),     python3_9(),  python3_10(),
    python3_11(), python3_12(), python3_13(), python3_13_13(), python3_14(), python3_15(),
};

consteval bool in_id_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].id) != i) return false;
  }
  return true;
}
static_assert(in_id_order(), "profile() indexes the table by id");
static_assert(std::is_sorted(kTable.begin(), kTable.end(),
                             [](const Profile& a, const Profile& b) { return a.first < b.first; }),
              "oldest version first");

}  // namespace

const Profile& profile(ProfileId id) { return kTable[static_cast<std::size_t>(id)]; }

std::span<const Profile> all_profiles() { return kTable; }

const Profile& newest_profile() { return kTable.back(); }

Profile::Version first_behind(const Profile& row) {
  const Profile::Version minor{row.first[0], row.first[1] + 1, 0};
  const std::size_t next = static_cast<std::size_t>(row.id) + 1;
  return next < kTable.size() ? std::min(kTable[next].first, minor) : minor;
}

std::optional<ProfileId> find_profile(std::string_view name) {
  const auto* row = std::find_if(kTable.begin(), kTable.end(), [&](const Profile& p) { return p.name == name; });
  if (row == kTable.end()) return std::nullopt;
  return row->id;
}

}  // namespace cyclecheck

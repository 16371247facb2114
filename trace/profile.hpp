// Profiles: every rule that differs between CPython versions, as one table. The model and every subject read this
// table; what each column means is defined in docs/memory-model.md under the rule number in the comment.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cyclecheck {

// Order is part of the binary encoding, and that of the versions; new profiles go to the end.
enum class ProfileId : std::uint8_t {
  python2_7,
  python3_6,
  python3_7,
  python3_8,
  python3_9,
  python3_10,
  python3_11,
  python3_12,
  python3_13,     // up to 3.13.12
  python3_13_13,  // and later ones of 3.13
  python3_14,     // from 3.14.5 on: before that the collector was another one
  python3_15,
};
inline constexpr std::size_t kProfiles = static_cast<std::size_t>(ProfileId::python3_15) + 1;

struct Profile {
  enum class Trigger : std::uint8_t { in_allocation, at_safepoint };
  enum class Resurrection : std::uint8_t { impossible, whole_set, still_reachable };
  enum class Counted : std::uint8_t { found, none_if_resurrected, deleted };
  enum class Trashcan : std::uint8_t { two_levels, one_level, headroom, none };
  enum class Sets : std::uint8_t { far_probes, near_probes, early_growth };
  enum class Attributes : std::uint8_t { own_dictionary, in_the_instance };

  // Of CPython: major, minor, micro.
  using Version = std::array<int, 3>;

  ProfileId id;
  std::string_view name;
  // The first version that follows the row.
  Version first;
  // The release whose behaviour the row was checked against.
  std::string_view release;
  std::array<std::int32_t, 3> threshold;  // G3
  Trigger trigger;                        // G4
  bool safepoint_rechecks;                // G5: a pending collection is dropped while disabled or collecting
  bool pep442;                            // F1: `__del__` is tp_finalize; otherwise it is a legacy finalizer
  Resurrection resurrection;              // C9
  Counted counted;                        // C12.1
  bool clears_trash_weakrefs;             // C7.1: weak references that are themselves trash are cleared too
  bool keeps_silent_weakrefs;             // C7.2: weak references without callback are cleared in C9b only
  bool clears_late_weakrefs;              // C9b
  bool callback_tuple_for_one;            // W6.2
  bool drops_only_exact_heads;            // W5
  std::uint8_t largest_kept_tuple;        // W8.1: a dead tuple of so many items goes to a free list
  std::uint8_t largest_taken_tuple;       // W8.2: and one of so many is taken from there
  std::uint16_t kept_methods;             // W8.6: so many dead methods are kept in a free list
  std::uint16_t kept_frames;              // W8.7: so many dead frames, and one more
  bool frames_backwards;                  // N21: a frame releases its variables last to first
  bool runs_in_sight;                     // N23: the collector sees the variables of a generator that is closed
  std::uint8_t kept_sets;                 // W8.8: so many dead sets are kept in a free list
  Sets sets;                              // N24: where a set puts an element, and when its table grows
  bool calls_methods;                     // W9: a method may be a callback
  bool empties_dictionaries;              // W8.4: a full collection empties the free list of dictionaries
  Trashcan trashcan;                      // T1 to T4, T6
  bool tracks_new_dicts;                  // G6: a dict is tracked as soon as it is made, and for good
  Attributes attributes;                  // N5
  bool insertion_order;                   // N14: a dict keeps the order in which its keys were set
  std::int32_t largest_small_integer;     // I1
  bool interned_forever;                  // I3: an interned string lives to the end
  bool classic_instances;                 // N6
  bool debug_instances;                   // B4: DEBUG_INSTANCES and DEBUG_OBJECTS exist
  bool debug_names_nothing_found;         // B5: the closing line has numbers although nothing was found
  bool has_freeze;                        // X7
  bool has_callbacks;                     // X8
  bool watcher_tuples;                    // X10: each call of gc.callbacks is with a new tuple
  bool has_stats;                         // X9
  bool has_is_finalized;                  // X5
  bool has_generation_argument;           // X3: get_objects(generation=)
  bool shutdown_needs_enabled;            // S1: the first collection at shutdown runs only while enabled
  std::uint8_t shutdown_collections;      // S3: collections after the variables were released
};

// The row of a profile. O(1).
const Profile& profile(ProfileId id);

// All rows, oldest version first.
std::span<const Profile> all_profiles();

// The row of the newest version.
const Profile& newest_profile();

// The first version after those that follow the row: that of the next row if it has the same minor version, or else the
// first one of the next minor version.
Profile::Version first_behind(const Profile& row);

// The profile with this name ("python3.11"), if there is one.
std::optional<ProfileId> find_profile(std::string_view name);

}  // namespace cyclecheck

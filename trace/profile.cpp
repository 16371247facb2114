#include "trace/profile.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

using P = Profile;
constexpr std::array<std::int32_t, 3> kUsual{700, 10, 10};
constexpr std::array<std::int32_t, 3> kSince3_13{2000, 10, 10};

constexpr auto in_alloc = P::Trigger::in_allocation;
constexpr auto at_safep = P::Trigger::at_safepoint;
constexpr auto whole = P::Resurrection::whole_set;
constexpr auto part = P::Resurrection::still_reachable;
constexpr auto found = P::Counted::found;
constexpr auto none = P::Counted::none_if_resurrected;
constexpr auto deleted = P::Counted::deleted;
constexpr auto two = P::Trashcan::two_levels;
constexpr auto one = P::Trashcan::one_level;
constexpr auto head = P::Trashcan::headroom;
constexpr auto dict = P::Attributes::own_dictionary;
constexpr auto inlined = P::Attributes::in_the_instance;
constexpr bool yes = true;
constexpr bool no = false;

// clang-format off
constexpr std::array<Profile, kProfiles> kTable{{
  //                                                                                                           clears tuple  exact  kept taken empties                     keys   intern classic debug  numbers freeze callb. stats is_fin gen-  shutdown shutdown
  // id                     name          release   threshold   trigger   recheck pep442 resurrection                counted trash  for 1  heads tuple tuple dicts trashcan attributes  order  always inst.   inst.  always  .                         arg   enabled  passes
  {ProfileId::python2_7,  "python2.7",  "2.7.18", kUsual,     in_alloc, no,  no,  P::Resurrection::impossible, found,   no,  no,  no,  19, 19, no,   two,  dict,    no,  no,  yes, yes, no,  no,  no,  no,  no,  no,  no,  0},
  {ProfileId::python3_6,  "python3.6",  "3.6.15", kUsual,     in_alloc, no,  yes, whole,                       found,   no,  no,  no,  19, 19, yes,  two,  dict,    yes, no,  no,  no,  no,  no,  yes, yes, no,  no,  yes, 2},
  {ProfileId::python3_7,  "python3.7",  "3.7.16", kUsual,     in_alloc, no,  yes, whole,                       none,    no,  no,  no,  19, 19, yes,  two,  dict,    yes, no,  no,  no,  no,  yes, yes, yes, no,  no,  yes, 2},
  {ProfileId::python3_8,  "python3.8",  "3.8.18", kUsual,     in_alloc, no,  yes, whole,                       none,    yes, no,  no,  19, 19, yes,  one,  dict,    yes, no,  no,  no,  yes, yes, yes, yes, no,  yes, yes, 2},
  {ProfileId::python3_9,  "python3.9",  "3.9.18", kUsual,     in_alloc, no,  yes, part,                        deleted, yes, no,  no,  19, 19, yes,  one,  dict,    yes, no,  no,  no,  yes, yes, yes, yes, yes, yes, yes, 2},
  {ProfileId::python3_10, "python3.10", "3.10.13",kUsual,     in_alloc, no,  yes, part,                        deleted, yes, no,  no,  19, 19, yes,  one,  dict,    yes, no,  no,  no,  yes, yes, yes, yes, yes, yes, yes, 3},
  {ProfileId::python3_11, "python3.11", "3.11.7", kUsual,     in_alloc, no,  yes, part,                        deleted, yes, no,  no,  20, 19, yes,  one,  inlined, yes, no,  no,  no,  yes, yes, yes, yes, yes, yes, yes, 3},
  {ProfileId::python3_12, "python3.12", "3.12.1", kUsual,     at_safep, no,  yes, part,                        deleted, yes, no,  no,  20, 19, yes,  one,  inlined, yes, yes, no,  no,  yes, yes, yes, yes, yes, yes, yes, 3},
  {ProfileId::python3_13, "python3.13", "3.13.0", kSince3_13, at_safep, yes, yes, part,                        deleted, yes, yes, yes, 20, 20, yes,  head, inlined, yes, no,  no,  no,  yes, yes, yes, yes, yes, yes, yes, 3},
}};
// clang-format on

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

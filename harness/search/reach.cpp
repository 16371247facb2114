#include "harness/search/reach.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cyclecheck {
namespace {

constexpr std::size_t kNameWidth = 56;
constexpr std::size_t kColumnWidth = 14;

// CPython 2.7 has no hook in its allocator, and up to 3.12 what follows M4 is undefined.
bool can_be_confirmed(Rule rule, ProfileId id) {
  if (!applies(rule, profile(id))) return false;
  if (rule == Rule::M4) return profile(id).callback_tuple_for_one;
  return rule < Rule::M1 || id != ProfileId::python2_7;
}

}  // namespace

bool can_reach(Reached reached, const Profile& profile) {
  switch (reached) {
    case Reached::pending_at_safepoint:
      return profile.trigger == Profile::Trigger::at_safepoint;
    case Reached::gc_resurrection:
      return profile.resurrection == Profile::Resurrection::still_reachable;
    case Reached::whole_set_kept:
      return profile.resurrection == Profile::Resurrection::whole_set;
    case Reached::finalizer_ran:
      return profile.pep442;
    case Reached::dictionary_untracked:
      return profile.attributes == Profile::Attributes::own_dictionary;
    case Reached::watcher_acted:
    case Reached::watchers_changed:
      return profile.has_callbacks;
    case Reached::frozen:
      return profile.has_freeze;
    case Reached::deep_chain:
    case Reached::trashcan_emptied:
      return profile.trashcan != Profile::Trashcan::none;
    default:
      return true;
  }
}

std::string reach_table(const std::vector<ProfileReach>& rows) {
  std::string text = fmt::format("{:<{}}", "reached", kNameWidth);
  for (const ProfileReach& row : rows) text += fmt::format("{:>{}}", profile(row.profile).name, kColumnWidth);
  text += '\n';
  for (std::size_t i = 0; i < kReached; ++i) {
    const auto reached = static_cast<Reached>(i);
    const bool possible = std::any_of(rows.begin(), rows.end(),
                                      [&](const auto& row) { return can_reach(reached, profile(row.profile)); });
    if (!possible) continue;
    text += fmt::format("{:<{}}", to_string(reached), kNameWidth);
    for (const ProfileReach& row : rows) {
      const bool applies = can_reach(reached, profile(row.profile));
      text += fmt::format("{:>{}}", applies ? fmt::to_string(row.count[i]) : "-", kColumnWidth);
    }
    text += '\n';
  }
  if (std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.states != 0; })) {
    text += fmt::format("{:<{}}", "different heap states that collections met", kNameWidth);
    for (const ProfileReach& row : rows) text += fmt::format("{:>{}}", row.states, kColumnWidth);
    text += '\n';
  }
  return text;
}

std::vector<std::string> not_reached(const std::vector<ProfileReach>& rows) {
  std::vector<std::string> missing;
  for (const ProfileReach& row : rows) {
    for (std::size_t i = 0; i < kReached; ++i) {
      const auto reached = static_cast<Reached>(i);
      if (row.count[i] != 0 || !can_reach(reached, profile(row.profile))) continue;
      missing.push_back(fmt::format("{}: {}", profile(row.profile).name, to_string(reached)));
    }
  }
  return missing;
}

std::string rule_table(const std::vector<ProfileRules>& rows) {
  constexpr std::size_t kActs = 43;
  constexpr std::size_t kColumn = 12;
  std::string text = fmt::format("{:<5}{:<{}}", "rule", "", kActs);
  for (const ProfileRules& row : rows) text += fmt::format("{:>{}}", profile(row.profile).name, kColumn);
  text += '\n';
  for (std::size_t i = 0; i < kRules; ++i) {
    const auto rule = static_cast<Rule>(i);
    text += fmt::format("{:<5}{:<{}}", number_of(rule), acts(rule), kActs);
    for (const ProfileRules& row : rows) {
      const bool applies = can_be_confirmed(rule, row.profile);
      text += fmt::format("{:>{}}", applies ? fmt::to_string(row.count[i]) : "-", kColumn);
    }
    text += '\n';
  }
  return text;
}

std::vector<std::string> not_exercised(const std::vector<ProfileRules>& rows) {
  std::vector<std::string> missing;
  for (const ProfileRules& row : rows) {
    for (std::size_t i = 0; i < kRules; ++i) {
      const auto rule = static_cast<Rule>(i);
      if (row.count[i] != 0 || !can_be_confirmed(rule, row.profile)) continue;
      missing.push_back(fmt::format("{}: {}, {}", profile(row.profile).name, number_of(rule), acts(rule)));
    }
  }
  return missing;
}

}  // namespace cyclecheck

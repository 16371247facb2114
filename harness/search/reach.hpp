// The reach report: how often a run went through the states that it claims to test. Pure and thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/subjects/subjects.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

struct ProfileReach {
  ProfileId profile = ProfileId::python3_11;
  std::array<std::uint64_t, kReached> count{};
  // How many different heap states there were (harness/subjects/heap_state.hpp); 0: they were not looked at.
  std::uint64_t states = 0;
};

// Whether the profile can get into this state at all.
[[nodiscard]] bool can_reach(Reached reached, const Profile& profile);

// One line a state, one column a profile; "-" where the profile cannot get there. Lines that no profile can reach are
// left out. A last line counts heap states, if there are any. Each line ends with a newline.
[[nodiscard]] std::string reach_table(const std::vector<ProfileReach>& rows);

// The states that some profile could have reached and did not: "python2.7: nested collect answered 0".
[[nodiscard]] std::vector<std::string> not_reached(const std::vector<ProfileReach>& rows);

struct ProfileRules {
  ProfileId profile = ProfileId::python3_11;
  std::array<std::uint64_t, kRules> count{};
};

// How often each rule of docs/memory-model.md acted: one line a rule, one column a profile; "-" where the rule does not
// apply, or no interpreter of the profile can show it. Each line ends with a newline.
[[nodiscard]] std::string rule_table(const std::vector<ProfileRules>& rows);

// The rules that apply to a profile and never acted: "python2.7: T5, trashcans emptied at an operation's end".
[[nodiscard]] std::vector<std::string> not_exercised(const std::vector<ProfileRules>& rows);

}  // namespace cyclecheck

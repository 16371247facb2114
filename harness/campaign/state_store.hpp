// The heap states that a campaign has met, in its folder.
//
// Each machine has a file of its own, `ID.states`, in which counts only grow: taking the greater count of two versions
// of a file unites them, and doing so again changes nothing. While a session runs its table is `live`, which the
// fuzzing processes map; it begins with the sum of all machines, so that what others have met is nothing new, and ends
// as the machine's own file, without what the others counted. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "harness/campaign/folder_notes.hpp"
#include "harness/inputs/inputs.hpp"

namespace cyclecheck {

struct StateFile {
  std::uint64_t executions = 0;
  // Packed states (harness/subjects/heap_state.hpp) with how many executions met them.
  std::map<std::uint32_t, std::uint32_t> states;
};

// The machines whose files are in the folder, by their campaigns' numbers.
[[nodiscard]] std::vector<std::string> machines_in(const std::string& folder);

// What one machine has met. A file that is missing or damaged counts as empty; a damaged one is noted.
[[nodiscard]] StateFile load_states(const std::string& folder, const std::string& machine, Notes& notes);

// Replaces a machine's file.
[[nodiscard]] std::variant<std::monostate, FileError> store_states(const std::string& folder,
                                                                   const std::string& machine, const StateFile& states);

// The greater count of both, for every state.
void unite(StateFile& states, const StateFile& other);

// What all machines have met: from the live table while there is one.
[[nodiscard]] StateTotals all_states(const std::string& folder, Notes& notes);

// Makes the live table, with room for many more states than there are. Errors: those of StateCounts::create.
[[nodiscard]] std::variant<StateCounts, FileError> begin_live_states(const std::string& folder, Notes& notes);
// Replaces the live table by one with four times the room. REQUIRES: no other process counts in it.
[[nodiscard]] std::variant<std::monostate, FileError> grow_live_states(const std::string& folder, StateCounts& counts);
// Writes the machine's file from the live table, if there is one, and removes that: at the end of a session, or when
// the next one finds that it was killed. A live table that is damaged is noted and kept under another name.
[[nodiscard]] std::variant<std::monostate, FileError> end_live_states(const std::string& folder,
                                                                      const std::string& machine, Notes& notes);

// What a machine has met, its live table included, which is only read.
[[nodiscard]] StateFile own_part_of_live(const std::string& folder, const std::string& machine, Notes& notes);

[[nodiscard]] std::string live_states_path(const std::string& folder);

}  // namespace cyclecheck

// What the collector of impl/ goes through that no log shows: why its short cuts were not taken, and what happened
// while user code ran.
#pragma once

#include <string>
#include <vector>

#include "harness/subjects/subjects.hpp"
#include "impl/refusals.hpp"

namespace cyclecheck {

// Behind the refusals.
inline constexpr std::size_t kTablesGrew = cyclegc::kRefusals;
inline constexpr std::size_t kMadeUnderPromise = cyclegc::kRefusals + 1;

// Their names, in the order of Subject::passages.
[[nodiscard]] std::vector<std::string> passage_names();

// One line each, with its number; then those that are zero, as "never reached: ...". Each line ends with a newline.
// Empty: none of them counted anything, since another subject ran.
[[nodiscard]] std::string passage_table(const Passages& passages);

}  // namespace cyclecheck

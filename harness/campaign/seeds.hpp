// What a campaign begins with. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "harness/campaign/folder_notes.hpp"
#include "trace/file.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

// Small generated traces of each profile, as inputs, always the same; of all profiles if there are none.
[[nodiscard]] std::vector<std::string> generated_seeds(const std::vector<ProfileId>& profiles, std::size_t max_length);

// The inputs in a file, or in a folder and the folders in it: traces in text or binary, and inputs of fuzzers. What
// cannot be read is noted. Errors: the path does not exist; nothing in it can be read.
[[nodiscard]] std::variant<std::vector<std::string>, FileError> read_seeds(const std::string& path, Notes& notes);

}  // namespace cyclecheck

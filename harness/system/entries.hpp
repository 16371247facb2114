// What lies in a folder.
#pragma once

#include <filesystem>
#include <vector>

namespace cyclecheck {

// The paths of all entries in the order of names; none if the folder cannot be read. Thread-safe. O(n log n).
[[nodiscard]] std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

}  // namespace cyclecheck

// Folders that are no longer wanted. Removing thousands of files can take many seconds (on ext4 with the option
// `discard` it is some milliseconds each), so that they are put out of the way at once, and removed while there is
// time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cyclecheck {

// Renames the folder to "discarded-N" beside it; nothing happens if it is not there. O(folders discarded before).
void discard(const std::string& folder);

// Whether that is the name of a discarded folder.
[[nodiscard]] bool is_discarded(std::string_view name);

// Removes what was discarded in this folder, file by file, until `stop` answers true. Whether nothing is left.
bool remove_discarded(const std::string& parent, const std::function<bool()>& stop);

}  // namespace cyclecheck

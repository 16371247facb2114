// Writing so that nothing is seen half written, and so that it is there after the power failed. Thread-safe for
// different paths.
#pragma once

#include <string>
#include <string_view>

namespace cyclecheck {

// These answer the number of the error, or 0.

// Writes and syncs a file that does not exist yet; what there is of it after an error is the caller's to remove.
[[nodiscard]] int write_new(const std::string& path, std::string_view bytes);

// Makes sure that the names in a directory survive.
[[nodiscard]] int sync_directory(const std::string& path);

// Writes a regular file whole or not at all, through a hidden file beside it; symbolic links are followed. `sync`: it
// is on the disk when this returns; otherwise it survives the end of the process, however that comes, but not that of
// the machine.
[[nodiscard]] int replace_file(const std::string& path, std::string_view bytes, bool sync);

// Whether a file is one that `replace_file` was writing when its process was killed.
[[nodiscard]] bool is_left_behind(std::string_view name);

}  // namespace cyclecheck

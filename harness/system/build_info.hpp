// What this program was built from. Thread-safe.
#pragma once

#include <string_view>

namespace cyclecheck {

// The commit in 12 hexadecimal digits, with `-dirty` if files were changed since; "unknown" outside of a repository.
[[nodiscard]] std::string_view build_commit();

// What stands in a fuzz target before its commit.
[[nodiscard]] std::string_view commit_mark();

// "GCC 12.2.0" or "Clang 14.0.6", with "sanitized" behind it where that is so.
[[nodiscard]] std::string_view build_compiler();

}  // namespace cyclecheck

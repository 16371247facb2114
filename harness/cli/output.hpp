// What a command writes where an option says.
#pragma once

#include <string>
#include <string_view>

namespace cyclecheck::cli {

// Writes a file, or standard output if the path is "-". False: it could not, which is said on the error output.
[[nodiscard]] bool wrote_output(const std::string& path, std::string_view bytes);

}  // namespace cyclecheck::cli

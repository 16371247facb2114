// What a command writes where an option says.
#pragma once

#include <string>
#include <string_view>

namespace cyclecheck::cli {

// From here on what is printed to standard output goes to standard error; standard output is for `wrote_output` alone.
void reserve_standard_output();

// Writes a file, or standard output if the path is "-". False: it could not, which is said on the error output.
[[nodiscard]] bool wrote_output(const std::string& path, std::string_view bytes);

}  // namespace cyclecheck::cli

// `cyclecheck conform FILE...`: stored traces on real interpreters.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/replay/replay.hpp"

namespace cyclecheck::cli {

// Runs the files' traces on one interpreter and prints each difference and a summary. Adds the number of the traces,
// unreadable ones too, to `total`. Returns the exit status. Throws SubjectError if the interpreter cannot be started.
[[nodiscard]] int conform_stored(const std::vector<std::string>& files, const Interpreter& interpreter,
                                 const StoredOptions& options, std::size_t& total);

}  // namespace cyclecheck::cli

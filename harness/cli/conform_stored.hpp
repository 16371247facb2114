// `cyclecheck conform FILE...`: stored traces on real interpreters.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/replay/replay.hpp"
#include "harness/report/report.hpp"

namespace cyclecheck::cli {

// Runs the files' traces on one interpreter and prints each difference and a line at the end. Adds what it did to the
// summary, and the number of the traces, unreadable ones too, to `total`. Returns the exit status. Throws SubjectError
// if the interpreter cannot be started.
[[nodiscard]] int conform_stored(const std::vector<std::string>& files, const Interpreter& interpreter,
                                 const StoredOptions& options, Summary& summary, std::size_t& total);

}  // namespace cyclecheck::cli

// The CPython driver, compiled for an interpreter.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/cpython/interpreter.hpp"

namespace cyclecheck {

// What the driver lacks here, in words: the interpreter's headers, or a C compiler. Nothing: it can be compiled, or
// was. Throws SubjectError(cannot_start): the cache cannot be written.
[[nodiscard]] std::optional<std::string> missing_for_driver(const Interpreter& interpreter);

// What starts the driver in an interpreter. Compiles its extension unless the cache has it: a folder for each version,
// build and source under $XDG_CACHE_HOME/cyclecheck, or ~/.cache/cyclecheck. Throws SubjectError(cannot_start): no
// headers, no compiler, the extension does not compile, the cache cannot be written.
[[nodiscard]] std::vector<std::string> driver_command(const Interpreter& interpreter);

// Writes the driver's sources into a folder, which is made if it is not there. `PYTHON FOLDER/main.py` builds and runs
// the driver in any interpreter, wherever that lives; the folder needs nothing else. A problem in words, or nothing.
[[nodiscard]] std::optional<std::string> write_driver(const std::string& folder);

}  // namespace cyclecheck

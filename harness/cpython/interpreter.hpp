// CPython interpreters on this machine, and the driver compiled for each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace/profile.hpp"

namespace cyclecheck {

// What an interpreter says of itself.
struct Interpreter {
  // What it is started by: its own sys.executable.
  std::string path;
  // "3.11.7"
  std::string version;
  // "3.11.7 (main, ...) [GCC 12.2.0]" in one line.
  std::string build;
  // The folder that should hold Python.h.
  std::string include;
  ProfileId profile = ProfileId::python3_11;
};

// Asks an interpreter, given by a path or by a name on PATH. Throws SubjectError(cannot_start): there is none, it is
// no interpreter or a wrapper that prints, or no profile describes it (harness/cpython/row.py has the reasons).
[[nodiscard]] Interpreter ask_interpreter(const std::string& path_or_name);

struct FoundInterpreters {
  // Oldest version first; each version once.
  std::vector<Interpreter> usable;
  // Those that answered and that no profile describes: a sentence each, "cpython:PATH: REASON".
  std::vector<std::string> unusable;
};

// Every interpreter that is found: python3 and pythonX.Y on PATH, and what pyenv and uv have installed. A name that
// ends with status 127, as pyenv's shims of versions that it does not use, is none.
[[nodiscard]] FoundInterpreters find_interpreters();

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

// CPython interpreters: those on this machine, and whatever runs a script.
#pragma once

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
  // It has the incremental collector of 3.14.0 to 3.14.4. Its profile is the nearest one; scripts alone can be
  // compared.
  bool is_incremental = false;
};

// Asks an interpreter, given by a path or by a name on PATH. Throws SubjectError(cannot_start): there is none, it is
// no interpreter or a wrapper that prints, or no profile describes it (harness/cpython/row.py has the reasons).
[[nodiscard]] Interpreter ask_interpreter(const std::string& path_or_name);

// Asks what a command of the shell runs: it gets a Python script on its standard input. Throws
// SubjectError(cannot_start) as above, but for an incremental collector.
[[nodiscard]] Interpreter ask_for_scripts(const std::string& command);

struct FoundInterpreters {
  // Oldest version first; each version once.
  std::vector<Interpreter> usable;
  // Those that answered and that no profile describes: a sentence each, "cpython:PATH: REASON".
  std::vector<std::string> unusable;
};

// Every interpreter that is found: python3 and pythonX.Y on PATH, and what pyenv and uv have installed. A name that
// ends with status 127, as pyenv's shims of versions that it does not use, is none.
[[nodiscard]] FoundInterpreters find_interpreters();

}  // namespace cyclecheck

// Running a Python script and looking at what it prints.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "properties/support/shell.hpp"

namespace cyclecheck {

// Runs a command in the shell. Its standard output is what is returned; its standard error is left out.
inline CommandRun run_command(const std::string& command) { return shell(command + " 2>/dev/null"); }

// Runs a script's text in an interpreter, from a file that is removed afterwards.
inline CommandRun run_python(const std::string& python, const std::string& script, const std::string& arguments = "") {
  const auto path =
      std::filesystem::temp_directory_path() / ("cyclecheck-export-" + std::to_string(::getpid()) + ".py");
  std::ofstream(path) << script;
  CommandRun run = run_command(python + " " + path.string() + " " + arguments);
  std::filesystem::remove(path);
  return run;
}

}  // namespace cyclecheck

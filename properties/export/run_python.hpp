// Running a Python script and looking at what it prints.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace cyclecheck {

struct ScriptRun {
  // The exit status, 128 and more for a signal.
  int status = -1;
  std::string output;
};

// Runs a command in the shell. Its standard output is what is returned; its standard error is left out.
inline ScriptRun run_command(const std::string& command) {
  ScriptRun run;
  FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return run;
  std::array<char, 4096> bytes{};
  for (std::size_t size = 0; (size = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) {
    run.output.append(bytes.data(), size);
  }
  const int status = ::pclose(pipe);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

// Runs a script's text in an interpreter, from a file that is removed afterwards.
inline ScriptRun run_python(const std::string& python, const std::string& script, const std::string& arguments = "") {
  const auto path =
      std::filesystem::temp_directory_path() / ("cyclecheck-export-" + std::to_string(::getpid()) + ".py");
  std::ofstream(path) << script;
  ScriptRun run = run_command(python + " " + path.string() + " " + arguments);
  std::filesystem::remove(path);
  return run;
}

}  // namespace cyclecheck

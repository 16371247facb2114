// Running a command of the shell, and looking at what it prints.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace cyclecheck {

struct CommandRun {
  // The exit status; 128 and more: a signal ended it; -1: it could not be started.
  int status = -1;
  // What it wrote to standard output and standard error.
  std::string output;
};

inline CommandRun shell(const std::string& command) {
  CommandRun run;
  FILE* pipe = ::popen(("(" + command + ") 2>&1").c_str(), "r");
  if (pipe == nullptr) return run;
  std::array<char, 4096> bytes{};
  for (std::size_t size = 0; (size = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) {
    run.output.append(bytes.data(), size);
  }
  const int status = ::pclose(pipe);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

// Shell code that waits until so many files fit the pattern, or the process $child has ended. The clock says nothing of
// how far a program is.
inline std::string until_there(const std::string& pattern, int files = 1) {
  return "while kill -0 $child 2>/dev/null && [ $(ls -d " + pattern + " 2>/dev/null | wc -l) -lt " +
         std::to_string(files) + " ]; do sleep 0.02; done";
}

}  // namespace cyclecheck

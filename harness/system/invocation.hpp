// How this program was called: what a finding says of where it comes from. Not thread-safe: set before anything is
// started.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cyclecheck {

struct Invocation {
  // Of the program.
  std::string version;
  // The whole command line, as a shell takes it.
  std::string command;
  // The beginning of a command that runs one trace again: the command, and those options that traces depend on.
  std::string repeat = "cyclecheck run";
  // Whether that names subject and profile, so that nothing else is to.
  bool names_subject = false;
  // Limits of subjects, such as " --timeout 300ms"; empty: those that hold if nothing is said.
  std::string limits;
  // The seed that was drawn or given, where the command has one.
  std::optional<std::uint64_t> seed;
  std::uint32_t jobs = 1;
};

// Of this process; may be written.
[[nodiscard]] Invocation& invocation();

// A word as a shell takes it, in quotes if it needs them. Thread-safe.
[[nodiscard]] std::string for_shell(const std::string& word);

}  // namespace cyclecheck

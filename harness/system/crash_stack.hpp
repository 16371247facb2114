// Where a process crashed: the functions that it was in, by name, as far as its programs have names.
#pragma once

#include <string>
#include <vector>

namespace cyclecheck {

// From now on a crash of this thread is followed by its stack on standard error; where a sanitizer reports crashes it
// goes on to do that. Called once a thread, in a process that is to die with the crash.
void tell_stack_at_crash();

struct CrashStack {
  // The innermost functions of the program that crashed, at most three: no two that follow each other are equal, and
  // none is the C or C++ library's or a sanitizer's. They end where the harness calls the subject.
  std::vector<std::string> functions;
  // What else the process wrote.
  std::string output;
};

// Takes the stack out of what a process wrote (addresses and paths change from machine to machine), or reads it in a
// sanitizer's report, which stays. O(size)
[[nodiscard]] CrashStack crash_stack(const std::string& output);

}  // namespace cyclecheck

// `cyclecheck replay --recording`: model and subject against what a real interpreter did.
#pragma once

#include <string>

#include "harness/registry.hpp"
#include "trace/profile.hpp"

namespace cyclecheck::cli {

struct RecordingFiles {
  std::string traces;
  std::string version;
  ProfileId profile = ProfileId::python3_11;
  // Print the traces that do not agree.
  bool verbose = false;
};

// Compares, prints a line for every trace that differs and ends with `N traces, N agree` for each side. Returns the
// exit status. Each side runs in a worker process.
[[nodiscard]] int replay_recording(const RecordingFiles& files, const SubjectEntry& subject);

}  // namespace cyclecheck::cli

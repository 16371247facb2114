// The programs that a worker process has started, known to its parent, so that they end with it.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>

namespace cyclecheck {

// In memory that a worker shares with its parent. The worker notes and forgets; the parent ends what is left when the
// worker is dead.
class StartedPrograms {
 public:
  // The process leads a group of its own. The 65th at once is not known.
  void note(pid_t leader);
  void forget(pid_t leader);
  // Kills every process of the groups that were noted and not forgotten. REQUIRES: the worker is dead
  void end_all();

 private:
  static constexpr std::size_t kMost = 64;
  std::array<std::atomic<pid_t>, kMost> leaders_{};
};

// Of this process if it is a worker, else null.
[[nodiscard]] StartedPrograms* started_programs();
// Called by a worker when it begins.
void set_started_programs(StartedPrograms* programs);

}  // namespace cyclecheck

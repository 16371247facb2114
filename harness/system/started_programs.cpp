#include "harness/system/started_programs.hpp"

#include <csignal>

namespace cyclecheck {
namespace {

StartedPrograms* programs_of_this_process = nullptr;

}  // namespace

void StartedPrograms::note(pid_t leader) {
  for (std::atomic<pid_t>& place : leaders_) {
    pid_t empty = 0;
    if (place.compare_exchange_strong(empty, leader)) return;
  }
}

void StartedPrograms::forget(pid_t leader) {
  for (std::atomic<pid_t>& place : leaders_) {
    pid_t noted = leader;
    if (place.compare_exchange_strong(noted, 0)) return;
  }
}

void StartedPrograms::end_all() {
  for (std::atomic<pid_t>& place : leaders_) {
    if (const pid_t leader = place.exchange(0); leader > 0) ::kill(-leader, SIGKILL);
  }
}

StartedPrograms* started_programs() { return programs_of_this_process; }

void set_started_programs(StartedPrograms* programs) { programs_of_this_process = programs; }

}  // namespace cyclecheck

#include "harness/system/delayed.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace cyclecheck {

std::chrono::microseconds delayed(pid_t process) {
  std::uint64_t sum = 0;
  std::error_code error;
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (auto task = std::filesystem::directory_iterator(tasks, error);
       !error && task != std::filesystem::directory_iterator{}; task.increment(error)) {
    // Nanoseconds that it ran, and that it waited to run.
    std::ifstream file(task->path() / "schedstat");
    std::uint64_t ran = 0;
    std::uint64_t waited = 0;
    if (file >> ran >> waited) sum += waited;
  }
  return std::chrono::microseconds{sum / 1000};
}

}  // namespace cyclecheck

#include "harness/system/resident_memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace cyclecheck {
namespace {

// /proc/N/statm: its size, what of it is in memory, what of that is shared with files. Pages.
std::size_t resident_memory_of(const std::string& process) {
  std::size_t size = 0;
  std::size_t resident = 0;
  std::size_t shared = 0;
  std::ifstream("/proc/" + process + "/statm") >> size >> resident >> shared;
  return (resident - std::min(shared, resident)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// In /proc/N/stat the group is the third word behind the name, which may have blanks and parentheses.
pid_t group_of(const std::string& process) {
  std::string text;
  std::getline(std::ifstream("/proc/" + process + "/stat"), text);
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return -1;
  char state = 0;
  pid_t parent = 0;
  pid_t group = -1;
  std::istringstream(text.substr(end + 1)) >> state >> parent >> group;
  return group;
}

}  // namespace

std::size_t resident_memory() { return resident_memory_of("self"); }

std::size_t resident_memory_of_group(pid_t leader) {
  std::size_t sum = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string process = entry.path().filename().string();
    if (std::isdigit(static_cast<unsigned char>(process[0])) == 0 || group_of(process) != leader) continue;
    sum += resident_memory_of(process);
  }
  return sum;
}

}  // namespace cyclecheck

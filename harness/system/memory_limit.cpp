#include "harness/system/memory_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>

namespace cyclecheck {
namespace {

std::uint64_t limit_of_subjects = 0;

// The pages that the kernel counts against RLIMIT_DATA: the sixth number of /proc/self/statm.
std::uint64_t data_pages() {
  std::array<char, 256> text{};
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  std::uint64_t number = 0;
  int field = 0;
  for (ssize_t i = 0; i < size && field <= 5; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') {
      ++field;
      if (field <= 5) number = 0;
    } else {
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  return number;
}

}  // namespace

void limit_memory(std::uint64_t bytes) { limit_of_subjects = bytes; }

void apply_memory_limit() {
  if (limit_of_subjects == 0) return;
  const std::uint64_t has = data_pages() * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const rlimit limit{has + limit_of_subjects, has + limit_of_subjects};
  setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace cyclecheck

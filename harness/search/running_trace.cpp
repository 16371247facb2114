#include "harness/search/running_trace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/system/system.hpp"
#include "trace/binary.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

constexpr std::size_t kFirstSize = std::size_t{1} << 18;

// Ends the operations and announces no names, so that what an earlier, longer trace left behind is not read.
constexpr char kTerminator[] = {'\xFF', '\x00'};

[[noreturn]] void fail(int error, const std::string& path) {
  throw std::system_error(error, std::generic_category(), path);
}

}  // namespace

RunningTrace::RunningTrace(std::string path) : path_(std::move(path)), owner_(getpid()) {
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) fail(errno, path_);
  try {
    map(kFirstSize);
  } catch (...) {
    close(file_);
    unlink(path_.c_str());
    throw;
  }
}

RunningTrace::~RunningTrace() {
  munmap(memory_, size_);
  close(file_);
  if (getpid() == owner_) unlink(path_.c_str());
}

void RunningTrace::map(std::size_t size) {
  // Space is reserved now: writing to a mapped page for which there is none would be a SIGBUS.
  const int error = posix_fallocate(file_, 0, static_cast<off_t>(size));
  if (error != 0) fail(error, path_);
  if (memory_ != nullptr) munmap(memory_, size_);
  memory_ = nullptr;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (memory == MAP_FAILED) fail(errno, path_);
  memory_ = static_cast<char*>(memory);
  size_ = size;
}

void RunningTrace::put(const Trace& trace) {
  const std::vector<std::uint8_t> bytes = encode_trace(trace);
  const std::size_t needed = kBinaryMagic.size() + bytes.size() + sizeof kTerminator;
  if (needed > size_) map(needed * 2);
  char* at = memory_;
  std::memcpy(at, kBinaryMagic.data(), kBinaryMagic.size());
  at += kBinaryMagic.size();
  std::memcpy(at, bytes.data(), bytes.size());
  std::memcpy(at + bytes.size(), kTerminator, sizeof kTerminator);
}

std::string running_path(const std::string& folder, std::size_t worker) {
  return fmt::format("{}/.running-{}-{}.cyct", folder, getpid(), worker);
}

std::vector<std::string> left_running(const std::string& folder) {
  std::vector<std::string> left;
  for (const auto& path : entries_of(folder)) {
    int process = 0;
    if (std::sscanf(path.filename().c_str(), ".running-%9d-", &process) != 1 || process <= 0) continue;
    if (kill(process, 0) != 0 && errno == ESRCH) left.push_back(path.string());
  }
  return left;
}

}  // namespace cyclecheck

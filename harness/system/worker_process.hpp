// A forked process that runs subjects, and what became of it.
//
// The child runs on a thread with a large stack, because the model recurses; what it writes to its outputs is kept; it
// ignores SIGINT, SIGTERM and SIGHUP, which are its parent's to handle, and dies with its parent. Not thread-safe.
// REQUIRES: the process that forks has one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/system/delayed.hpp"
#include "harness/system/started_programs.hpp"

namespace cyclecheck {

// The stack that a trace is run on, if the system grants it; pages are committed when they are touched.
inline constexpr std::uint64_t kWorkerStack = std::uint64_t{1} << 30;

// How many seconds a worker that closed its socket may take to end, for example to write a sanitizer's report.
inline constexpr double kLastWords = 20;

class WorkerProcess {
 public:
  // Forks. The child calls `body` with its end of a socket pair, and exits with status 0 when that returns.
  // Throws std::system_error if the system has no process or descriptor left.
  explicit WorkerProcess(const std::function<void(int socket)>& body);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  // Kills the child if it still runs, and the programs that it started.
  ~WorkerProcess();

  // The parent's end of the socket pair.
  [[nodiscard]] int socket() const { return socket_; }

  [[nodiscard]] pid_t pid() const { return child_; }

  // Processor time that the child has used, user and system; 0 if the system does not tell.
  [[nodiscard]] std::chrono::microseconds processor_time() const;

  // How long it could have run, and others had the processor; 0 if the system does not tell. A machine that is busy
  // makes nobody hang.
  [[nodiscard]] std::chrono::microseconds delayed() const { return cyclecheck::delayed(child_); }

  // Kills the child. The end is then a signal of no interest.
  void kill();

  struct End {
    // 0 if the child was not killed by a signal.
    int signal = 0;
    int status = 0;
    // What it wrote to its standard output and error output, at most the last 64 KiB.
    std::string output;
    // Where it crashed, innermost first (harness/system/crash_stack.hpp).
    std::vector<std::string> stack = {};
  };
  // Waits for the end of the child, for `seconds` at most, then kills it; what it started ends as well.
  // REQUIRES: called once
  [[nodiscard]] End wait(double seconds);

 private:
  pid_t child_ = -1;
  int socket_ = -1;
  int output_ = -1;
  StartedPrograms* started_ = nullptr;
};

// "crash AddressSanitizer heap-use-after-free", "crash SIGSEGV at Heap::drop, Heap::clear", "exit 3".
[[nodiscard]] std::string signature_of(const WorkerProcess::End& end);

// "SIGSEGV", or "signal 64" for one without a usual name.
[[nodiscard]] std::string signal_name(int signal);

}  // namespace cyclecheck

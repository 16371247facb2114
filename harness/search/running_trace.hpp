// The trace that is about to run, in a file.
//
// Before a trace runs on a subject that may crash its binary encoding is copied into a mapped file, so that it is on
// disk even if every process of the run dies. The file is a binary trace that `cyclecheck replay` reads. The memory is
// shared with forked workers. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "trace/trace.hpp"

namespace cyclecheck {

class RunningTrace {
 public:
  // Creates the file. Throws std::system_error if that is not possible, for example because the disk is full.
  explicit RunningTrace(std::string path);
  RunningTrace(const RunningTrace&) = delete;
  RunningTrace& operator=(const RunningTrace&) = delete;
  // Removes the file, in the process that created it.
  ~RunningTrace();

  // Puts a trace in place of the last one. Throws std::system_error if the file has to grow and cannot.
  void put(const Trace& trace);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void map(std::size_t size);

  std::string path_;
  int file_ = -1;
  char* memory_ = nullptr;
  std::size_t size_ = 0;
  int owner_ = 0;
};

// The file of a worker of this process.
[[nodiscard]] std::string running_path(const std::string& folder, std::size_t worker);
// Those that processes left which were killed with all their workers.
[[nodiscard]] std::vector<std::string> left_running(const std::string& folder);

}  // namespace cyclecheck

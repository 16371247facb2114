// A program in a process of its own that is spoken to line by line.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cyclecheck {

// Owns the process: its destructor kills it together with whatever it started. Not thread-safe.
class ChildProcess {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  enum class Read : std::uint8_t { line, closed, timed_out };

  // Starts a program, looked up on PATH if its name has no slash. Throws std::system_error if no process can be made;
  // a program that does not exist ends at once with exit status 127.
  explicit ChildProcess(const std::vector<std::string>& command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  // Writes to its standard input. False: it reads no more, or the deadline passed.
  [[nodiscard]] bool write(std::string_view bytes, Deadline deadline);
  void close_input();

  // Reads the next line of its standard output, without its end. `line` stays valid until the next call. At `closed`
  // the line holds what came after the last line end. Time in which others had the processor puts the deadline off.
  [[nodiscard]] Read read_line(std::string_view& line, Deadline deadline);

  // Waits for its end, kills it at the deadline, and tells in words how it ended: "exit status 1",
  // "signal 11 (Segmentation fault)". Empty: exit status 0.
  [[nodiscard]] std::string wait_for_end(Deadline deadline);

  // The number of its process, which leads a group of its own.
  [[nodiscard]] pid_t leader() const { return pid_; }

  // Processor time that it took, with that of the processes which it waited for; 0 before its end.
  [[nodiscard]] double processor_seconds() const { return processor_seconds_; }

  // The last few thousand bytes that it wrote to its standard error.
  [[nodiscard]] const std::string& errors() const { return errors_; }

 private:
  [[nodiscard]] bool fill(Deadline deadline, bool& timed_out);
  [[nodiscard]] bool put_off(Deadline& deadline);
  void read_errors();

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int error_ = -1;
  bool has_ended_ = false;
  int status_ = 0;
  double processor_seconds_ = 0;
  // How long others had the processor, and when that was asked.
  std::chrono::microseconds delayed_{0};
  Deadline asked_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::string errors_;
};

}  // namespace cyclecheck

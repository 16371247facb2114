#include "harness/system/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <thread>

#include "harness/system/delayed.hpp"
#include "harness/system/memory_limit.hpp"
#include "harness/system/started_programs.hpp"

namespace cyclecheck {
namespace {

constexpr std::size_t kKeptErrors = 16'384;
constexpr std::chrono::milliseconds kAsk{100};

// Both ends of a connection. A child inherits the ends that `dup2` gave it only.
std::array<int, 2> connection() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  return ends;
}

int milliseconds_to(ChildProcess::Deadline deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left + 1, 0, 1'000'000));
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(const std::vector<char*>& arguments, int input, int output, int error) {
  ::setpgid(0, 0);
  // The thread of a worker that starts programs lives as long as the worker.
  if (started_programs() != nullptr) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  apply_memory_limit();
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(error, 2);
  ::signal(SIGPIPE, SIG_DFL);
  // Ctrl-C is the harness's business.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGHUP, SIG_DFL);
  ::execvp(arguments[0], arguments.data());
  const char* why = std::strerror(errno);
  [[maybe_unused]] auto written = ::write(2, why, std::strlen(why));
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const auto input = connection();
  const auto output = connection();
  const auto error = connection();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments, input[1], output[1], error[1]);
  for (const auto& ends : {input, output, error}) ::close(ends[1]);
  input_ = input[0];
  output_ = output[0];
  error_ = error[0];
  if (pid_ < 0) {
    for (const int end : {input_, output_, error_}) ::close(end);
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  // The child does the same: whoever comes first, the group is there before anybody is to end it.
  ::setpgid(pid_, pid_);
  if (StartedPrograms* const started = started_programs()) started->note(pid_);
  for (const int end : {input_, output_, error_}) ::fcntl(end, F_SETFL, O_NONBLOCK);
}

ChildProcess::~ChildProcess() {
  close_input();
  if (!has_ended_) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
  } else {
    // What it started and left behind.
    ::kill(-pid_, SIGKILL);
  }
  if (StartedPrograms* const started = started_programs()) started->forget(pid_);
  ::close(output_);
  ::close(error_);
}

void ChildProcess::close_input() {
  if (input_ >= 0) ::close(input_);
  input_ = -1;
}

bool ChildProcess::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty() && input_ >= 0) {
    const auto sent = ::send(input_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return false;
    std::array<pollfd, 2> waiting{{{input_, POLLOUT, 0}, {error_, POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), milliseconds_to(deadline)) == 0) return false;
    read_errors();
  }
  return bytes.empty();
}

void ChildProcess::read_errors() {
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto size = ::recv(error_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size <= 0) return;
    errors_.append(bytes.data(), static_cast<std::size_t>(size));
    if (errors_.size() > kKeptErrors) errors_.erase(0, errors_.size() - kKeptErrors);
  }
}

// Puts the deadline off by the time for which others had the processor since it was asked last. False: they had none.
bool ChildProcess::put_off(Deadline& deadline) {
  const std::chrono::microseconds before = delayed_;
  delayed_ = delayed(pid_);
  asked_ = std::chrono::steady_clock::now();
  if (delayed_ <= before) return false;
  deadline = asked_ + (delayed_ - before);
  return true;
}

// Reads more of the output. False: its end, or the deadline.
bool ChildProcess::fill(Deadline deadline, bool& timed_out) {
  timed_out = false;
  // To ask costs more than a short answer.
  if (const auto now = std::chrono::steady_clock::now(); now - asked_ >= kAsk) {
    delayed_ = delayed(pid_);
    asked_ = now;
  }
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  constexpr std::size_t kChunk = 65536;
  for (;;) {
    const std::size_t size = buffer_.size();
    buffer_.resize(size + kChunk);
    const auto received = ::recv(output_, buffer_.data() + size, kChunk, 0);
    buffer_.resize(size + static_cast<std::size_t>(std::max<decltype(received)>(received, 0)));
    if (received > 0) return true;
    if (received == 0) return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    std::array<pollfd, 2> waiting{{{output_, POLLIN, 0}, {error_, POLLIN, 0}}};
    ::poll(waiting.data(), waiting.size(), milliseconds_to(deadline));
    read_errors();
    if (waiting[0].revents != 0) continue;
    // A closed standard error is always ready; the output then decides alone.
    pollfd alone{output_, POLLIN, 0};
    if ((waiting[1].revents & POLLHUP) != 0 && ::poll(&alone, 1, milliseconds_to(deadline)) > 0) continue;
    if (std::chrono::steady_clock::now() > deadline && !put_off(deadline)) {
      timed_out = true;
      return false;
    }
  }
}

ChildProcess::Read ChildProcess::read_line(std::string_view& line, Deadline deadline) {
  std::size_t searched = begin_;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line = std::string_view(buffer_).substr(begin_, end - begin_);
      if (line.ends_with('\r')) line.remove_suffix(1);
      begin_ = end + 1;
      return Read::line;
    }
    searched = buffer_.size() - begin_;  // where it will be once `fill` has moved the rest to the front
    bool timed_out = false;
    if (!fill(deadline, timed_out)) {
      line = std::string_view(buffer_).substr(begin_);
      return timed_out ? Read::timed_out : Read::closed;
    }
  }
}

std::string ChildProcess::wait_for_end(Deadline deadline) {
  bool was_killed = false;
  while (!has_ended_) {
    rusage usage{};
    const pid_t waited = ::wait4(pid_, &status_, WNOHANG, &usage);
    if (waited == pid_ || (waited < 0 && errno != EINTR)) {
      has_ended_ = true;
      processor_seconds_ = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    } else if (!was_killed && std::chrono::steady_clock::now() > deadline) {
      ::kill(-pid_, SIGKILL);
      ::kill(pid_, SIGKILL);
      was_killed = true;
    } else {
      read_errors();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  read_errors();
  if (WIFSIGNALED(status_)) {
    const int signal = WTERMSIG(status_);
    return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  if (WEXITSTATUS(status_) == 0) return {};
  return "exit status " + std::to_string(WEXITSTATUS(status_));
}

}  // namespace cyclecheck

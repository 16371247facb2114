#include "harness/system/worker_process.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <system_error>
#include <utility>

#include "harness/system/crash_stack.hpp"
#include "harness/system/memory_limit.hpp"
#include "harness/system/shared_memory.hpp"

namespace cyclecheck {
namespace {

constexpr off_t kKeptOutput = off_t{64} * 1024;

void close_all(std::initializer_list<int> descriptors) {
  for (const int descriptor : descriptors) {
    if (descriptor >= 0) close(descriptor);
  }
}

struct Start {
  const std::function<void(int)>& body;
  int socket;
};

void* run_body(void* argument) {
  const Start& start = *static_cast<Start*>(argument);
  // The stack is not a subject's memory.
  apply_memory_limit();
  tell_stack_at_crash();
  start.body(start.socket);
  return nullptr;
}

// Runs the body on the largest stack that the system grants.
void run_on_large_stack(Start& start) {
  for (std::uint64_t size = kWorkerStack; size >= (std::uint64_t{1} << 23); size /= 4) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size);
    pthread_t thread{};
    const int error = pthread_create(&thread, &attributes, run_body, &start);
    pthread_attr_destroy(&attributes);
    if (error != 0) continue;
    pthread_join(thread, nullptr);
    return;
  }
  start.body(start.socket);
}

[[noreturn]] void be_the_child(const std::function<void(int)>& body, int socket, int output, pid_t parent,
                               StartedPrograms* started) {
  set_started_programs(started);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  // They come to the whole group (from a terminal, from timeout); the parent ends its workers in order.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  // A crash is expected and reported; a core file of it is of no use.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  Start start{body, socket};
  run_on_large_stack(start);
  // No handlers and no flushing: they belong to the parent.
  _exit(0);
}

std::string read_output(int descriptor) {
  const off_t size = lseek(descriptor, 0, SEEK_END);
  if (size <= 0) return {};
  std::string text(static_cast<std::size_t>(std::min(size, kKeptOutput)), '\0');
  const ssize_t got = pread(descriptor, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

// The word that follows `marker` in the text, or nothing.
std::string word_after(const std::string& text, std::string_view marker) {
  const std::size_t at = text.find(marker);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + marker.size();
  const std::size_t end = text.find_first_of(" \n:", begin);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

}  // namespace

WorkerProcess::WorkerProcess(const std::function<void(int socket)>& body) {
  std::array<int, 2> sockets{-1, -1};
  output_ = memfd_create("cyclecheck-output", MFD_CLOEXEC);
  if (output_ < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    const int error = errno;
    close_all({output_});
    throw std::system_error(error, std::generic_category(), "cannot start a worker process");
  }
  // The output is written at its end by everybody, so that the two streams do not overwrite each other.
  fcntl(output_, F_SETFL, O_APPEND);
  started_ = make_shared_value<StartedPrograms>();
  std::fflush(nullptr);
  const pid_t parent = getpid();
  child_ = fork();
  if (child_ < 0) {
    const int error = errno;
    close_all({output_, sockets[0], sockets[1]});
    free_shared_value(started_);
    throw std::system_error(error, std::generic_category(), "cannot start a worker process");
  }
  if (child_ == 0) {
    close(sockets[0]);
    be_the_child(body, sockets[1], output_, parent, started_);
  }
  close(sockets[1]);
  socket_ = sockets[0];
}

WorkerProcess::~WorkerProcess() {
  if (child_ > 0) {
    kill();
    waitpid(child_, nullptr, 0);
  }
  started_->end_all();
  free_shared_value(started_);
  close_all({socket_, output_});
}

std::chrono::microseconds WorkerProcess::processor_time() const {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(child_, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_nsec / 1000};
}

void WorkerProcess::kill() {
  if (child_ > 0) ::kill(child_, SIGKILL);
}

WorkerProcess::End WorkerProcess::wait(double seconds) {
  End end;
  int status = 0;
  const timespec pause{0, 1'000'000};
  const timespec short_pause{0, 50'000};
  const auto tries = static_cast<long>(seconds * 1000) + 20;
  for (long i = 0; waitpid(child_, &status, WNOHANG) == 0; ++i) {
    if (i >= tries) {
      kill();
      waitpid(child_, &status, 0);
      break;
    }
    // A process that closed its socket is about to end: look often at first.
    nanosleep(i < 20 ? &short_pause : &pause, nullptr);
  }
  child_ = -1;
  started_->end_all();
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  if (WIFEXITED(status)) end.status = WEXITSTATUS(status);
  CrashStack stack = crash_stack(read_output(output_));
  end.output = std::move(stack.output);
  end.stack = std::move(stack.functions);
  return end;
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGABRT:
      return "SIGABRT";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGKILL:
      return "SIGKILL";
    case SIGTRAP:
      return "SIGTRAP";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "signal " + std::to_string(signal);
  }
}

std::string signature_of(const WorkerProcess::End& end) {
  std::string where;
  for (const std::string& function : end.stack) where += (where.empty() ? " at " : ", ") + function;
  for (const char* sanitizer :
       {"AddressSanitizer", "MemorySanitizer", "ThreadSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer"}) {
    const std::string word = word_after(end.output, "ERROR: " + std::string{sanitizer} + ": ");
    if (!word.empty()) return "crash " + std::string{sanitizer} + " " + word + where;
  }
  if (end.output.find(": runtime error: ") != std::string::npos) return "crash UndefinedBehaviorSanitizer" + where;
  if (end.signal != 0) return "crash " + signal_name(end.signal) + where;
  return "exit " + std::to_string(end.status);
}

}  // namespace cyclecheck

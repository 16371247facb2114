#include "harness/system/crash_stack.hpp"

#include <cxxabi.h>
#include <execinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace cyclecheck {
namespace {

constexpr std::string_view kBegin = "cyclecheck: the stack of the crash\n";
constexpr std::size_t kMostFunctions = 3;
constexpr int kMostFrames = 100;
constexpr std::array kSignals{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

void tell_stack(int signal) {
  std::array<void*, kMostFrames> frames{};
  const int count = backtrace(frames.data(), kMostFrames);
  if (write(STDERR_FILENO, kBegin.data(), kBegin.size()) > 0) backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  // The handler is gone by now.
  raise(signal);
}

bool is_library(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  constexpr std::array kLibraries{"libc.",      "libc-",    "libstdc++",  "libc++",  "libgcc",  "libm.",
                                  "libpthread", "ld-linux", "linux-vdso", "libasan", "libubsan"};
  return std::any_of(kLibraries.begin(), kLibraries.end(),
                     [&](const char* library) { return name.starts_with(library); });
}

bool is_library_function(std::string_view name) {
  constexpr std::array kFunctions{"__",      "_start", "operator new", "operator delete", "std::", "abort", "raise",
                                  "gsignal", "malloc", "free",         "realloc",         "calloc"};
  return std::any_of(kFunctions.begin(), kFunctions.end(), [&](const char* begin) { return name.starts_with(begin); });
}

// Without arguments: `cyclegc::Heap::drop`.
std::string function_name(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled{abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                         std::free};
  std::string name = status == 0 ? std::string{demangled.get()} : symbol;
  constexpr std::string_view kUnnamed = "(anonymous namespace)::";
  for (std::size_t at = name.find(kUnnamed); at != std::string::npos; at = name.find(kUnnamed)) {
    name.erase(at, kUnnamed.size());
  }
  constexpr std::string_view kCall = "operator()";
  const std::size_t call = name.find(kCall);
  return name.substr(0, name.find('(', call == std::string::npos ? 0 : call + kCall.size()));
}

// Of one line: "/usr/lib/x.so(_ZN1x1fEv+0x12) [0x7f12]", or "    #1 0x7f12 in x::f(int) /src/x.cpp:3:1". Empty: it has
// none, or it is not the program's.
std::string function_of(std::string_view line) {
  const std::size_t in = line.find(" in ");
  if (in != std::string_view::npos) {
    const std::string name = function_name(std::string{line.substr(in + 4)});
    const std::string first = name.substr(0, name.find(" /"));
    return is_library_function(first) ? std::string{} : first;
  }
  const std::size_t open = line.rfind('(');
  const std::size_t plus = line.find('+', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || plus == std::string_view::npos || is_library(line.substr(0, open))) return {};
  const std::string name = function_name(std::string{line.substr(open + 1, plus - open - 1)});
  return is_library_function(name) ? std::string{} : name;
}

// False: the stack ends here.
bool add(std::string function, std::vector<std::string>& functions) {
  if (function.empty() || (!functions.empty() && functions.back() == function)) return true;
  if (function.starts_with("cyclecheck::") || function == "main") return false;
  functions.push_back(std::move(function));
  return functions.size() < kMostFunctions;
}

// The first stack of a sanitizer's report.
void read_report(const std::string& output, std::vector<std::string>& functions) {
  std::size_t at = output.find("    #0 ");
  for (int number = 0; at != std::string::npos; ++number) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    if (!line.starts_with("    #" + std::to_string(number) + " ")) return;
    if (!add(function_of(line), functions)) return;
    at = end < output.size() ? end + 1 : std::string::npos;
  }
}

}  // namespace

void tell_stack_at_crash() {
  if (kSanitized) return;
  // A stack of its own: the other one may be what is used up. Loads what `backtrace` needs, while that can be done.
  static thread_local std::array<char, std::size_t{64} * 1024> memory;
  void* frame = nullptr;
  (void)backtrace(&frame, 1);
  stack_t stack{};
  stack.ss_sp = memory.data();
  stack.ss_size = memory.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = tell_stack;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_NODEFER | static_cast<unsigned>(SA_RESETHAND));
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
}

CrashStack crash_stack(const std::string& output) {
  CrashStack stack;
  const std::size_t begin = output.rfind(kBegin);
  if (begin == std::string::npos) {
    stack.output = output;
    read_report(output, stack.functions);
    return stack;
  }
  stack.output = output.substr(0, begin);
  bool goes_on = true;
  for (std::size_t at = begin + kBegin.size(); at < output.size() && goes_on;) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    goes_on = add(function_of(std::string_view{output}.substr(at, end - at)), stack.functions);
    at = end + 1;
  }
  return stack;
}

}  // namespace cyclecheck

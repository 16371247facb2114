#include "fuzz/failure.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "trace/text.hpp"

namespace cyclecheck::fuzz {
namespace {

const Trace* current = nullptr;

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

void print_current() {
  // Taken away first: printing it may fail, too.
  const Trace* trace = current;
  current = nullptr;
  if (trace == nullptr) return;
  print("The trace of this input:\n");
  print(print_trace(*trace));
}

}  // namespace

void running(const Trace* trace) { current = trace; }

void fail(std::string_view message) {
  print(message);
  if (message.empty() || message.back() != '\n') print("\n");
  print_current();
  std::fflush(stderr);
  std::abort();
}

}  // namespace cyclecheck::fuzz

// The sanitizers call these when they report an error.
// NOLINTBEGIN(bugprone-reserved-identifier): their names
extern "C" void __asan_on_error();
extern "C" void __asan_on_error() { cyclecheck::fuzz::print_current(); }
// The stacks of allocations, kept for reports, would take a tenth of the time with the usual 30 frames. What
// ASAN_OPTIONS says goes first.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "malloc_context_size=5"; }
extern "C" void __ubsan_on_report();
extern "C" void __ubsan_on_report() { cyclecheck::fuzz::print_current(); }
// NOLINTEND(bugprone-reserved-identifier)

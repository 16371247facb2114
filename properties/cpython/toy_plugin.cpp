// A plug-in for the tests. TOY_PLUGIN chooses what is wrong with it: 0 it lets nothing die, 1 another version, 2 no
// greeting, 3 it answers nonsense, 4 it crashes, 5 it crashes at two places.
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/subjects/plugin.h"

namespace toy {

// Not inlined: they are to be seen in the stack.
__attribute__((noinline)) void crash(volatile int* at) { *at = 1; }
__attribute__((noinline)) void clear_all() {
  crash(nullptr);
  asm volatile("");
}
__attribute__((noinline)) void collect_all() {
  crash(nullptr);
  asm volatile("");
}

}  // namespace toy

namespace {

constexpr const char* kGreeting =
    TOY_PLUGIN == 2 ? "hello\n"
                    : "cyclecheck-subject 1\nname toy\nversion 1\nlevel liveness\nprofile python3.11\nready\n";

bool is_operation(std::string_view line) {
  for (const char* header : {"run ", "cyclecheck-trace ", "profile ", "threshold ", "disabled", "free_lists_filled"}) {
    if (line.starts_with(header)) return false;
  }
  return line != "end";
}

void run(const char* request, std::size_t size, void* sink, cyclecheck_write write) {
  if (TOY_PLUGIN == 4) std::abort();
  std::string_view rest(request, size);
  std::size_t operations = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (is_operation(rest.substr(0, end))) ++operations;
    if (TOY_PLUGIN == 5 && rest.starts_with("clear ")) toy::clear_all();
    if (TOY_PLUGIN == 5 && rest.starts_with("collect ")) toy::collect_all();
    rest.remove_prefix(end + 1);
  }
  std::string answer = TOY_PLUGIN == 3 ? "gibberish\n" : "log\nend " + std::to_string(operations) + "\n";
  // In two parts: an answer need not come in whole lines.
  write(sink, answer.data(), 2);
  write(sink, answer.data() + 2, answer.size() - 2);
}

}  // namespace

const struct cyclecheck_plugin* cyclecheck_plugin_entry() {
  static const struct cyclecheck_plugin plugin = {CYCLECHECK_PLUGIN_VERSION + (TOY_PLUGIN == 1 ? 1 : 0), kGreeting,
                                                  run};
  return &plugin;
}

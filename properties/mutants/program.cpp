#include "properties/mutants/program.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

// "exit status 3" or "signal 6 (Aborted)", as ChildProcess says it.
int status_of(const std::string& end) {
  const std::size_t digit = end.find_first_of("0123456789");
  if (digit == std::string::npos) return 0;
  int number = 0;
  std::from_chars(end.data() + digit, end.data() + end.size(), number);
  return end.starts_with("signal") ? 128 + number : number;
}

}  // namespace

Ended run_program(const std::vector<std::string>& command, std::chrono::milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto deadline = begin + limit;
  Ended ended;
  ChildProcess process(command);
  process.close_input();
  std::string_view line;
  ChildProcess::Read read = ChildProcess::Read::line;
  while ((read = process.read_line(line, deadline)) == ChildProcess::Read::line) {
    (ended.output += line) += '\n';
  }
  const std::string end = process.wait_for_end(read == ChildProcess::Read::timed_out ? begin : deadline);
  ended.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  ended.status = read == ChildProcess::Read::timed_out ? -1 : status_of(end);
  ended.processor_seconds = process.processor_seconds();
  ended.errors = process.errors();
  return ended;
}

void for_each_line(std::string_view text, const std::function<void(const std::string& line)>& see) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    see(std::string{text.substr(0, end)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace cyclecheck

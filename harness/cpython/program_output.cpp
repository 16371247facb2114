#include "harness/cpython/program_output.hpp"

#include <string_view>

#include "harness/system/system.hpp"

namespace cyclecheck {

ProgramOutput run_to_end(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                         const std::string& input) {
  ProgramOutput output;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  ChildProcess process(command);
  if (!input.empty()) (void)process.write(input, deadline);
  process.close_input();
  std::string_view line;
  while (process.read_line(line, deadline) == ChildProcess::Read::line) output.lines.emplace_back(line);
  output.failure = process.wait_for_end(deadline);
  output.errors = process.errors();
  return output;
}

std::string with_errors(std::string message, const std::string& errors) {
  if (!errors.empty()) message += ":\n" + errors;
  return message;
}

}  // namespace cyclecheck

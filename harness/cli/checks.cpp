#include "harness/cli/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <utility>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/report.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {

std::string suite_of(const std::string& searched, ProfileId id) {
  return fmt::format("{}: {}", searched, profile(id).name);
}

std::size_t line_of_operation(const std::string& text, const Trace& trace, std::size_t operation) {
  std::vector<std::size_t> lines;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t word = text.find_first_not_of(" \t\r", at);
    ++number;
    if (word < end && text[word] != '#') lines.push_back(number);
    at = end + 1;
  }
  const std::size_t operations = trace.operations.size();
  return operation < operations && operations <= lines.size() ? lines[lines.size() - operations + operation] : 0;
}

void add_finding(std::vector<Check>& checks, const Finding& finding, const std::optional<StoredFinding>& stored,
                 const std::string& searched) {
  const Investigation& investigation = finding.investigation;
  Check check;
  check.suite = suite_of(searched, finding.original.profile);
  check.name = check.message = investigation.signature;
  const auto is_taken = [&](const Check& other) { return other.suite == check.suite && other.name == check.name; };
  for (int n = 2; std::any_of(checks.begin(), checks.end(), is_taken); ++n) {
    check.name = fmt::format("{} {}", investigation.signature, n);
  }
  check.outcome = Check::Outcome::failed;
  check.details = whole_finding(finding);
  if (stored) check.file = stored->path + "/trace.txt";
  const auto& divergence = investigation.examination.verdict.divergence;
  check.line = line_of_operation(print_trace(investigation.trace), investigation.trace,
                                 divergence ? divergence->operation : investigation.trace.operations.size() - 1);
  checks.push_back(std::move(check));
}

Check whole_check(const std::vector<Check>& findings, std::string suite, std::string name, double seconds) {
  const auto failed =
      std::count_if(findings.begin(), findings.end(), [&](const Check& it) { return it.suite == suite; });
  Check check{std::move(suite), std::move(name), Check::Outcome::passed, seconds};
  if (failed == 0) return check;
  check.outcome = Check::Outcome::failed;
  check.message = counted(static_cast<std::uint64_t>(failed), "finding");
  return check;
}

int report(const ReportOptions& options, const std::string& command, const std::function<std::string(Summary&)>& work) {
  const auto begin = std::chrono::steady_clock::now();
  begin_report(options);
  Summary summary;
  summary.command = command;
  std::string text;
  try {
    text = work(summary);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "cyclecheck: {}\n", error.what());
    summary.add_error(error.what());
    summary.status = kBadInput;
  }
  const std::string_view lines = std::string_view{text}.substr(0, text.find_last_not_of('\n') + 1);
  summary.verdict = lines.substr(lines.rfind('\n') + 1);
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return tell(options, summary, text);
}

}  // namespace cyclecheck::cli

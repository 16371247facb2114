#include "harness/cli/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

// More events than this before and after the first difference are left out.
constexpr std::size_t kContext = 12;
constexpr std::size_t kMinWidth = 28;
constexpr std::size_t kMaxWidth = 60;
constexpr std::size_t kMaxOutputLines = 20;
// A trace that could not be made shorter than this is not printed in full.
constexpr std::size_t kMaxPrinted = 120;

std::string cell(const std::vector<Event>& events, std::size_t i, const Trace& trace) {
  return i < events.size() ? to_string(events[i], trace) : std::string{"-"};
}

// What a subject with a contract did wrong, and the events around it.
std::string broken_promise(const Divergence& divergence, const Trace& trace) {
  std::string text = fmt::format("    {}\n", divergence.broken);
  const std::size_t begin = divergence.at > kContext ? divergence.at - kContext : 0;
  const std::size_t end = std::min(divergence.actual.size(), divergence.at + kContext + 1);
  if (begin > 0) text += fmt::format("    ... {} more before\n", begin);
  for (std::size_t i = begin; i < end; ++i) {
    text += fmt::format("  {} {}\n", i == divergence.at ? '>' : ' ', to_string(divergence.actual[i], trace));
  }
  if (end < divergence.actual.size()) text += fmt::format("    ... {} more\n", divergence.actual.size() - end);
  if (divergence.at >= divergence.actual.size()) text += "  > the end of the operation\n";
  return text;
}

std::string indented(std::string_view text, std::size_t max_lines) {
  std::string result;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) end = text.size();
    if (lines++ == max_lines) {
      result += "    ...\n";
      break;
    }
    result += fmt::format("    {}\n", text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

}  // namespace

std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string counted(std::uint64_t number, std::string_view word) {
  return fmt::format("{} {}{}", grouped(number), word, number == 1 ? "" : "s");
}

std::string name_operation(const Trace& trace, std::size_t operation) {
  if (operation >= trace.operations.size()) return fmt::format("operation {} (behind the end)", operation);
  return fmt::format("operation {}: {}", operation, to_string(trace.operations[operation], trace));
}

std::string side_by_side(const Divergence& divergence, const Trace& trace, const std::string& subject,
                         const std::string& other) {
  if (!divergence.broken.empty()) return broken_promise(divergence, trace);
  const std::size_t rows = std::max(divergence.expected.size(), divergence.actual.size());
  const std::size_t begin = divergence.at > kContext ? divergence.at - kContext : 0;
  const std::size_t end = std::min(rows, divergence.at + kContext + 1);
  std::size_t width = kMinWidth;
  for (std::size_t i = begin; i < end; ++i) {
    width = std::max(width, cell(divergence.expected, i, trace).size() + 2);
  }
  width = std::min(width, kMaxWidth);
  std::string text = fmt::format("    {:<{}}  {}\n", other, width, subject);
  if (begin > 0) text += fmt::format("    ... {} more before\n", begin);
  for (std::size_t i = begin; i < end; ++i) {
    const std::string expected = cell(divergence.expected, i, trace);
    const std::string actual = cell(divergence.actual, i, trace);
    text += fmt::format("  {} {:<{}}  {}\n", expected == actual ? ' ' : '>', expected, width, actual);
  }
  if (end < rows) text += fmt::format("    ... {} more\n", rows - end);
  return text;
}

std::string one_line(const Verdict& verdict, const Trace& trace) {
  if (!verdict.divergence) return verdict.signature;
  return fmt::format("{} at {}", verdict.signature, name_operation(trace, verdict.divergence->operation));
}

std::string recorded_difference(const Recording& recording, const RecordedTrace& recorded, const Verdict& verdict,
                                const std::string& side) {
  const Trace& trace = recorded.trace;
  std::string text =
      fmt::format("{}: {}: {}: {}", where(recording, recorded), recorded.name, side, one_line(verdict, trace));
  if (verdict.divergence) {
    const Divergence& divergence = *verdict.divergence;
    text += fmt::format(": recorded {}, found {}", cell(divergence.expected, divergence.at, trace),
                        cell(divergence.actual, divergence.at, trace));
  }
  return text + "\n";
}

std::string whole_finding(const Finding& finding) {
  const Investigation& investigation = finding.investigation;
  const Verdict& verdict = investigation.examination.verdict;
  const bool is_judged = verdict.divergence && !verdict.divergence->broken.empty();
  std::string text = is_judged ? fmt::format("FINDING {} ({}", investigation.signature, finding.subject)
                               : fmt::format("FINDING {} ({}, {} against the model", investigation.signature,
                                             profile(finding.original.profile).name, finding.subject);
  text += finding.command.empty() ? fmt::format(", seed {}, trace {})\n", finding.seed, finding.index) : ")\n";
  text += fmt::format("  {} operations, shrunk from {}: {}\n", investigation.trace.operations.size(),
                      finding.original.operations.size(), investigation.shrink_verdict());
  if (!finding.later.empty()) text += fmt::format("  later the trace ended in {}\n", finding.later);
  if (!finding.same_as.empty()) text += fmt::format("  shows the same as {}\n", finding.same_as);
  if (!investigation.before.empty()) {
    text += fmt::format("  needs the {} before it\n", counted(investigation.before.size(), "trace"));
  }
  if (investigation.is_flaky()) {
    text += fmt::format("  flaky: {} of {} replays failed in this way\n", investigation.reproduced, kReplays);
  }
  text += indented(print_trace(investigation.trace), kMaxPrinted);
  if (verdict.divergence) {
    text += fmt::format("  {} at {}\n", is_judged ? "it shows" : "first difference",
                        name_operation(investigation.trace, verdict.divergence->operation));
    text += side_by_side(*verdict.divergence, investigation.trace, finding.subject);
  } else if (!verdict.output.empty()) {
    text += fmt::format("  {} wrote\n", finding.subject);
    text += indented(verdict.output, kMaxOutputLines);
  }
  return text;
}

}  // namespace cyclecheck::cli

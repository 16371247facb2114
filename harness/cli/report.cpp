#include "harness/cli/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

// Stands for no event.
constexpr const char* kNothing = "-";

std::string cell(const std::vector<Event>& events, std::size_t i, const Trace& trace) {
  return i < events.size() ? to_string(events[i], trace) : std::string{kNothing};
}

// The events from one on, as many as can be aligned in no time.
std::vector<std::string> cells(const std::vector<Event>& events, std::size_t begin, const Trace& trace) {
  constexpr std::size_t kMost = 400;
  std::vector<std::string> texts;
  for (std::size_t i = begin; i < std::min(events.size(), begin + kMost); ++i) texts.push_back(cell(events, i, trace));
  return texts;
}

// An event that both sides have, one in place of another, or one that a single side has. How many events of each side
// the rows so far show.
struct Row {
  std::string expected;
  std::string actual;
  std::size_t expected_end;
  std::size_t actual_end;
};

// The rows of a diff: as many events as possible stand beside their like. O(n * m)
std::vector<Row> align(const std::vector<std::string>& expected, const std::vector<std::string>& actual) {
  const std::size_t n = expected.size();
  const std::size_t m = actual.size();
  // How many events can stand beside their like from (i, j) on.
  std::vector<std::vector<std::uint16_t>> common(n + 1, std::vector<std::uint16_t>(m + 1));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = expected[i] == actual[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<Row> rows;
  for (std::size_t i = 0, j = 0; i < n || j < m;) {
    // The events up to the next two that are alike stand beside each other in their order.
    std::size_t next_i = i;
    std::size_t next_j = j;
    while (next_i < n && next_j < m && expected[next_i] != actual[next_j]) {
      ++(common[next_i + 1][next_j] >= common[next_i][next_j + 1] ? next_i : next_j);
    }
    if (next_i == n || next_j == m) {
      next_i = n;
      next_j = m;
    }
    while (i < next_i || j < next_j) {
      const bool left = i < next_i;
      const bool right = j < next_j;
      rows.push_back({left ? expected[i] : kNothing, right ? actual[j] : kNothing, i += left, j += right});
    }
    if (i < n && j < m) {
      rows.push_back({expected[i], actual[j], i + 1, j + 1});
      ++i;
      ++j;
    }
  }
  return rows;
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

std::string short_duration(std::chrono::duration<double> time) {
  const auto seconds = static_cast<std::uint64_t>(std::max(0.0, std::ceil(time.count())));
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

std::string name_operation(const Trace& trace, std::size_t operation) {
  if (operation >= trace.operations.size()) return fmt::format("operation {} (behind the end)", operation);
  return fmt::format("operation {}: {}", operation, to_string(trace.operations[operation], trace));
}

std::string side_by_side(const Divergence& divergence, const Trace& trace, const std::string& subject,
                         const std::string& other) {
  if (!divergence.broken.empty()) return broken_promise(divergence, trace);
  const std::size_t begin = divergence.at > kContext ? divergence.at - kContext : 0;
  const std::vector<Row> all = align(cells(divergence.expected, begin, trace), cells(divergence.actual, begin, trace));
  const std::size_t shown = std::min(all.size(), divergence.at - begin + kContext + 1);
  const std::size_t events = std::max(divergence.expected.size(), divergence.actual.size());
  std::size_t width = kMinWidth;
  std::size_t last = begin;
  for (std::size_t i = 0; i < shown; ++i) {
    width = std::max(width, all[i].expected.size() + 2);
    last = std::max(all[i].expected_end, all[i].actual_end) + begin;
  }
  width = std::min(width, kMaxWidth);
  std::string text = fmt::format("    {:<{}}  {}\n", other, width, subject);
  if (begin > 0) text += fmt::format("    ... {} more before\n", begin);
  for (std::size_t i = 0; i < shown; ++i) {
    const Row& row = all[i];
    text += fmt::format("  {} {:<{}}  {}\n", row.expected == row.actual ? ' ' : '>', row.expected, width, row.actual);
  }
  if (last < events) text += fmt::format("    ... {} more\n", events - last);
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
  text += fmt::format("  {}, shrunk from {}: {}\n", counted(investigation.trace.operations.size(), "operation"),
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

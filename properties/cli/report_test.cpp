// Covers: how differences, progress, durations and colours look.
// Does not cover: what a command writes (reports_cli_test.cpp).
#include "harness/cli/report.hpp"

#include <gtest/gtest.h>

#include "harness/cli/checks.hpp"
#include "harness/cli/live_line.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/run_reporter.hpp"
#include "harness/cli/terminal.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;

// Numbers stand for events.
Divergence difference(const std::vector<std::uint32_t>& expected, const std::vector<std::uint32_t>& actual) {
  Divergence divergence;
  for (const auto number : expected) divergence.expected.push_back(Event::numbers(EventKind::count, number));
  for (const auto number : actual) divergence.actual.push_back(Event::numbers(EventKind::count, number));
  while (divergence.at < expected.size() && divergence.at < actual.size() &&
         expected[divergence.at] == actual[divergence.at]) {
    ++divergence.at;
  }
  return divergence;
}

std::size_t marks(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("  > ", at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST(SideBySide, AnInsertedEventMarksOneLine) {
  const std::string text = side_by_side(difference({1, 2, 3, 4, 5, 6}, {1, 9, 2, 3, 4, 5, 6}), {}, "impl");
  EXPECT_EQ(marks(text), 1U) << text;
  EXPECT_NE(text.find("  > -                             count 9"), std::string::npos) << text;
  EXPECT_EQ(marks(side_by_side(difference({1, 2, 3, 4, 5, 6}, {1, 3, 4, 5, 6}), {}, "impl")), 1U);
}

TEST(SideBySide, AChangedEventIsOneLineAndAMovedOneTwo) {
  EXPECT_EQ(marks(side_by_side(difference({1, 2, 3}, {1, 7, 3}), {}, "impl")), 1U);
  EXPECT_EQ(marks(side_by_side(difference({1, 2, 3, 4}, {2, 3, 4, 1}), {}, "impl")), 2U);
  EXPECT_EQ(marks(side_by_side(difference({}, {1, 2}), {}, "impl")), 2U);
}

TEST(SideBySide, LongListsAreCutOnBothSides) {
  std::vector<std::uint32_t> expected(5000);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<std::uint32_t>(i);
  std::vector<std::uint32_t> actual = expected;
  actual.insert(actual.begin() + 2000, 99999);
  const std::string text = side_by_side(difference(expected, actual), {}, "impl");
  EXPECT_EQ(marks(text), 1U) << text;
  EXPECT_NE(text.find("    ... 1988 more before\n"), std::string::npos) << text;
  EXPECT_NE(text.find("    ... 2988 more\n"), std::string::npos) << text;
}

TEST(Findings, ThoseThatShowTheSameStandTogether) {
  SearchResult result;
  std::vector<std::string> folders;
  for (const char* same_as : {"", "lost-1", "", "lost-1"}) {
    Finding& finding = result.findings.emplace_back();
    finding.investigation.signature = "lost";
    finding.same_as = same_as;
    folders.push_back("findings/lost-" + std::to_string(folders.size() + 1));
  }
  EXPECT_EQ(list_findings(result, folders),
            "lost  findings/lost-1\n  the same  findings/lost-2\n  the same  findings/lost-4\nlost  findings/lost-3\n");
  EXPECT_NE(verdict(result, folders, 7).find("\n4 findings of 2 kinds; seed 7; "), std::string::npos);
}

TEST(Progress, FitsTheTerminal) {
  const Progress progress{0.424, duration<double>{11.2}, {"1,234 traces", "2 findings", "9 operations/s"}};
  EXPECT_EQ(fitted(progress, 80), "42 %, 12s left: 1,234 traces, 2 findings, 9 operations/s");
  EXPECT_EQ(fitted(progress, 42), "42 %, 12s left: 1,234 traces, 2 findings");
  EXPECT_EQ(fitted(progress, 20), "42 %, 12s left");
  EXPECT_EQ(fitted(progress, 6), "42 %, ");
  EXPECT_EQ(fitted({{}, {}, {"shrinking"}}, 80), "shrinking");
}

TEST(Progress, TheLimitThatEndsFirstCounts) {
  const Progress both = progress_of(duration<double>{10}, duration<double>{100}, 50, 100);
  EXPECT_DOUBLE_EQ(*both.done, 0.5);
  EXPECT_DOUBLE_EQ(both.left->count(), 10);
  const Progress time = progress_of(duration<double>{10}, duration<double>{20}, 1, 1000);
  EXPECT_DOUBLE_EQ(*time.done, 0.5);
  EXPECT_FALSE(progress_of(duration<double>{10}, {}, 5, {}).done);
}

TEST(Durations, AreReadAndWritten) {
  const std::pair<const char*, int> good[] = {{"1d", 86'400'000}, {"1m30s", 90'000}, {"0.5s", 500},
                                              {"20", 20'000},     {"250ms", 250},    {"1h0.5m", 3'630'000}};
  for (const auto& [text, number] : good) EXPECT_EQ(parse_duration(text), milliseconds{number}) << text;
  for (const char* text :
       {"", "0", "0s", "-1s", "1x", "s", "1.s", ".5s", "1m-30s", "30s1", "1001h", "1e3s", "0.0001s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(short_duration(duration<double>{11.2}), "12s");
  EXPECT_EQ(short_duration(duration<double>{185}), "3m05s");
  EXPECT_EQ(short_duration(duration<double>{7800}), "2h10m");
}

TEST(Colours, MarkFindingsDifferencesAndVerdicts) {
  EXPECT_EQ(coloured("FINDING x\n  3 operations\n"), "\x1B[1;31mFINDING x\x1B[0m\n  3 operations\n");
  EXPECT_EQ(coloured("  > a  b\n    a  b"), "\x1B[33m  > a  b\x1B[0m\n    a  b");
  EXPECT_EQ(coloured("5 traces agree; seed 1\n"), "\x1B[32m5 traces agree; seed 1\x1B[0m\n");
}

TEST(Lines, AreThoseOfTheFile) {
  const std::string text =
      "# Why.\ncyclecheck-trace 1\nprofile python3.11\n\nnew a node\n  # Here.\ndrop a # Gone.\r\ncollect 2";
  const Trace trace = std::get<Trace>(parse_trace(text));
  EXPECT_EQ(line_of_operation(text, trace, 0), 5U);
  EXPECT_EQ(line_of_operation(text, trace, 1), 7U);
  EXPECT_EQ(line_of_operation(text, trace, 2), 8U);
  EXPECT_EQ(line_of_operation(text, trace, 3), 0U);
  EXPECT_EQ(line_of_operation("CYCT", trace, 1), 0U);
}

}  // namespace
}  // namespace cyclecheck::cli

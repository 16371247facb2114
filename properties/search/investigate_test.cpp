// Covers: how hangs are shrunk: attempts end by processor time, a subject that is merely slow is not taken for one that
// hangs, and what waits without using the processor ends by the clock.
// Does not cover: failures of other kinds (isolate_test.cpp, cli_test.cpp), nor how traces become simpler
// (shrink_test.cpp).
#include "harness/search/investigate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "harness/compare/registry.hpp"
#include "harness/subjects/model_subject.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using std::chrono::milliseconds;

// The clock never comes to it.
constexpr milliseconds kNever{24 * 3'600'000};

std::size_t clears(const Trace& trace) {
  return static_cast<std::size_t>(std::count_if(trace.operations.begin(), trace.operations.end(),
                                                [](const Operation& o) { return o.code == OpCode::clear; }));
}

// Uses the processor for ever if there are three `clear`.
class Busy final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "busy"; }
  [[nodiscard]] Level level() const override { return Level::order; }

  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, log);
    for (volatile bool for_ever = clears(trace) >= 3; for_ever;) {
    }
  }

 private:
  ModelSubject model_;
};

// A subject whose time is counted, and not measured: some milliseconds of the processor for each `clear`, for ever from
// three of them on. With two `weakref` it is wrong in another way.
class CountedTime final : public TraceChecker {
 public:
  explicit CountedTime(milliseconds each) : each_(each) {}

  [[nodiscard]] Verdict check(const Trace& trace) override {
    const auto weakrefs = std::count_if(trace.operations.begin(), trace.operations.end(),
                                        [](const Operation& o) { return o.code == OpCode::weakref; });
    Verdict verdict;
    const std::size_t count = clears(trace);
    const milliseconds needed = count >= 3 ? milliseconds::max() : static_cast<int>(count) * each_;
    const milliseconds allowed = processor_time_.count() > 0 ? std::min(timeout_, processor_time_) : timeout_;
    if (needed > allowed) {
      verdict.outcome = Outcome::hang;
      verdict.signature = "hang";
    } else if (weakrefs >= 2) {
      verdict.outcome = Outcome::crash;
      verdict.signature = "crash";
    }
    return verdict;
  }
  [[nodiscard]] Examination examine(const Trace& trace) override { return {check(trace), {}, {}}; }
  void set_timeout(milliseconds timeout) override { timeout_ = timeout; }
  void set_processor_time(milliseconds limit) override { processor_time_ = limit; }

 private:
  milliseconds each_;
  milliseconds timeout_ = kNever;
  milliseconds processor_time_{0};
};

Trace parse(const std::string& operations) {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations));
}

Investigation investigate_hang(milliseconds each, const Trace& trace) {
  CountedTime checker(each);
  Verdict hang;
  hang.outcome = Outcome::hang;
  hang.signature = "hang";
  ShrinkOptions options;
  options.budget = kNever;
  return investigate(checker, trace, hang, kNever, options);
}

// If the clock ended it, this test would not.
TEST(Investigate, ProcessorTimeEndsATraceLongBeforeItsTimeout) {
  SubjectEntry entry;
  entry.name = "busy";
  entry.make = [] { return std::make_unique<Busy>(); };
  Isolated runner(against_model(entry, Level::order), Observe::digest, kNever);
  runner.set_processor_time(milliseconds{200});
  EXPECT_EQ(runner.check(parse("clear a\nclear a\nclear a\n")).signature, "hang");
  // The next one has as much again.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(runner.check(parse("clear a\n")).outcome, Outcome::agree);
}

TEST(Investigate, AHangIsShrunk) {
  const Investigation hang =
      investigate_hang(milliseconds{0}, parse("new a node\nclear a\nnew b node\nclear b\nclear a\ndrop a\n"));
  EXPECT_EQ(hang.trace.operations.size(), 3U) << print_trace(hang.trace);
  EXPECT_EQ(hang.signature, "hang");
  EXPECT_TRUE(hang.one_minimal);
  EXPECT_FALSE(hang.is_flaky());
}

TEST(Investigate, ASlowSubjectIsNotTakenForOneThatHangs) {
  // Two of them take longer than an attempt may, and end.
  const Investigation hang = investigate_hang(milliseconds{40}, parse("clear a\nclear a\nclear a\n"));
  EXPECT_EQ(hang.trace.operations.size(), 3U) << print_trace(hang.trace);
  EXPECT_FALSE(hang.is_flaky());
}

// Without its three `clear` the trace still fails, but does not hang.
TEST(Investigate, AnotherFailureIsNotTakenForTheOneThatWasFound) {
  const std::string both = "new a node\nclear a\nweakref b a\nclear a\nweakref c a\nclear a\n";
  const Investigation hang = investigate_hang(milliseconds{0}, parse(both));
  EXPECT_EQ(clears(hang.trace), 3U) << print_trace(hang.trace);
  EXPECT_EQ(hang.trace.operations.size(), 3U) << print_trace(hang.trace);
  EXPECT_EQ(hang.examination.verdict.outcome, Outcome::hang);
}

// Behind another trace two `clear` are enough, alone it takes four.
TEST(Investigate, WhatASubjectKeepsFromOneAttemptDoesNotHelpTheNext) {
  Isolated runner(against_model(toy_subject("stale", Fault::stale, OpCode::clear, 2), Level::order), Observe::digest,
                  kNever);
  const Trace trace = parse("new a node\nclear a\nclear a\nnew b node\nclear a\nclear a\nclear a\ndrop a\n");
  const Verdict seen = runner.check(trace);
  ASSERT_EQ(seen.outcome, Outcome::divergence);
  ShrinkOptions options;
  options.budget = kNever;
  const Investigation found = investigate(runner, trace, seen, kNever, options);
  EXPECT_EQ(clears(found.trace), 4U) << print_trace(found.trace);
  EXPECT_EQ(found.reproduced, kReplays);
}

TEST(Investigate, WhatWaitsForEverEndsByTheClock) {
  Isolated runner(against_model(toy_subject("hangs", Fault::hangs, OpCode::clear, 2), Level::order), Observe::digest,
                  milliseconds{200});
  runner.set_processor_time(kNever);
  EXPECT_EQ(runner.check(parse("clear a\nclear a\n")).signature, "hang");
  runner.set_timeout(kNever);
  EXPECT_EQ(runner.check(parse("clear a\n")).outcome, Outcome::agree);
}

}  // namespace
}  // namespace cyclecheck

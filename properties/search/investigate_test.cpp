// Covers: how hangs are shrunk: attempts end by processor time, a subject that is merely slow is not taken for one that
// hangs, and what waits without using the processor ends by the clock.
// Does not cover: failures of other kinds (isolate_test.cpp, cli_test.cpp), nor how traces become simpler
// (shrink_test.cpp).
#include "harness/search/investigate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>

#include "harness/compare/registry.hpp"
#include "harness/subjects/model_subject.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeout{60'000};

milliseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + milliseconds{time.tv_nsec / 1'000'000};
}

// Uses the processor for a while at every `clear`, and for ever if there are three of them.
class Busy final : public Subject {
 public:
  explicit Busy(milliseconds each) : each_(each) {}

  [[nodiscard]] std::string name() const override { return "busy"; }
  [[nodiscard]] Level level() const override { return Level::order; }

  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, log);
    const auto clears = std::count_if(trace.operations.begin(), trace.operations.end(),
                                      [](const Operation& operation) { return operation.code == OpCode::clear; });
    const milliseconds end = processor_time() + clears * each_;
    while (clears >= 3 || processor_time() < end) {
    }
  }

 private:
  ModelSubject model_;
  milliseconds each_;
};

SubjectEntry busy(milliseconds each) {
  SubjectEntry entry;
  entry.name = "busy";
  entry.make = [each] { return std::make_unique<Busy>(each); };
  return entry;
}

Trace parse(const std::string& operations) {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations));
}

Investigation investigate_hang(const SubjectEntry& entry, const Trace& trace) {
  Isolated runner(against_model(entry, Level::order), Observe::digest, kTimeout);
  Verdict hang;
  hang.outcome = Outcome::hang;
  hang.signature = "hang";
  return investigate(runner, trace, hang, kTimeout, {});
}

TEST(Investigate, ProcessorTimeEndsATraceLongBeforeItsTimeout) {
  Isolated runner(against_model(busy(milliseconds{0}), Level::order), Observe::digest, kTimeout);
  runner.set_processor_time(milliseconds{30});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(runner.check(parse("clear a\nclear a\nclear a\n")).signature, "hang");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kTimeout / 2);
  // The next one has as much again.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(runner.check(parse("clear a\n")).outcome, Outcome::agree);
}

TEST(Investigate, AHangIsShrunk) {
  const Investigation hang =
      investigate_hang(busy(milliseconds{0}), parse("new a node\nclear a\nnew b node\nclear b\nclear a\ndrop a\n"));
  EXPECT_EQ(hang.trace.operations.size(), 3U) << print_trace(hang.trace);
  EXPECT_EQ(hang.signature, "hang");
  EXPECT_TRUE(hang.one_minimal);
  EXPECT_FALSE(hang.is_flaky());
}

TEST(Investigate, ASlowSubjectIsNotTakenForOneThatHangs) {
  // Two of them take longer than an attempt may, and end.
  const Investigation hang = investigate_hang(busy(milliseconds{40}), parse("clear a\nclear a\nclear a\n"));
  EXPECT_EQ(hang.trace.operations.size(), 3U) << print_trace(hang.trace);
  EXPECT_FALSE(hang.is_flaky());
}

TEST(Investigate, WhatWaitsForEverEndsByTheClock) {
  Isolated runner(against_model(toy_subject("hangs", Fault::hangs, OpCode::clear, 2), Level::order), Observe::digest,
                  milliseconds{200});
  runner.set_processor_time(milliseconds{30});
  EXPECT_EQ(runner.check(parse("clear a\nclear a\n")).signature, "hang");
  EXPECT_EQ(runner.check(parse("clear a\n")).outcome, Outcome::agree);
}

}  // namespace
}  // namespace cyclecheck

// Covers: a side against a recording: every way in which it can fail is a verdict on the trace, the others are checked,
// and the model counts its rules in the worker.
// Does not cover: which parts of logs are compared (stored/recording_test.cpp), and interpreters
// (cli/conform_cli_test.cpp).
#include "harness/replay/check_recording.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "harness/replay/rule_counts.hpp"
#include "harness/subjects/model_subject.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr std::chrono::milliseconds kShort{300};

// What the model does, recorded; the toys' faults are triggered by the second of three traces.
Recording three_traces() {
  Recording recording;
  recording.path = "x.conformance";
  recording.interpreter = "CPython 3.11.7";
  recording.observe = Observe::full;
  recording.recorded = all_recorded_kinds();
  for (const char* operations :
       {"new a node\ndrop a\n", "new a node\nclear a\nclear a\ndrop a\n", "new b node\ncollect 2\n"}) {
    RecordedTrace& recorded = recording.traces.emplace_back();
    recorded.name = "trace " + std::to_string(recording.traces.size());
    recorded.trace = std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + std::string(operations)));
    ModelSubject().run(recorded.trace, recording.observe, recorded.log);
  }
  return recording;
}

SubjectEntry toy(Fault fault) { return toy_subject("toy", fault, OpCode::clear, 2); }

// What is told of each trace that does not agree: "trace 2: hang".
struct Checked {
  RecordingSummary summary;
  std::vector<std::string> told;
};

Checked check_side(const Recording& recording, const SubjectEntry& side,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
  Checked result;
  RecordingCheck check;
  check.timeout = timeout;
  check.on_disagreement = [&](const RecordedTrace& recorded, const Verdict& verdict) {
    result.told.push_back(recorded.name + ": " + verdict.signature);
  };
  result.summary = check_recording(recording, side, check);
  return result;
}

using Told = std::vector<std::string>;

TEST(CheckRecording, ASoundSideAgrees) {
  const Checked result = check_side(three_traces(), toy(Fault::none));
  EXPECT_EQ(result.told, Told{});
  EXPECT_EQ(result.summary.traces, 3U);
  EXPECT_EQ(result.summary.agree, 3U);
  const auto died = static_cast<std::size_t>(EventKind::died);
  EXPECT_EQ(result.summary.agreement.recorded[died], 2U);
  EXPECT_EQ(result.summary.agreement.agreed[died], 2U);
}

TEST(CheckRecording, EveryFaultIsAVerdictAndTheOthersAreChecked) {
  const std::pair<Fault, const char*> faults[] = {
      {Fault::lies, "missing died node"}, {Fault::hangs, "hang"},   {Fault::crashes, "crash SIGSEGV"},
      {Fault::aborts, "crash SIGABRT"},   {Fault::exits, "exit 3"}, {Fault::throws, "exception std::runtime_error"},
  };
  for (const auto& [fault, signature] : faults) {
    const Checked result =
        check_side(three_traces(), toy(fault), fault == Fault::hangs ? kShort : std::chrono::seconds(10));
    EXPECT_EQ(result.told, Told{std::string("trace 2: ") + signature});
    EXPECT_EQ(result.summary.traces, 3U) << signature;
    EXPECT_EQ(result.summary.agree, 2U) << signature;
  }
}

TEST(CheckRecording, DivergencesShowWhatWasRecordedFirst) {
  Recording recording = three_traces();
  RecordingCheck check;
  std::string text;
  check.on_disagreement = [&](const RecordedTrace& recorded, const Verdict& verdict) {
    const Divergence& divergence = *verdict.divergence;
    EXPECT_EQ(divergence.operation, 3U);
    text = to_string(divergence.expected.at(divergence.at), recorded.trace);
    EXPECT_EQ(divergence.actual.size() + 1, divergence.expected.size());
  };
  (void)check_recording(recording, toy(Fault::lies), check);
  EXPECT_EQ(text, "died a");
}

TEST(CheckRecording, WhatTheSideCannotRunIsLeftOut) {
  SubjectEntry side = toy(Fault::lies);
  side.missing.set(static_cast<std::size_t>(OpCode::clear));
  const Checked result = check_side(three_traces(), side);
  EXPECT_EQ(result.told, Told{});
  EXPECT_EQ(result.summary.traces, 2U);
  EXPECT_EQ(result.summary.left_out, 1U);
}

TEST(CheckRecording, NoMoreIsComparedThanTheLevelSays) {
  Recording recording = three_traces();
  // The count after the first operation.
  Log wrong;
  for (std::size_t i = 0; i < recording.traces[0].log.operations(); ++i) {
    if (i == 0) wrong.add(Event::numbers(EventKind::count, 9, 9, 9));
    for (const Event& event : recording.traces[0].log.of(i)) wrong.add(event);
    wrong.end_operation();
  }
  recording.traces[0].log = wrong;
  EXPECT_EQ(check_side(recording, toy(Fault::none)).told.size(), 1U);
  RecordingCheck check;
  check.level = Level::weakrefs;
  check.on_disagreement = [](const RecordedTrace&, const Verdict& verdict) { ADD_FAILURE() << verdict.signature; };
  EXPECT_EQ(check_recording(recording, toy(Fault::none), check).agree, 3U);
}

TEST(CheckRecording, TwiceTheSameTraceWithDifferentLogs) {
  Recording recording = three_traces();
  recording.traces[2] = recording.traces[0];
  recording.traces[2].name = "trace 3";
  recording.traces[2].log = Log{};
  recording.traces[2].log.end_operation();
  recording.traces[2].log.end_operation();
  EXPECT_EQ(check_side(recording, toy(Fault::none)).told, Told{"trace 3: extra count"});
}

TEST(CheckRecording, ANewWorkerGoesOnWhereTheOldOneDied) {
  Recording recording = three_traces();
  recording.traces.push_back(recording.traces[0]);
  recording.traces[0].log = Log{};
  recording.traces[0].log.end_operation();
  recording.traces[0].log.end_operation();
  EXPECT_EQ(check_side(recording, toy(Fault::crashes)).told, (Told{"trace 1: extra count", "trace 2: crash SIGSEGV"}));
}

TEST(CheckRecording, StopsWhenItIsTold) {
  RecordingCheck check;
  std::size_t asked = 0;
  check.stop = [&] { return ++asked > 2; };
  EXPECT_LT(check_recording(three_traces(), toy(Fault::none), check).traces, 3U);
  EXPECT_EQ(asked, 3U);
}

TEST(RuleCounts, AreThoseOfTheModelInTheWorker) {
  const RuleCounts counts;
  EXPECT_TRUE(counts.rows().empty());
  EXPECT_EQ(check_side(three_traces(), counts.counted_model()).told, Told{});
  const auto rows = counts.rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].profile, ProfileId::python3_11);
  std::array<std::uint64_t, kRules> expected{};
  for (const RecordedTrace& recorded : three_traces().traces) {
    ModelSubject model;
    Log log;
    model.run(recorded.trace, Observe::full, log);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += model.reach().rules[i];
  }
  EXPECT_EQ(rows[0].count, expected);
}

}  // namespace
}  // namespace cyclecheck

// Covers: every way in which a subject can fail becomes a verdict with its signature, and the next trace runs again.
// Does not cover: sanitizer reports of real bugs; their text is tested in Signature below.
#include "harness/isolate/isolated.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "harness/compare/registry.hpp"
#include "harness/generate/generate_trace.hpp"
#include "harness/isolate/message.hpp"
#include "harness/system/worker_process.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};
constexpr std::chrono::milliseconds kShort{300};

Trace parse(const std::string& operations) {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations));
}

// Triggers the toys' faults: two `clear` operations.
Trace bad_trace() { return parse("new a node\nclear a\nclear a\ndrop a\n"); }
Trace good_trace() { return parse("new a node\ndrop a\n"); }

Isolated isolated(Fault fault, std::chrono::milliseconds timeout = kTimeout) {
  return {against_model(toy_subject("toy", fault, OpCode::clear, 2), Level::order), Observe::digest, timeout};
}

struct Expected {
  Fault fault;
  Outcome outcome;
  const char* signature;
};

class EveryFault : public testing::TestWithParam<Expected> {};

TEST_P(EveryFault, BecomesAVerdictAndTheNextTraceRuns) {
  const Expected& expected = GetParam();
  Isolated runner = isolated(expected.fault, expected.fault == Fault::hangs ? kShort : kTimeout);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(runner.check(good_trace()).outcome, Outcome::agree);
    const Verdict verdict = runner.check(bad_trace());
    EXPECT_EQ(verdict.outcome, expected.outcome);
    EXPECT_EQ(verdict.signature, expected.signature);
  }
}

INSTANTIATE_TEST_SUITE_P(Isolate, EveryFault,
                         testing::Values(Expected{Fault::none, Outcome::agree, ""},
                                         Expected{Fault::lies, Outcome::divergence, "missing died node"},
                                         Expected{Fault::crashes, Outcome::crash, "crash SIGSEGV"},
                                         Expected{Fault::aborts, Outcome::crash, "crash SIGABRT"},
                                         Expected{Fault::hangs, Outcome::hang, "hang"},
                                         Expected{Fault::throws, Outcome::exception, "exception std::runtime_error"},
                                         Expected{Fault::exits, Outcome::crash, "exit 3"},
                                         Expected{Fault::exits_well, Outcome::crash, "exit 0"}));

TEST(Isolate, AnExaminationHasTheLogsOfTheLiving) {
  Isolated lies = isolated(Fault::lies);
  const Examination both = lies.examine(bad_trace());
  ASSERT_TRUE(both.model && both.subject);
  EXPECT_EQ(both.model->operations(), 4U);
  EXPECT_EQ(both.model->all().size(), both.subject->all().size() + 1);

  Isolated crashes = isolated(Fault::crashes);
  const Examination one = crashes.examine(bad_trace());
  EXPECT_TRUE(one.model);
  EXPECT_FALSE(one.subject);
  EXPECT_EQ(one.verdict.output, "the toy is about to crash\n");
}

TEST(Isolate, AModelThatDiesIsBlamedItself) {
  const MakeContestants swapped = [] {
    Contestants contestants;
    contestants.model = toy_subject("toy", Fault::crashes, OpCode::clear, 2).make();
    contestants.subject = toy_subject("toy", Fault::none).make();
    return contestants;
  };
  Isolated runner(swapped, Observe::digest, kTimeout);
  EXPECT_EQ(runner.check(bad_trace()).signature, "crash SIGSEGV in the model");
}

TEST(Isolate, TheStackIsLarge) {
  // Rule T4 lets deaths nest by some 10,000 levels before anything is deposited.
  std::string chain = "new a node\n";
  for (int i = 0; i < 12'000; ++i) chain += i % 2 == 0 ? "new b node\nappend b a\n" : "new a node\nappend a b\n";
  const auto trace =
      std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.13\n" + chain + "drop b\ndrop a\n"));
  EXPECT_EQ(isolated(Fault::none).check(trace).outcome, Outcome::agree);
}

TEST(Isolate, TheChildIgnoresInterrupts) {
  WorkerProcess worker([](int socket) {
    std::raise(SIGINT);
    MessageWriter writer;
    writer.put(42);
    (void)send_message(socket, writer);
  });
  std::vector<std::uint8_t> bytes;
  ASSERT_EQ(receive_message(worker.socket(), kTimeout, bytes), Receive::message);
  EXPECT_EQ(MessageReader{bytes}.get<int>(), 42);
  const WorkerProcess::End end = worker.wait(5);
  EXPECT_EQ(end.signal, 0);
  EXPECT_EQ(end.status, 0);
}

TEST(Message, SurvivesSendingAndReading) {
  Verdict verdict;
  verdict.outcome = Outcome::divergence;
  verdict.signature = "changed count";
  verdict.output = "text";
  verdict.divergence = Divergence{7, Level::timing, {Event::numbers(EventKind::count, 1)}, {}, 0, "changed count"};
  const Trace trace = generate(1, 3, {});
  MessageWriter writer;
  writer.put(verdict);
  writer.put(trace);
  MessageReader reader{writer.bytes()};
  const Verdict read = reader.get_verdict();
  EXPECT_EQ(read.signature, verdict.signature);
  EXPECT_EQ(read.output, "text");
  EXPECT_EQ(read.divergence->operation, 7U);
  EXPECT_EQ(read.divergence->expected, verdict.divergence->expected);
  EXPECT_EQ(reader.get_trace(), trace);
}

TEST(Message, OneThatWasCutOffReadsAsZeros) {
  MessageWriter writer;
  writer.put(generate(1, 3, {}));
  for (std::size_t size = 0; size < writer.bytes().size(); size += 97) {
    MessageReader reader{writer.bytes().first(size)};
    (void)reader.get_trace();
    EXPECT_EQ(reader.get<int>(), 0);
  }
}

TEST(CrashSignature, NamesTheSanitizerBeforeTheSignal) {
  WorkerProcess::End end;
  end.signal = SIGABRT;
  EXPECT_EQ(signature_of(end), "crash SIGABRT");
  end.output = "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x6020\n";
  EXPECT_EQ(signature_of(end), "crash AddressSanitizer heap-use-after-free");
  end.output = "impl/heap.cpp:3:5: runtime error: signed integer overflow\n";
  EXPECT_EQ(signature_of(end), "crash UndefinedBehaviorSanitizer");
  // By itself it catches signals as well, and exits.
  end = {};
  end.status = 1;
  end.output =
      "UndefinedBehaviorSanitizer:DEADLYSIGNAL\n==12==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address\n";
  EXPECT_EQ(signature_of(end), "crash UndefinedBehaviorSanitizer SEGV");
  end = {};
  end.status = 3;
  EXPECT_EQ(signature_of(end), "exit 3");
}

}  // namespace
}  // namespace cyclecheck

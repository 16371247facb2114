// Covers: every way in which a subject can fail becomes a verdict with its signature, and the next trace runs again.
// Does not cover: sanitizer reports of real bugs; their text is tested in Signature below.
#include "harness/isolate/isolated.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <thread>

#include "harness/compare/registry.hpp"
#include "harness/generate/generate_trace.hpp"
#include "harness/isolate/hang_guard.hpp"
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

Isolated isolated(Fault fault) {
  return {against_model(toy_subject("toy", fault, OpCode::clear, 2), Level::order), Observe::digest, kTimeout};
}

struct Expected {
  Fault fault;
  Outcome outcome;
  const char* signature;
};

class EveryFault : public testing::TestWithParam<Expected> {};

TEST_P(EveryFault, BecomesAVerdictAndTheNextTraceRuns) {
  const Expected& expected = GetParam();
  Isolated runner = isolated(expected.fault);
  for (int round = 0; round < 2; ++round) {
    runner.set_timeout(kTimeout);
    EXPECT_EQ(runner.check(good_trace()).outcome, Outcome::agree);
    if (expected.fault == Fault::hangs) runner.set_timeout(kShort);
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

// What it keeps from the trace that it threw at makes it wrong ever after.
TEST(Isolate, ASubjectThatThrewIsMadeAnew) {
  SubjectEntry entry = toy_subject("toy", Fault::none);
  entry.make = [] { return std::make_unique<Spoilt>(OpCode::clear, 2); };
  Isolated runner(against_model(entry, Level::order), Observe::digest, kTimeout);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(runner.check(bad_trace()).signature, "exception std::runtime_error");
    EXPECT_EQ(runner.check(good_trace()).outcome, Outcome::agree);
    EXPECT_EQ(runner.examine(good_trace()).verdict.outcome, Outcome::agree);
  }
}

// Neither what it takes to start a worker, nor what the model takes, is the subject's.
TEST(Isolate, ASubjectIsNotTakenForOneThatHangsBecauseItsWorkerStarts) {
  constexpr std::chrono::milliseconds kLimit{1000};
  const MakeContestants sound = against_model(toy_subject("toy", Fault::none), Level::order);
  const MakeContestants sleeps = [&] {
    std::this_thread::sleep_for(2 * kLimit);
    return sound();
  };
  EXPECT_EQ(Isolated(sleeps, Observe::digest, kLimit).check(good_trace()).outcome, Outcome::agree);
  const MakeContestants works = [&] {
    const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 2;
    while (std::clock() < end) {
    }
    return sound();
  };
  Isolated runner(works, Observe::digest, kTimeout);
  runner.set_processor_time(std::chrono::milliseconds{400});
  EXPECT_EQ(runner.check(good_trace()).outcome, Outcome::agree);
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

struct FakeWorker {
  std::chrono::microseconds others{0};
  std::chrono::microseconds own{0};
  [[nodiscard]] std::chrono::microseconds delayed() const { return others; }
  [[nodiscard]] std::chrono::microseconds processor_time() const { return own; }
};

TEST(HangGuard, TimeInWhichOthersHadTheProcessorDoesNotCount) {
  using namespace std::chrono_literals;
  constexpr TraceLimits kNone{0ms, 0ms};
  HangGuard guard;
  FakeWorker worker;
  guard.begin(worker, 1, kNone);
  EXPECT_EQ(guard.left(worker, 1, kNone), 0ms);
  worker.others = 1000h;
  EXPECT_GT(guard.left(worker, 1, kNone), 999h);
  // With another beat the time begins anew.
  EXPECT_EQ(guard.left(worker, 2, kNone), 0ms);
}

TEST(HangGuard, ProcessorTimeIsLimited) {
  using namespace std::chrono_literals;
  constexpr TraceLimits kLimits{1000h, 10ms};
  HangGuard guard;
  FakeWorker worker;
  guard.begin(worker, 1, kLimits);
  EXPECT_EQ(guard.left(worker, 1, kLimits), 10ms);
  worker.own = 10ms;
  EXPECT_EQ(guard.left(worker, 1, kLimits), 0ms);
}

// Two workers on one processor wait for each other.
TEST(WorkerProcess, TellsHowLongOthersHadTheProcessor) {
  if (!std::filesystem::exists("/proc/self/schedstat")) GTEST_SKIP() << "this system does not tell";
  const auto work = [](int /*socket*/) {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    (void)sched_setaffinity(0, sizeof first, &first);
    for (volatile bool for_ever = true; for_ever;) {
    }
  };
  const WorkerProcess one(work);
  const WorkerProcess other(work);
  while (one.processor_time() < std::chrono::milliseconds{100} ||
         other.processor_time() < std::chrono::milliseconds{100}) {
    sched_yield();
  }
  EXPECT_GT((one.delayed() + other.delayed()).count(), 0);
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

// Each field alone, so that none can be lost or take the place of another.
TEST(Message, EveryFieldOfAnOperationArrives) {
  using Change = void (*)(Operation&);
  const Change changes[] = {
      [](Operation& o) { o.code = OpCode::mapset; },
      [](Operation& o) { o.kind = ObjectKind::dict; },
      [](Operation& o) { o.finalizer = FinalizerKind::legacy; },
      [](Operation& o) { o.target = Name{7}; },
      [](Operation& o) { o.a = Operand::label(Name{3}, 4); },
      [](Operation& o) { o.b = Operand::variable(Name{5}, 6); },
      [](Operation& o) { o.c = Operand::label(Name{8}, 9); },
      [](Operation& o) { o.script = 1; },
      [](Operation& o) {
        o.number = {1, -2, 3};
      },
      [](Operation& o) { o.count = 2; },
      [](Operation& o) { o.text = "abc"; },
  };
  for (const Change change : changes) {
    Trace trace = empty_trace(ProfileId::python3_13);
    trace.settings = {{1, 2, 3}, false, true};
    trace.names = {"a", "b"};
    trace.operations.resize(2);
    trace.scripts.resize(2, Script(3));
    change(trace.operations[1]);
    change(trace.scripts[1][2]);
    MessageWriter writer;
    writer.put(trace);
    MessageReader reader{writer.bytes()};
    EXPECT_EQ(reader.get_trace(), trace) << &change - changes;
  }
}

TEST(Message, AVerdictArrivesWithAllThatIsInIt) {
  Verdict verdict;
  verdict.outcome = Outcome::exception;
  verdict.signature = "one";
  verdict.left_out = true;
  verdict.also.resize(2);
  verdict.also[0].outcome = Outcome::divergence;
  verdict.also[0].signature = "two";
  verdict.also[0].divergence = Divergence{1, Level::weakrefs, {}, {Event::nothing(EventKind::deref)}, 3, "two", "J2"};
  verdict.also[1].outcome = Outcome::hang;
  verdict.also[1].output = "three";
  MessageWriter writer;
  writer.put(verdict);
  MessageReader reader{writer.bytes()};
  const Verdict read = reader.get_verdict();
  EXPECT_EQ(read.outcome, Outcome::exception);
  EXPECT_TRUE(read.left_out);
  EXPECT_FALSE(read.divergence);
  ASSERT_EQ(read.also.size(), 2U);
  ASSERT_TRUE(read.also[0].divergence);
  EXPECT_EQ(read.also[0].divergence->level, Level::weakrefs);
  EXPECT_EQ(read.also[0].divergence->actual, verdict.also[0].divergence->actual);
  EXPECT_EQ(read.also[0].divergence->at, 3U);
  EXPECT_EQ(read.also[0].divergence->signature, "two");
  EXPECT_EQ(read.also[0].divergence->broken, "J2");
  EXPECT_EQ(read.also[1].outcome, Outcome::hang);
  EXPECT_EQ(read.also[1].output, "three");
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

// Covers: the parts of fuzzing campaigns: tables of heap states, estimates, features, what targets say, plots, the
// built-in engine, and the engine that runs a target, with a script in place of one.
// Does not cover: sessions (session_test.cpp).
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/campaign/built_in_engine.hpp"
#include "harness/campaign/discard.hpp"
#include "harness/campaign/guidance.hpp"
#include "harness/campaign/inputs.hpp"
#include "harness/campaign/plot.hpp"
#include "harness/campaign/session_time.hpp"
#include "harness/campaign/state_store.hpp"
#include "harness/campaign/target_engine.hpp"
#include "harness/campaign/unseen_states.hpp"
#include "properties/support/temporary_directory.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/binary.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

HeapState state(std::uint8_t outcome, std::uint8_t component = 0) {
  HeapState state;
  state.outcome = outcome;
  state.component = component;
  return state;
}

StateCounts make_counts(const std::string& path, std::size_t places) {
  return std::get<StateCounts>(StateCounts::create(path, places));
}

TEST(StateCounts, AnExecutionCountsEachStateOnce) {
  TemporaryDirectory directory;
  StateCounts counts = make_counts(directory.file("t"), 64);
  counts.count_execution(std::vector{state(1), state(2), state(1)});
  counts.count_execution(std::vector{state(1)});
  counts.count_execution(std::vector{state(1)});
  counts.count_execution({});
  const StateTotals totals = counts.totals();
  EXPECT_EQ(totals.executions, 4U);
  EXPECT_EQ(totals.states, 2U);
  EXPECT_EQ(totals.once, 1U);
  EXPECT_EQ(totals.twice, 0U);
}

TEST(StateCounts, ProcessesCountTogetherAndAKilledOneLosesNothing) {
  TemporaryDirectory directory;
  StateCounts counts = make_counts(directory.file("t"), 1024);
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      StateCounts mine = std::get<StateCounts>(StateCounts::open(directory.file("t")));
      for (std::uint8_t s = 0; s < 60; ++s) mine.count_execution(std::vector{state(s), state(60)});
      raise(SIGKILL);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  EXPECT_EQ(counts.totals().executions, 180U);
  EXPECT_EQ(counts.totals().states, 61U);
  std::map<std::uint32_t, std::uint32_t> times;
  counts.for_each([&](std::uint32_t packed, std::uint32_t executions) { times[packed] = executions; });
  EXPECT_EQ(times.size(), 61U);
  EXPECT_EQ(times[state(7).packed()], 3U);
  EXPECT_EQ(times[state(60).packed()], 180U);
}

TEST(StateCounts, AFullTableTakesNoMoreStates) {
  TemporaryDirectory directory;
  StateCounts counts = make_counts(directory.file("t"), 16);
  EXPECT_FALSE(counts.is_half_full());
  for (std::uint8_t s = 0; s < 60; ++s) counts.count_execution(std::vector{state(s)});
  EXPECT_TRUE(counts.is_half_full());
  EXPECT_LT(counts.totals().states, 16U);
  EXPECT_EQ(counts.totals().executions, 60U);
}

TEST(StateCounts, WhatIsNoTableIsRefused) {
  TemporaryDirectory directory;
  make_counts(directory.file("t"), 16);
  const std::string bytes = slurp(directory.file("t"));
  for (const std::string& damaged : {std::string{}, bytes.substr(0, 20), bytes.substr(0, bytes.size() - 1),
                                     "x" + bytes.substr(1), bytes + "x", std::string(4096, '\xFF')}) {
    EXPECT_TRUE(std::holds_alternative<FileError>(StateCounts::open(directory.write("d", damaged))));
  }
  EXPECT_TRUE(std::holds_alternative<FileError>(StateCounts::open(directory.file("none"))));
  EXPECT_TRUE(std::holds_alternative<FileError>(StateCounts::create("/proc/none", 16)));
}

TEST(StateStore, ALiveTableGrowsAndBecomesTheMachinesFile) {
  TemporaryDirectory directory;
  Notes notes;
  StateFile others;
  others.executions = 10;
  others.states = {{state(1).packed(), 4}, {state(2).packed(), 1}};
  ASSERT_TRUE(std::holds_alternative<std::monostate>(store_states(directory.path(), "others", others)));
  {
    auto counts = std::get<StateCounts>(begin_live_states(directory.path(), notes));
    EXPECT_EQ(counts.totals().states, 2U);
    counts.count_execution(std::vector{state(1), state(3)});
    const std::size_t places = counts.places();
    ASSERT_TRUE(std::holds_alternative<std::monostate>(grow_live_states(directory.path(), counts)));
    EXPECT_EQ(counts.places(), 4 * places);
    counts.count_execution(std::vector{state(3)});
  }
  EXPECT_EQ(all_states(directory.path(), notes).executions, 12U);
  ASSERT_TRUE(std::holds_alternative<std::monostate>(end_live_states(directory.path(), "mine", notes)));
  EXPECT_FALSE(fs::exists(live_states_path(directory.path())));
  const StateFile mine = load_states(directory.path(), "mine", notes);
  EXPECT_EQ(mine.executions, 2U);
  EXPECT_EQ(mine.states, (std::map<std::uint32_t, std::uint32_t>{{state(1).packed(), 1}, {state(3).packed(), 2}}));
  const StateTotals totals = all_states(directory.path(), notes);
  EXPECT_EQ(totals.executions, 12U);
  EXPECT_EQ(totals.states, 3U);
  EXPECT_EQ(totals.once, 1U);
  EXPECT_EQ(totals.twice, 1U);
  EXPECT_TRUE(notes.lines().empty());
  // A damaged file is noted, a damaged table kept.
  directory.write("mine.states", "CYCLECHECK");
  directory.write("live", "x");
  EXPECT_EQ(load_states(directory.path(), "mine", notes).states.size(), 0U);
  ASSERT_TRUE(std::holds_alternative<std::monostate>(end_live_states(directory.path(), "mine", notes)));
  EXPECT_TRUE(fs::exists(directory.file("live.damaged")));
  EXPECT_EQ(notes.lines().size(), 2U);
}

TEST(SessionTime, LeavesTimeForTheEndIfThatIsAQuarterAtMost) {
  SessionTime::Clock::time_point now;
  const SessionTime time(std::chrono::seconds{40}, [&] { return now; });
  EXPECT_FALSE(time.is_over_but_for(10));
  now += std::chrono::seconds{30};
  EXPECT_EQ(time.seconds(), 30);
  EXPECT_EQ(time.left(), 10);
  EXPECT_TRUE(time.is_over_but_for(10));
  EXPECT_FALSE(time.is_over_but_for(9));
  EXPECT_FALSE(time.is_over_but_for(11)) << "it is not begun";
  now += std::chrono::seconds{10};
  EXPECT_TRUE(time.is_over());
  EXPECT_TRUE(time.is_over_but_for(11));
  const SessionTime endless(std::nullopt, [&] { return now; });
  now += std::chrono::hours{1000};
  EXPECT_FALSE(endless.is_over() || endless.is_over_but_for(1e9));
}

TEST(Unseen, FollowsGoodTuringAndChao) {
  const Unseen unseen = estimate_unseen({1000, 50, 10, 5});
  EXPECT_DOUBLE_EQ(unseen.per_execution, 0.01);
  EXPECT_DOUBLE_EQ(unseen.states, 0.999 * 10);
  EXPECT_DOUBLE_EQ(estimate_unseen({1000, 50, 0, 5}).states, 0);
  EXPECT_DOUBLE_EQ(estimate_unseen({100, 50, 4, 0}).states, 0.99 * 6);
  EXPECT_DOUBLE_EQ(estimate_unseen({}).per_execution, 1);
}

TEST(Guidance, PicksWhatBroughtSomething) {
  std::array<std::uint8_t, kStateCounters> counters{};
  counters[3] = 1;
  counters[100] = 40;
  counters[8191] = 255;
  Features features;
  features_of(counters, features);
  EXPECT_EQ(features, (Features{3 * 8, 100 * 8 + 6, 8191 * 8 + 7}));
  Guidance guidance;
  guidance.add_unmeasured("old");
  ASSERT_EQ(guidance.next_unmeasured(), 0U);
  guidance.measured(0, {24});
  EXPECT_EQ(guidance.next_unmeasured(), std::nullopt);
  EXPECT_FALSE(guidance.is_news({24}));
  EXPECT_TRUE(guidance.is_news({24, 25}));
  for (std::uint32_t i = 1; i < 50; ++i) guidance.add("idle" + std::to_string(i), {});
  std::size_t picked = 0;
  Random random(1);
  for (int i = 0; i < 1000; ++i) picked += guidance.pick(random) == "old" ? 1U : 0U;
  EXPECT_GT(picked, 700U);
}

TEST(Inputs, AreNamedAsLibFuzzerNamesThem) { EXPECT_EQ(input_name("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"); }

TEST(Target, SaysWhatFailed) {
  EXPECT_EQ(verdict_of_target("x\ndivergence: missing died node at operation 3\nmodel:\n", SIGABRT, 0).signature,
            "missing died node");
  EXPECT_EQ(verdict_of_target("==1==ERROR: AddressSanitizer: heap-use-after-free on address\n", 0, 1).signature,
            "crash AddressSanitizer heap-use-after-free");
  EXPECT_EQ(verdict_of_target("==1== ERROR: libFuzzer: deadly signal\n", 0, 77).signature, "crash deadly signal");
  const Verdict hang = verdict_of_target("==1== ERROR: libFuzzer: timeout after 10 seconds\n", 0, 70);
  EXPECT_EQ(hang.signature, "hang");
  EXPECT_EQ(hang.outcome, Outcome::hang);
  EXPECT_EQ(verdict_of_target("", SIGSEGV, 0).signature, "crash SIGSEGV");
}

TEST(Target, IsExaminedBeforeItRuns) {
  TemporaryDirectory directory;
  const auto message = [&](const std::string& path) {
    const auto examined = examine_target(path);
    const auto* error = std::get_if<FileError>(&examined);
    return error == nullptr ? std::string{} : error->message;
  };
  EXPECT_NE(message(directory.file("fuzz_text")).find("its inputs are no traces"), std::string::npos);
  EXPECT_NE(message(directory.file("fuzz_collector")).find("cannot be opened"), std::string::npos);
  const std::string path = directory.write("fuzz_differential", "#!/bin/sh\n");
  EXPECT_NE(message(path), "");
  fs::permissions(path, fs::perms::owner_all);
  EXPECT_NE(message(path).find("has no libFuzzer in it"), std::string::npos);
}

class Collected final : public EngineListener {
 public:
  void interesting(const std::string& input) override { inputs.insert(input); }
  void failed(const std::string& input, const Verdict& verdict) override { failures[verdict.signature] = input; }
  void failed_again(std::uint64_t times) override { again += times; }

  std::set<std::string> inputs;
  std::map<std::string, std::string> failures;
  std::uint64_t again = 0;
};

// What libFuzzer does, in shell: finds one input, sets one failure aside, is killed by another.
constexpr const char* kScript = R"(#!/bin/sh
# libFuzzer: deadly signal
# cyclecheck target, commit abc
for last; do inbox=$corpus; corpus=$last; done
for word; do case $word in -artifact_prefix=*) prefix=${word#*=};; esac; done
echo "#2 INITED cov: 40 ft: 90 corp: 1/1b" >&2
printf abc >"$inbox/a9993e364706816aba3e25717850c26c9cd0d89d"
printf half >"$inbox/0000000000000000000000000000000000000000"
printf 'missing died node\nXYZ' >"$CYCLECHECK_SET_ASIDE/1.failure"
echo "#9 NEW cov: 42 ft: 95 corp: 2/4b" >&2
sleep 0.5
printf crash >"${prefix}crash-1"
kill -SEGV $$
)";

TEST(TargetEngine, CollectsWhatTargetsFind) {
  TemporaryDirectory directory;
  const std::string path = directory.write("fuzz_differential", kScript);
  fs::permissions(path, fs::perms::owner_all);
  for (const char* folder : {"running", "corpus"}) fs::create_directory(directory.file(folder));
  StateCounts counts = make_counts(directory.file("live"), 64);
  const auto target = examine_target(path);
  ASSERT_TRUE(std::holds_alternative<FuzzTarget>(target)) << std::get<FileError>(target).message;
  EXPECT_EQ(std::get<FuzzTarget>(target).commit, "abc");
  Collected collected;
  {
    TargetEngine engine(std::get<FuzzTarget>(target), {}, directory.file("running"), directory.file("corpus"));
    engine.start(counts, directory.file("live"));
    ASSERT_EQ(engine.processes().size(), 1U);
    for (int i = 0; i < 300 && (collected.failures.size() < 2 || collected.inputs.empty()); ++i) {
      engine.poll(std::chrono::milliseconds{50}, collected);
    }
    EXPECT_EQ(collected.inputs, (std::set<std::string>{"abc"})) << "what is half written is not taken";
    engine.stop(collected);
    EXPECT_EQ(engine.coverage(), 42U);
  }
  EXPECT_EQ(collected.inputs, (std::set<std::string>{"abc", "half"}));
  EXPECT_EQ(collected.failures["missing died node"], "XYZ");
  EXPECT_EQ(collected.failures["crash SIGSEGV"], "crash");
  EXPECT_EQ(left_by_target(directory.file("running")).interesting.size(), 0U);
}

TEST(TargetEngine, WhatAKilledSessionLeftIsFound) {
  TemporaryDirectory directory;
  fs::create_directories(directory.file("inbox"));
  fs::create_directories(directory.file("set-aside"));
  directory.write("inbox/x", "input");
  directory.write("set-aside/1.failure", "signature\nset aside");
  directory.write("crash-1", "crash");
  directory.write("checked", "not this");
  const LeftByTarget left = left_by_target(directory.path());
  EXPECT_EQ(left.interesting, (std::vector<std::string>{"input"}));
  EXPECT_EQ(left.failed, (std::vector<std::string>{"set aside", "crash"}));
}

TEST(TargetEngine, ATargetThatEndsAtOnceEndsTheSession) {
  TemporaryDirectory directory;
  const std::string path =
      directory.write("fuzz_differential", "#!/bin/sh\n# libFuzzer: deadly signal\necho broken >&2\nexit 1\n");
  fs::permissions(path, fs::perms::owner_all);
  fs::create_directory(directory.file("running"));
  StateCounts counts = make_counts(directory.file("live"), 64);
  TargetEngine engine({path, ""}, {}, directory.file("running"), directory.path());
  engine.start(counts, directory.file("live"));
  Collected collected;
  const auto run = [&] {
    for (int i = 0; i < 200; ++i) engine.poll(std::chrono::milliseconds{50}, collected);
  };
  EXPECT_THROW(run(), std::runtime_error);
}

TEST(SharedInputs, WhatOneProcessAddsOthersReadInOrderAndAFullOneTakesNoMore) {
  auto* const shared = make_shared_value<SharedInputs>();
  const std::string large(std::size_t{1} << 20, 'x');
  shared->add("first", {1, 2});
  const std::size_t end = shared->end();
  for (int i = 0; i < 100; ++i) shared->add(large, {3});
  shared->add("last", {});
  std::size_t at = 0;
  std::string input;
  Features features;
  const pid_t reader = fork();
  if (reader == 0) {
    shared->read(at, input, features);
    _exit(input == "first" && features == Features{1, 2} && at == end ? 0 : 1);
  }
  int status = 0;
  waitpid(reader, &status, 0);
  EXPECT_EQ(status, 0);
  int larges = 0;
  while (at < shared->end()) {
    shared->read(at, input, features);
    larges += input == large && features == Features{3} ? 1 : 0;
  }
  EXPECT_EQ(larges, 63);
  EXPECT_EQ(input, "last") << "what is small has room still";
  free_shared_value(shared);
}

std::string input_of(const std::string& operations) {
  const auto trace = std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations));
  const auto bytes = encode_trace(trace);
  return {bytes.begin(), bytes.end()};
}

// Inputs that end their job have all one signature, so that they are told once; each job tries each of them once all
// the same, and comes to what is behind them.
TEST(BuiltInEngine, InputsThatEndTheirJobAreTriedOnce) {
  TemporaryDirectory directory;
  StateCounts counts = make_counts(directory.file("live"), 4096);
  std::vector<std::string> corpus;
  for (const char* more : {"", "drop a\n", "drop a\ncollect 0\n", "drop a\ncollect 1\n"}) {
    corpus.push_back(input_of(std::string{"new a node\nclear a\nclear a\n"} + more));
  }
  corpus.push_back(input_of("new a node\nappend a a\ndrop a\ncollect 2\n"));
  BuiltInOptions options;
  options.jobs = 2;
  options.profiles = {ProfileId::python3_11};
  const SubjectEntry entry = toy_subject("toy", Fault::crashes, OpCode::clear, 2);
  BuiltInEngine engine("toy", against_model(entry, Level::order), options, directory.path(), corpus, {});
  Collected collected;
  engine.start(counts, {});
  // Four of the corpus, in two jobs; but for the one that is told.
  constexpr std::uint64_t kAgain = 7;
  for (int i = 0; i < 600 && (engine.coverage() == 0 || collected.inputs.empty() || collected.again < kAgain); ++i) {
    engine.poll(std::chrono::milliseconds{50}, collected);
  }
  engine.stop(collected);
  EXPECT_GT(engine.coverage(), 0U);
  EXPECT_FALSE(collected.inputs.empty()) << "the corpus is measured, and inputs are changed";
  ASSERT_EQ(collected.failures.size(), 1U);
  EXPECT_EQ(collected.failures.begin()->first, "crash SIGSEGV");
  EXPECT_EQ(collected.failures.begin()->second, corpus[0]) << "the input is told as it was";
  EXPECT_GE(collected.again, kAgain);
  EXPECT_TRUE(engine.processes().empty());
  for (const char* job : {"job-0", "job-1"}) EXPECT_FALSE(fs::exists(directory.file(job))) << job;
}

TEST(BuiltInEngine, WhatRanWhenEverythingWasKilledIsKnown) {
  TemporaryDirectory directory;
  StateCounts counts = make_counts(directory.file("live"), 4096);
  const std::string hangs = input_of("new a node\nclear a\nclear a\n");
  BuiltInOptions options;
  const SubjectEntry entry = toy_subject("toy", Fault::hangs, OpCode::clear, 2);
  const pid_t session = fork();
  if (session == 0) {
    BuiltInEngine engine("toy", against_model(entry, Level::order), options, directory.path(), {hangs}, {});
    Collected collected;
    engine.start(counts, {});
    while (true) engine.poll(std::chrono::milliseconds{50}, collected);
  }
  std::optional<std::string> found;
  for (int i = 0; i < 600 && !found; ++i) {
    found = interrupted_input(directory.file("job-0"));
    usleep(50'000);
  }
  kill(session, SIGKILL);
  waitpid(session, nullptr, 0);
  EXPECT_EQ(interrupted_input(directory.file("job-0")), hangs);
  EXPECT_EQ(interrupted_input(directory.write("job-1", "damaged")), std::nullopt);
}

TEST(Discard, PutsAwayAtOnceAndRemovesBitByBit) {
  TemporaryDirectory directory;
  const std::string folder = directory.file("inbox");
  for (int round = 0; round < 2; ++round) {
    fs::create_directories(folder);
    for (int i = 0; i < 3; ++i) directory.write("inbox/" + std::to_string(i), "input");
    discard(folder);
    EXPECT_FALSE(fs::exists(folder));
  }
  discard(folder);
  directory.write("kept", "not discarded");
  EXPECT_EQ(all_files(directory.path()).size(), 7U);
  int questions = 0;
  EXPECT_FALSE(remove_discarded(directory.path(), [&] { return ++questions == 5; }));
  EXPECT_EQ(all_files(directory.path()).size(), 3U);
  EXPECT_TRUE(remove_discarded(directory.path(), [] { return false; }));
  EXPECT_EQ(all_files(directory.path()).size(), 1U);
  EXPECT_TRUE(fs::exists(directory.file("kept")));
}

TEST(Plot, NamesItsAxesAndEscapes) {
  const std::string svg = time_plot({{"a<b", {{0, 0}, {90, 12'000}}}, {"c", {{10, 5}}}}, "states & more", false);
  for (const char* part : {"<svg", "states &amp; more", "a&lt;b: 12 k", "12 k states &amp; more at 01-01 00:01",
                           "class=\"line s1\"", "</svg>"}) {
    EXPECT_NE(svg.find(part), std::string::npos) << part << " in " << svg;
  }
  EXPECT_NE(time_plot({}, "x", true).find("<svg"), std::string::npos);
  EXPECT_EQ(short_number(1'234'567), "1.23 M");
  EXPECT_EQ(short_time(7300), "2.03 h");
}

TEST(Plot, ItsAxisIsACalendar) {
  EXPECT_EQ(seconds_of("1970-01-02 00:00:01.500"), 86401);
  EXPECT_EQ(seconds_of("soon"), 0);
  EXPECT_EQ(short_date(seconds_of("2026-11-26 21:30:00.123")), "11-26 21:30");
  const double noon = seconds_of("2026-11-26 12:00:00");
  const std::string hours = time_plot({{"a", {{noon, 0}, {noon + 7200, 5}}}}, "x", false);
  EXPECT_NE(hours.find(">11-26 13:00<"), std::string::npos) << hours;
  const std::string short_one = time_plot({{"a", {{noon + 1, 0}, {noon + 20, 5}}}}, "x", false);
  EXPECT_NE(short_one.find("text-anchor=\"start\">11-26 12:00<"), std::string::npos) << short_one;
  EXPECT_NE(short_one.find("text-anchor=\"end\">11-26 12:00<"), std::string::npos) << short_one;
  const std::string week = time_plot({{"a", {{noon, 0}, {noon + 7 * 86400, 5}}}}, "x", false);
  EXPECT_NE(week.find(">11-29 00:00<"), std::string::npos) << week;
}

}  // namespace
}  // namespace cyclecheck

// The search, with the model in the interpreters' place, and `cyclecheck conform --promises` with the real python3.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include "harness/promises/promise_search.hpp"
#include "harness/promises/small_world.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/subjects/process_subject.hpp"
#include "properties/support/run_python.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

PromiseOptions options_for(ProfileId profile, std::uint64_t traces) {
  PromiseOptions options;
  options.traces = traces;
  options.generate = {profile, 60, kFaults};
  options.shrink = std::chrono::milliseconds{0};
  return options;
}

MakeSubject model() {
  return [] { return std::make_unique<ModelSubject>(); };
}

// Sanitizers make a search ten times slower.
#if defined(CYCLECHECK_SANITIZED)
constexpr std::uint64_t kTraces = 200;
#else
constexpr std::uint64_t kTraces = 600;
#endif

// Those that are known to be broken, version by version (docs/found-bugs.md). A promise that is found broken beyond
// that is a discovery, or a mistake of the judge.
TEST(PromiseSearch, NothingIsBrokenBeyondWhatIsKnown) {
  for (const Profile& profile : all_profiles()) {
    std::set<Promise> known{Promise::found_is_counted, Promise::cleared_is_unseen, Promise::counted_is_gone};
    if (profile.resurrection == Profile::Resurrection::whole_set) known.insert(Promise::unreachable_is_gone);
    if (profile.clears_trash_weakrefs) known.insert(Promise::weakref_to_the_living);
    if (profile.trigger == Profile::Trigger::at_safepoint) known.insert(Promise::threshold_zero);
    if (profile.id == ProfileId::python3_12) known.insert({Promise::disabled, Promise::one_at_a_time});
    const PromiseSummary summary = search_promises(model(), options_for(profile.id, kTraces));
    EXPECT_EQ(summary.traces, kTraces);
    EXPECT_EQ(summary.not_judged, 0U) << summary.why_not_judged;
    EXPECT_FALSE(summary.findings.empty()) << profile.name;
    for (const PromiseFinding& finding : summary.findings) {
      EXPECT_TRUE(known.count(finding.broken.promise))
          << profile.name << ": " << info(finding.broken.promise).word << ": " << finding.broken.what << "\n"
          << print_trace(finding.trace);
    }
  }
}

TEST(PromiseSearch, FindingsAreShrunkAndEndWhereTheyShow) {
  PromiseOptions options = options_for(ProfileId::python3_6, 400);
  options.shrink = std::chrono::seconds{20};
  for (const PromiseFinding& finding : search_promises(model(), options).findings) {
    if (finding.broken.promise != Promise::counted_is_gone) continue;
    EXPECT_EQ(finding.shrunk, "1-minimal");
    EXPECT_LE(finding.trace.operations.size(), 5U);
    EXPECT_EQ(finding.trace.operations.back().code, OpCode::collect);
    EXPECT_GT(finding.times, 1U);
    return;
  }
  FAIL() << "it was not found";
}

TEST(PromiseSearch, SmallWorldsNameOnlyWhatTheyHold) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Trace trace = small_world(1, i, ProfileId::python3_11);
    EXPECT_EQ(small_world(1, i, ProfileId::python3_11), trace);
    EXPECT_LE(trace.operations.size(), 40U);
    EXPECT_EQ(print_trace(trace).find('@'), std::string::npos);
  }
}

class Crashing final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "crashing"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    for (const Operation& operation : trace.operations) {
      if (operation.code == OpCode::get_referrers) throw SubjectError(SubjectError::Kind::crash, "signal 11");
      if (operation.code == OpCode::get_stats) throw SubjectError(SubjectError::Kind::timeout, "no answer");
    }
    ModelSubject().run(trace, observe, log);
  }
};

TEST(PromiseSearch, ACrashIsABrokenPromiseAndOtherFailuresAreCounted) {
  PromiseOptions options = options_for(ProfileId::python3_11, 300);
  options.shrink = std::chrono::seconds{5};
  int made = 0;
  const PromiseSummary summary = search_promises(
      [&] {
        ++made;
        return std::make_unique<Crashing>();
      },
      options);
  EXPECT_GT(made, 1);
  EXPECT_GT(summary.not_judged, 0U);
  EXPECT_EQ(summary.why_not_judged, "no answer");
  bool found = false;
  for (const PromiseFinding& finding : summary.findings) {
    if (finding.broken.promise != Promise::no_crash) continue;
    found = true;
    EXPECT_EQ(finding.broken.what, "the interpreter crashed, for no reason that the rules know: signal 11");
    EXPECT_EQ(finding.trace.operations.size(), 1U) << print_trace(finding.trace);
  }
  EXPECT_TRUE(found);
}

// --- the command ---

TEST(PromisesCommand, JudgesPython3) {
  const Interpreter python3 = ask_interpreter("python3");
  const CommandRun run =
      run_command(CYCLECHECK_PROGRAM " conform --promises --python python3 --traces 400 --shrink-time 1s");
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_NE(run.output.find("\nfound-is-counted        " + python3.version + "\n"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("\nfinalized-once          none\n"), std::string::npos) << run.output;
  // A partial gc.set_threshold(): up to 3.12.
  const std::string failed = python3.profile < ProfileId::python3_13 ? python3.version : "none";
  EXPECT_NE(run.output.find("\nfailed-call             " + failed + "\n"), std::string::npos) << run.output;
}

TEST(PromisesCommand, AnInterpreterThatCannotBeUsed) {
  EXPECT_EQ(run_command(CYCLECHECK_PROGRAM " conform --promises --python no-such-python --traces 1").status, 2);
}

}  // namespace
}  // namespace cyclecheck

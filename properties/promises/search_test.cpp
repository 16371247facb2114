// The search, with the model in the interpreters' place, and `cyclecheck conform --promises` with the real python3.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/promises/promise_subject.hpp"
#include "harness/promises/small_world.hpp"
#include "harness/subjects/census.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/subjects/process_subject.hpp"
#include "harness/system/large_stack.hpp"
#include "harness/system/shared_memory.hpp"
#include "properties/support/quiet_listener.hpp"
#include "properties/support/run_python.hpp"
#include "properties/support/sanitized.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

MakeSubject model() {
  return [] { return std::make_unique<ModelSubject>(); };
}

// What is broken in the first traces of a seed.
SearchResult search(const MakeSubject& make, ProfileId profile, std::uint64_t traces, std::chrono::milliseconds shrink,
                    const std::string& findings, std::uint32_t jobs = 2) {
  PlainTraces::Options drawing;
  drawing.traces = traces;
  drawing.generate = {profile, 60, kFaults};
  SearchOptions options;
  options.workers.jobs = jobs;
  options.shrink_time = shrink;
  options.max_findings = 100;
  options.findings = findings;
  QuietListener quiet;
  return find_failures(promise_subject("promises:model", profile, make, true), PlainTraces(drawing), options, quiet);
}

constexpr std::uint64_t kTraces = fewer<std::uint64_t>(600, 200);

// Those that are known to be broken, version by version (docs/found-bugs.md). A promise that is found broken beyond
// that is a discovery, or a mistake of the judge.
TEST(PromiseSearch, NothingIsBrokenBeyondWhatIsKnown) {
  for (const Profile& profile : all_profiles()) {
    std::set<Promise> known{Promise::found_is_counted, Promise::cleared_is_unseen, Promise::counted_is_gone};
    if (profile.resurrection == Profile::Resurrection::whole_set) known.insert(Promise::unreachable_is_gone);
    if (profile.clears_trash_weakrefs) known.insert(Promise::weakref_to_the_living);
    if (profile.trigger == Profile::Trigger::at_safepoint) known.insert(Promise::threshold_zero);
    if (profile.clears_late_weakrefs) known.insert(Promise::callback_at_death);
    if (profile.id == ProfileId::python3_15) known.insert(Promise::referent_unavailable);
    if (profile.tracks_new_dicts) known.insert(Promise::empty_dict_untracked);
    if (profile.id == ProfileId::python3_12) known.insert({Promise::disabled, Promise::one_at_a_time});
    TemporaryDirectory directory;
    const SearchResult result =
        search(model(), profile.id, kTraces, std::chrono::milliseconds{1}, directory.file("findings"));
    ASSERT_FALSE(result.error) << result.error->message;
    EXPECT_EQ(result.progress.sum().counters.traces, kTraces);
    EXPECT_EQ(result.progress.sum().counters.left_out, 0U);
    EXPECT_FALSE(result.findings.empty()) << profile.name;
    for (const Finding& finding : result.findings) {
      const std::optional<Promise> promise = promise_of(finding.investigation.signature);
      EXPECT_TRUE(promise && known.count(*promise)) << profile.name << ": " << finding.investigation.signature << "\n"
                                                    << print_trace(finding.original);
    }
  }
}

TEST(PromiseSearch, FindingsAreShrunkAndStoredWithAnyNumberOfJobs) {
  TemporaryDirectory directory;
  for (const std::uint32_t jobs : {1U, 2U, 5U}) {
    bool is_found = false;
    const std::string findings = directory.file(std::to_string(jobs));
    for (const Finding& finding :
         search(model(), ProfileId::python3_6, 400, std::chrono::seconds{20}, findings, jobs).findings) {
      if (promise_of(finding.investigation.signature) != Promise::counted_is_gone) continue;
      is_found = true;
      EXPECT_TRUE(finding.investigation.one_minimal);
      EXPECT_LE(finding.investigation.trace.operations.size(), 5U);
      EXPECT_EQ(finding.investigation.trace.operations.back().code, OpCode::collect);
      EXPECT_NE(finding.investigation.examination.verdict.output.find("instead      at operation "), std::string::npos);
    }
    EXPECT_TRUE(is_found);
    EXPECT_EQ(files_but_run_json(findings), files_but_run_json(directory.file("1")));
  }
}

// Counts how often it is made, in any process, and becomes as new when it is asked to.
class Renewed final : public Subject {
 public:
  explicit Renewed(std::atomic<int>& made) { ++made; }
  [[nodiscard]] std::string name() const override { return "renewed"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override { ModelSubject().run(trace, observe, log); }
  [[nodiscard]] bool renew() override { return true; }
};

TEST(PromiseSearch, AnInterpreterIsNotStartedForEachChunk) {
  auto* const made = make_shared_value<std::atomic<int>>();
  const SubjectEntry entry = promise_subject(
      "promises:renewed", ProfileId::python3_11, [made] { return std::make_unique<Renewed>(*made); }, true);
  PlainTraces::Options drawing;
  constexpr std::uint64_t kEightChunks = 300;
  drawing.traces = kEightChunks;
  const PlainTraces traces(drawing);
  Workers workers({against_model(entry, Level::order)}, traces, {});
  while (workers.next(std::chrono::steady_clock::time_point::max(), [] { return true; })) continue;
  EXPECT_EQ(workers.counters(0).traces, kEightChunks);
  ModelSubject model;
  Trace trace;
  Log log;
  int undefined = 0;
  for (std::uint64_t i = 0; i < kEightChunks; ++i) {
    traces.draw(i, {}, trace);
    model.run(trace, Observe::digest, log);
    undefined += model.reach().is_undefined() ? 1 : 0;
  }
  ASSERT_LT(undefined, 6);
  // Anew only after such a trace.
  EXPECT_LE(*made, 1 + undefined);
  free_shared_value(made);
}

TEST(PromiseSearch, SmallWorldsNameOnlyWhatTheyHold) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Trace trace = small_world(1, i, ProfileId::python3_11);
    EXPECT_EQ(small_world(1, i, ProfileId::python3_11), trace);
    EXPECT_LE(trace.operations.size(), 40U);
    EXPECT_EQ(print_trace(trace).find('@'), std::string::npos);
  }
}

// Each is drawn with the length at which the trashcan begins among others: rule C7.3 is what ends an interpreter there.
TEST(PromiseSearch, DeepWorldsReachTheTrashcan) {
  for (const ProfileId profile : {ProfileId::python3_6, ProfileId::python3_11}) {
    int reached = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
      const Trace trace = deep_world(1, i, profile);
      EXPECT_EQ(print_trace(trace).find('@'), std::string::npos);
      Log log;
      Reach reach;
      on_large_stack([&] { run_counted(trace, Observe::digest, log, reach); });
      reached += reach.of(Undefined::deposited_moved) != 0 ? 1 : 0;
    }
    EXPECT_GE(reached, 1);
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
  TemporaryDirectory directory;
  const SearchResult result = search([] { return std::make_unique<Crashing>(); }, ProfileId::python3_11, 300,
                                     std::chrono::seconds{5}, directory.file("findings"));
  EXPECT_GT(result.progress.sum().counters.left_out, 0U);
  bool found = false;
  for (const Finding& finding : result.findings) {
    if (promise_of(finding.investigation.signature) != Promise::no_crash) continue;
    found = true;
    EXPECT_EQ(finding.investigation.signature,
              "broken promise no-crash: the interpreter crashed, for no reason that the rules know");
    EXPECT_EQ(finding.investigation.trace.operations.size(), 1U) << print_trace(finding.investigation.trace);
  }
  EXPECT_TRUE(found);
}

// --- the command ---

TEST(PromisesCommand, JudgesPython3) {
  const Interpreter python3 = ask_interpreter("python3");
  TemporaryDirectory directory;
  const std::string findings = directory.file("findings");
  const CommandRun run = run_command(
      CYCLECHECK_PROGRAM " conform --promises --python python3 --traces 400 --shrink-time 1s --findings " + findings);
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_NE(run.output.find("\nfound-is-counted        " + python3.version + "\n"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("\nfinalized-once          none\n"), std::string::npos) << run.output;
  // What is stored fails again, alone.
  const std::vector<std::string> folders = finding_folders(findings);
  EXPECT_FALSE(folders.empty());
  for (const std::string& folder : folders) {
    const CommandRun again = run_command(CYCLECHECK_PROGRAM " replay " + folder);
    EXPECT_EQ(again.status, 1) << again.output;
    EXPECT_NE(again.output.find("broken promise"), std::string::npos) << again.output;
  }
  // A partial gc.set_threshold(): up to 3.12.
  const std::string failed = python3.profile < ProfileId::python3_13 ? python3.version : "none";
  EXPECT_NE(run.output.find("\nfailed-call             " + failed + "\n"), std::string::npos) << run.output;
}

TEST(PromisesCommand, AnInterpreterThatCannotBeUsed) {
  EXPECT_EQ(run_command(CYCLECHECK_PROGRAM " conform --promises --python no-such-python --traces 1").status, 2);
}

}  // namespace
}  // namespace cyclecheck

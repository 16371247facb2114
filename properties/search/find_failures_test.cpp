// Covers: batches and campaigns from generation to the stored finding: they survive every fault, go on after it, find
// the same things every time, and reach every state of the model that a profile has.
// Does not cover: the time that they take.
#include "harness/search/find_failures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/generate/generate_trace.hpp"
#include "harness/search/running_trace.hpp"
#include "harness/search/worker.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/model_subject.hpp"
#include "properties/support/quiet_listener.hpp"
#include "properties/support/sanitized.hpp"
#include "properties/support/temporary_directory.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/file.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

struct Options : SearchOptions {
  GeneratedTraces::Options drawing;
};

Options options_for(const TemporaryDirectory& directory, std::uint64_t traces) {
  Options options;
  options.drawing.profiles = {ProfileId::python2_7, ProfileId::python3_11};
  options.drawing.traces = traces;
  // What is tried here does not depend on how long they are.
  options.drawing.max_operations = 300;
  options.workers.timeout = std::chrono::milliseconds{2000};
  options.findings = directory.file("findings");
  return options;
}

SearchResult search(const SubjectEntry& subject, const Options& options, SearchListener& listener) {
  return find_failures(subject, GeneratedTraces(options.drawing), options, listener);
}

SubjectEntry toy(Fault fault) { return toy_subject("toy", fault, OpCode::clear, 2); }

// As far as the first finding that is seen again.
SearchResult run_until_found(Fault fault, Options options, QuietListener& view) {
  options.max_findings = 1;
  return search(toy(fault), options, view);
}

// What a run ran that was killed with all its workers is run by the next one.
TEST(FindFailures, WhatRanWhenEverythingWasKilledIsTakenUp) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 1);
  options.runs_findings_again = true;
  options.drawing.max_operations = 1;
  fs::create_directories(options.findings);
  const Trace trace =
      std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\nnew a node\nclear a\nclear a\n"));
  // No process has this number.
  const std::string left = options.findings + "/.running-999999999-0.cyct";
  const std::string own = running_path(options.findings, 7);
  for (const Fault fault : {Fault::none, Fault::crashes}) {
    for (const std::string& path : {left, own}) (void)save_trace(trace, path, TraceFormat::binary);
    QuietListener view;
    const SearchResult result = search(toy(fault), options, view);
    EXPECT_FALSE(result.error) << result.error->message;
    ASSERT_EQ(result.findings.size(), fault == Fault::none ? 0U : 1U);
    EXPECT_FALSE(fs::exists(left));
    EXPECT_TRUE(fs::exists(own)) << "that process lives";
    if (fault == Fault::none) continue;
    EXPECT_EQ(result.findings[0].investigation.signature, "crash SIGSEGV");
    EXPECT_EQ(result.findings[0].investigation.trace.operations.size(), 2U);
    EXPECT_TRUE(fs::exists(view.paths.at(0) + "/finding.json"));
  }
  // A search of another profile leaves it alone.
  (void)save_trace(trace, left, TraceFormat::binary);
  options.drawing.profiles = {ProfileId::python2_7};
  QuietListener view;
  EXPECT_TRUE(search(toy(Fault::crashes), options, view).findings.empty());
  EXPECT_TRUE(fs::exists(left));
}

// Its deaths come in no order, and are compared beside all else; a difference that shows only then is found again.
class Reversing final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "reversing"; }
  [[nodiscard]] Level level() const override { return Level::timing; }
  [[nodiscard]] bool orders_deaths() const override { return false; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, whole_);
    log.clear();
    for (std::size_t i = 0; i < whole_.operations(); ++i) {
      const auto events = whole_.of(i);
      std::vector<Event> all(events.begin(), events.end());
      if (trace.operations[i].code == OpCode::collect) std::reverse(all.begin(), all.end());
      for (const Event& event : all) log.add(event);
      log.end_operation();
    }
  }

 private:
  ModelSubject model_;
  Log whole_;
};

TEST(FindFailures, AFindingKeepsTheLevelAtWhichItWasFound) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 40);
  options.runs_findings_again = true;
  options.max_findings = 1;
  SubjectEntry reversing;
  reversing.name = "reversing";
  reversing.level = Level::timing;
  reversing.make = [] { return std::make_unique<Reversing>(); };
  QuietListener view;
  ASSERT_EQ(search(reversing, options, view).findings.size(), 1U);
  const SearchResult again = search(reversing, options, view);
  EXPECT_EQ(again.still_failing.size(), 1U);
  EXPECT_TRUE(again.mended.empty());
}

// The model, which loses all events of a trace that is observed after each operation.
class BlindToEvery final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "blind"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, log);
    if (observe != Observe::every) return;
    log.clear();
    for (std::size_t i = 0; i < trace.operations.size(); ++i) log.end_operation();
  }

 private:
  ModelSubject model_;
};

TEST(FindFailures, ATraceIsObservedInTheSameWayInEverySearch) {
  SubjectEntry blind;
  blind.name = "blind";
  blind.make = [] { return std::make_unique<BlindToEvery>(); };
  const auto failures_from = [&](std::uint64_t first, std::uint64_t traces) {
    TemporaryDirectory directory;
    Options options = options_for(directory, traces);
    options.drawing.profiles = {ProfileId::python3_11};
    options.drawing.first = first;
    options.drawing.max_operations = 60;
    options.workers.observe_every = 4;
    options.shrink_time = std::chrono::milliseconds{1};
    QuietListener view;
    return search(blind, options, view).progress.sum().counters.failures;
  };
  EXPECT_EQ(failures_from(0, 12), 3U);
  for (const std::uint64_t first : {3U, 4U, 5U, 8U}) EXPECT_EQ(failures_from(first, 1), first % 4 == 0 ? 1U : 0U);
}

class EveryFault : public testing::TestWithParam<Fault> {};

TEST_P(EveryFault, IsFoundShrunkAndStoredAndTheRunGoesOn) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 40);
  if (GetParam() == Fault::hangs) {
    options.drawing.traces = 6;
    options.workers.timeout = std::chrono::milliseconds{500};
    options.shrink_time = std::chrono::milliseconds{1000};
  }
  QuietListener view;
  const SearchResult result = search(toy(GetParam()), options, view);
  EXPECT_FALSE(result.error) << result.error->message;
  // Hangs are few: each costs its time limit.
  ASSERT_GE(result.findings.size(), GetParam() == Fault::hangs ? 1U : 2U);
  for (const ProfileProgress& row : result.progress.profiles) EXPECT_EQ(row.counters.traces, options.drawing.traces);
  for (const Finding& finding : result.findings) {
    const Investigation& investigation = finding.investigation;
    EXPECT_EQ(investigation.reproduced, kReplays);
    if (GetParam() == Fault::lies || GetParam() == Fault::hangs) continue;
    EXPECT_TRUE(investigation.one_minimal);
    EXPECT_EQ(investigation.trace.operations.size(), 2U);
  }
  for (const std::string& path : view.paths) {
    EXPECT_TRUE(std::filesystem::exists(path + "/trace.txt"));
    EXPECT_TRUE(std::filesystem::exists(path + "/finding.json"));
    EXPECT_TRUE(std::filesystem::exists(path + "/model.log"));
  }
  // Neither the spool nor a half written finding is left.
  for (const std::string& folder : finding_folders(options.findings)) {
    EXPECT_FALSE(fs::path(folder).filename().string().starts_with(".")) << folder;
  }
}

// However short the search is.
TEST(FindFailures, WhatHangsWhenTheTimeEndsIsFound) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 40);
  options.drawing.profiles = {ProfileId::python3_11};
  options.workers.timeout = std::chrono::milliseconds{300};
  options.shrink_time = std::chrono::milliseconds{0};
  options.time = std::chrono::milliseconds{50};
  QuietListener view;
  const SearchResult result = search(toy_subject("toy", Fault::hangs, OpCode::create, 1), options, view);
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].investigation.signature, "hang");
}

std::string name_of(const testing::TestParamInfo<Fault>& parameter) {
  constexpr const char* kNames[] = {"none",   "lies",  "crashes",    "aborts", "hangs",
                                    "throws", "exits", "exits_well", "flaky",  "greedy"};
  return kNames[static_cast<std::size_t>(parameter.param)];
}

INSTANTIATE_TEST_SUITE_P(FindFailures, EveryFault,
                         testing::Values(Fault::lies, Fault::crashes, Fault::aborts, Fault::hangs, Fault::throws,
                                         Fault::exits, Fault::exits_well),
                         name_of);

// A fault that needs what ran before is stored with that, and replayed and shrunk behind it.
TEST(FindFailures, AFailureThatNeedsOtherTracesIsStoredWithThem) {
  TemporaryDirectory directory;
  QuietListener view;
  const SearchResult result = run_until_found(Fault::stale, options_for(directory, 2000), view);
  ASSERT_EQ(result.findings.size(), 1U);
  const Investigation& investigation = result.findings.front().investigation;
  EXPECT_EQ(investigation.before.size(), 1U);
  EXPECT_EQ(investigation.reproduced, kReplays);
  EXPECT_LE(investigation.trace.operations.size(), 4U);
  EXPECT_TRUE(fs::exists(view.paths.at(0) + "/before-000.trace"));
  EXPECT_NE(slurp(view.paths.at(0) + "/finding.json").find("\"traces_before\": 1"), std::string::npos);
}

TEST(FindFailures, ASubjectThatThrewIsMadeAnew) {
  TemporaryDirectory directory;
  SubjectEntry subject = toy(Fault::none);
  subject.make = [] { return std::make_unique<Spoilt>(OpCode::clear, 2); };
  QuietListener view;
  const SearchResult result = search(subject, options_for(directory, 60), view);
  ASSERT_FALSE(view.failures.empty());
  for (const SearchFailure& failure : view.failures) {
    EXPECT_EQ(failure.verdict.signature, "exception std::runtime_error") << failure.position;
  }
}

// The model, for as many traces as the first chunks have; then its logs are empty.
class Tired final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "tired"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, log);
    if (++ran_ > 32) log.clear();
  }

 private:
  ModelSubject model_;
  int ran_ = 0;
};

TEST(FindFailures, ASubjectIsMadeAnewForEachChunk) {
  TemporaryDirectory directory;
  SubjectEntry subject = toy(Fault::none);
  subject.make = [] { return std::make_unique<Tired>(); };
  // Two profiles, so that there are nearly four chunks of 32.
  QuietListener view;
  const SearchResult result = search(subject, options_for(directory, 60), view);
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.progress.sum().counters.traces, 120U);
}

TEST(FindFailures, ASoundSubjectHasNoFindings) {
  TemporaryDirectory directory;
  QuietListener view;
  const SearchResult result = search(toy(Fault::none), options_for(directory, 200), view);
  EXPECT_TRUE(result.findings.empty());
  EXPECT_TRUE(view.failures.empty());
  EXPECT_EQ(result.progress.profiles.at(0).counters.traces, 200U);
  EXPECT_FALSE(fs::exists(directory.file("findings")));
}

TEST(FindFailures, StoresTheSameBytesEveryTime) {
  constexpr auto kTraces = fewer<std::uint64_t>(60, 20);
  TemporaryDirectory one;
  TemporaryDirectory other;
  for (const Fault fault : {Fault::lies, Fault::crashes}) {
    QuietListener view;
    EXPECT_FALSE(search(toy(fault), options_for(one, kTraces), view).findings.empty());
    EXPECT_FALSE(search(toy(fault), options_for(other, kTraces), view).findings.empty());
  }
  const auto files = files_but_run_json(one.path());
  EXPECT_GE(files.size(), 12U);
  EXPECT_EQ(files, files_but_run_json(other.path()));
}

// Whatever the number of workers; a subject that keeps something from trace to trace is made anew at fixed positions.
TEST(FindFailures, StoresTheSameBytesWithAnyNumberOfJobs) {
  for (const Fault fault : {Fault::crashes, Fault::lies, Fault::throws, Fault::stale}) {
    if (kSanitized && fault != Fault::crashes) continue;
    TemporaryDirectory one;
    Options options = options_for(one, fewer<std::uint64_t>(300, 80));
    options.max_findings = 3;
    QuietListener view;
    EXPECT_FALSE(search(toy(fault), options, view).findings.empty());
    const auto files = files_but_run_json(one.path());
    for (const std::uint32_t jobs : {2U, 5U}) {
      TemporaryDirectory other;
      options.findings = other.file("findings");
      options.workers.jobs = jobs;
      const SearchResult result = search(toy(fault), options, view);
      EXPECT_FALSE(result.error) << result.error->message;
      EXPECT_EQ(files_but_run_json(other.path()), files) << jobs << " jobs";
    }
  }
}

TEST(FindFailures, EveryTraceIsRunOnceWithAnyNumberOfJobs) {
  constexpr auto kTraces = fewer<std::uint64_t>(150, 20);
  for (const std::uint32_t jobs : {1U, 2U, 7U}) {
    for (const Fault fault : {Fault::none, Fault::throws, Fault::crashes}) {
      TemporaryDirectory directory;
      Options options = options_for(directory, kTraces);
      options.workers.jobs = jobs;
      QuietListener view;
      const SearchResult result = search(toy(fault), options, view);
      for (const ProfileProgress& row : result.progress.profiles) EXPECT_EQ(row.counters.traces, kTraces) << jobs;
    }
  }
}

TEST(FindFailures, AProcessForEachTrace) {
  TemporaryDirectory directory;
  constexpr auto kTraces = fewer<std::uint64_t>(40, 10);
  Options options = options_for(directory, kTraces);
  options.workers.fresh = true;
  QuietListener view;
  // It fails only if the process ran another trace before, or with twice as many triggers.
  const SearchResult result = search(toy(Fault::stale), options, view);
  EXPECT_EQ(result.progress.sum().counters.traces, 2 * kTraces);
  for (const Finding& finding : result.findings) EXPECT_EQ(finding.investigation.reproduced, kReplays);
}

TEST(FindFailures, AFindingThatIsThereIsLeftAlone) {
  TemporaryDirectory directory;
  QuietListener view;
  const Options options = options_for(directory, 30);
  (void)search(toy(Fault::crashes), options, view);
  const auto before = all_files(directory.path());
  (void)search(toy(Fault::crashes), options, view);
  EXPECT_EQ(before, all_files(directory.path()));
}

// What a search that is killed while it shrinks leaves behind is a finding.
class WatchOfShrinking final : public QuietListener {
 public:
  explicit WatchOfShrinking(std::string findings) : findings_(std::move(findings)) {}
  void shrinking(const Trace& /*best*/, const ShrinkProgress& /*progress*/) override {
    if (const auto cases = find_cases({findings_}); std::holds_alternative<std::vector<StoredCase>>(cases)) {
      left_behind = std::get<std::vector<StoredCase>>(cases);
      if (!left_behind.empty()) trace = load_case(left_behind.front());
    }
  }

  std::vector<StoredCase> left_behind;
  std::variant<Trace, FileError> trace;

 private:
  std::string findings_;
};

TEST(FindFailures, AFailureIsStoredBeforeItIsShrunk) {
  TemporaryDirectory directory;
  const Options options = options_for(directory, 60);
  WatchOfShrinking view(options.findings);
  Options one = options;
  one.max_findings = 1;
  const SearchResult result = search(toy(Fault::lies), one, view);
  ASSERT_EQ(result.findings.size(), 1U);
  ASSERT_EQ(view.left_behind.size(), 1U);
  EXPECT_TRUE(fs::path(view.left_behind.front().path).parent_path().string().ends_with("-unshrunk"));
  EXPECT_EQ(view.left_behind.front().subject, "toy");
  EXPECT_EQ(view.left_behind.front().level, Level::order);
  EXPECT_EQ(print_trace(std::get<Trace>(view.trace)), print_trace(result.findings.front().original));
  // The shrunk one takes its place; when the failure was met is still known.
  ASSERT_EQ(view.paths.size(), 1U);
  EXPECT_EQ(finding_folders(options.findings), view.paths);
  EXPECT_LE(fs::last_write_time(view.paths[0] + "/original.cyct"), fs::last_write_time(view.paths[0] + "/trace.txt"));
}

// Answers wrongly from the first `clear` on, and crashes at the third.
class CrashesLater final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "later"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    Log right;
    model_.run(trace, observe, right);
    int clears = 0;
    log.clear();
    for (std::size_t i = 0; i < right.operations(); ++i) {
      if (trace.operations[i].code == OpCode::clear && ++clears == 3) {
        std::signal(SIGSEGV, SIG_DFL);
        std::raise(SIGSEGV);
      }
      for (const Event& event : right.of(i)) log.add(event);
      if (clears > 0) log.add(Event::numbers(EventKind::no_memory, 0));
      log.end_operation();
    }
  }

 private:
  ModelSubject model_;
};

TEST(FindFailures, ACrashBehindADivergenceIsCutDownToThat) {
  TemporaryDirectory directory;
  SubjectEntry subject;
  subject.name = "later";
  subject.make = [] { return std::make_unique<CrashesLater>(); };
  // A trace that crashes is the first that fails.
  Options options = options_for(directory, 1);
  options.drawing.profiles = {ProfileId::python3_11};
  options.drawing.opening = [](ProfileId /*profile*/) {
    const std::string operations = "new a node\nnew b node\nclear a\nappend b a\nclear b\nnew c node\nclear c\n";
    const auto tail = parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations);
    return std::get<Trace>(tail);
  };
  QuietListener view;
  const SearchResult result = search(subject, options, view);
  ASSERT_FALSE(result.findings.empty());
  const Finding& finding = result.findings.front();
  EXPECT_EQ(finding.later, "crash SIGSEGV");
  EXPECT_EQ(finding.original.operations.size(), 7U);
  EXPECT_EQ(finding.investigation.trace.operations.size(), 1U);
  EXPECT_EQ(finding.investigation.examination.verdict.outcome, Outcome::divergence);
  EXPECT_TRUE(finding.investigation.one_minimal);
  EXPECT_NE(slurp(view.paths.at(0) + "/finding.json").find("\"later\": \"crash SIGSEGV\""), std::string::npos);
}

TEST(FindFailures, WhatIsStoredRunsFirstAndIsToldApart) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 60);
  options.runs_findings_again = true;
  QuietListener view;
  const SearchResult first = search(toy(Fault::lies), options, view);
  ASSERT_GE(first.findings.size(), 2U);
  EXPECT_TRUE(first.still_failing.empty());
  const auto files = all_files(directory.path());
  // What fails still is not found again, nor shrunk.
  const SearchResult second = search(toy(Fault::lies), options, view);
  EXPECT_TRUE(second.findings.empty());
  EXPECT_EQ(second.still_failing.size(), first.findings.size());
  EXPECT_GT(second.progress.sum().counters.failures, 0U);
  EXPECT_TRUE(second.mended.empty());
  const SearchResult third = search(toy(Fault::none), options, view);
  EXPECT_EQ(third.mended.size(), first.findings.size());
  EXPECT_TRUE(third.still_failing.empty());
  EXPECT_TRUE(third.findings.empty());
  EXPECT_EQ(all_files(directory.path()), files);
}

// Behind the traces before it.
TEST(FindFailures, WhatNeedsOtherTracesFailsAgainBehindThem) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 2000);
  QuietListener view;
  const SearchResult first = run_until_found(Fault::stale, options, view);
  ASSERT_EQ(first.findings.size(), 1U);
  ASSERT_EQ(first.findings.front().investigation.before.size(), 1U);
  options.runs_findings_again = true;
  options.drawing.traces = 1;
  const SearchResult second = search(toy(Fault::stale), options, view);
  EXPECT_EQ(second.still_failing.size(), 1U);
  EXPECT_TRUE(second.mended.empty());
}

TEST(FindFailures, WhatAKilledSearchLeftIsTakenUp) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 60);
  options.max_findings = 1;
  QuietListener view;
  const SearchResult whole = search(toy(Fault::lies), options, view);
  ASSERT_EQ(whole.findings.size(), 1U);
  const auto files = files_but_run_json(options.findings);
  fs::remove_all(options.findings);
  fs::create_directory(options.findings);
  Finding left = whole.findings.front();
  left.unshrunk = true;
  left.investigation.trace = left.original;
  left.investigation.before.clear();
  ASSERT_TRUE(std::holds_alternative<StoredFinding>(store_finding(options.findings, left)));
  ASSERT_NE(files_but_run_json(options.findings), files);
  options.runs_findings_again = true;
  const SearchResult result = search(toy(Fault::lies), options, view);
  ASSERT_GE(result.findings.size(), 1U);
  EXPECT_TRUE(result.still_failing.empty());
  EXPECT_EQ(files_but_run_json(options.findings), files);
}

TEST(FindFailures, OneBugInTwoProfilesIsOneGroup) {
  TemporaryDirectory directory;
  QuietListener view;
  Options options = options_for(directory, 60);
  options.max_findings = 2;
  const SearchResult result = search(toy(Fault::crashes), options, view);
  std::set<std::string> firsts;
  std::size_t grouped = 0;
  for (std::size_t i = 0; i < result.findings.size(); ++i) {
    const Finding& finding = result.findings[i];
    if (finding.same_as.empty()) {
      firsts.insert(fs::path(view.paths.at(i)).filename().string());
      EXPECT_TRUE(finding.same_as.empty());
      continue;
    }
    ++grouped;
    EXPECT_TRUE(firsts.contains(finding.same_as)) << finding.same_as;
    EXPECT_NE(slurp(view.paths.at(i) + "/finding.json").find("\"same_as\": \"" + finding.same_as), std::string::npos);
  }
  EXPECT_GT(grouped, 0U);
  EXPECT_LE(firsts.size(), options.max_findings);
}

TEST(FindFailures, AcceptedFailuresAreCountedAndNoFindings) {
  TemporaryDirectory directory;
  const std::string path = directory.write("known",
                                           "# what we live with\n\n"
                                           "missing died object  # issue 12\n"
                                           "python3.11: changed count # never comes\n");
  const auto read = AcceptedFailures::read(path);
  ASSERT_TRUE(std::holds_alternative<AcceptedFailures>(read)) << std::get<FileError>(read).message;
  const auto& accepted = std::get<AcceptedFailures>(read);
  ASSERT_EQ(accepted.rows().size(), 2U);
  EXPECT_EQ(accepted.rows()[0].reason, "issue 12");
  EXPECT_EQ(accepted.rows()[1].profile, ProfileId::python3_11);
  Options options = options_for(directory, 60);
  options.workers.accepted = &accepted;
  QuietListener view;
  const SearchResult result = search(toy(Fault::lies), options, view);
  for (const Finding& finding : result.findings) {
    EXPECT_FALSE(finding.investigation.signature.starts_with("missing died")) << finding.investigation.signature;
  }
  EXPECT_GT(result.progress.sum().counters.accepted, 0U);
  EXPECT_EQ(result.accepted_seen, (std::set<std::size_t>{0}));
  EXPECT_EQ(accepted.find(ProfileId::python3_11, "changed count"), 1U);
  EXPECT_EQ(accepted.find(ProfileId::python3_12, "changed count"), std::nullopt);
  EXPECT_EQ(accepted.find(ProfileId::python3_12, "missing died node"), 0U);
  const auto bad = AcceptedFailures::read(directory.write("bad", "\nmissing died node\n"));
  ASSERT_TRUE(std::holds_alternative<FileError>(bad));
  EXPECT_NE(std::get<FileError>(bad).message.find("bad:2: expected a signature and why it is accepted"),
            std::string::npos)
      << std::get<FileError>(bad).message;
}

// A trace that fails in two ways is accepted if both are.
TEST(FindFailures, WhatElseIsWrongIsNotAccepted) {
  TemporaryDirectory directory;
  const auto read = AcceptedFailures::read(directory.write("known", "missing died # 1\nextra died # 2\n"));
  WorkersOptions options;
  options.accepted = &std::get<AcceptedFailures>(read);
  Verdict verdict;
  verdict.outcome = Outcome::exception;
  verdict.signature = "missing died";
  EXPECT_TRUE(is_accepted(options, ProfileId::python3_11, verdict));
  verdict.also.push_back(verdict);
  verdict.also.back().signature = "extra died";
  EXPECT_TRUE(is_accepted(options, ProfileId::python3_11, verdict));
  verdict.also.push_back(verdict.also.back());
  verdict.also.back().signature = "crash SIGSEGV";
  EXPECT_FALSE(is_accepted(options, ProfileId::python3_11, verdict));
}

TEST(FindFailures, AFlakyFailureIsCalledFlaky) {
  TemporaryDirectory directory;
  QuietListener view;
  const SearchResult result = run_until_found(Fault::flaky, options_for(directory, 60), view);
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_TRUE(result.findings[0].investigation.is_flaky());
  EXPECT_NE(slurp(view.paths.at(0) + "/finding.json").find("\"verdict\": \"flaky\""), std::string::npos);
}

TEST(FindFailures, EndsAtTheLargestNumberOfFindings) {
  TemporaryDirectory directory;
  QuietListener view;
  const SearchResult result = run_until_found(Fault::lies, options_for(directory, 1000), view);
  EXPECT_EQ(result.findings.size(), 1U);
  EXPECT_TRUE(result.stopped_at_max_findings);
  EXPECT_LT(result.progress.profiles.at(0).counters.traces, 1000U);
}

TEST(FindFailures, AnInterruptKeepsWhatWasFound) {
  TemporaryDirectory directory;
  QuietListener view;
  view.interrupts = [&] { return !view.paths.empty(); };
  const SearchResult result = search(toy(Fault::lies), options_for(directory, 1'000'000), view);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.findings.size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(view.paths.at(0) + "/finding.json"));
}

TEST(FindFailures, ADirectoryThatCannotBeWrittenIsAnError) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 10);
  options.findings = directory.write("file", "not a directory");
  QuietListener view;
  const SearchResult result = search(toy(Fault::lies), options, view);
  ASSERT_TRUE(result.error);
  EXPECT_NE(result.error->message.find("file"), std::string::npos);
}

TEST(FindFailures, AFindingThatCannotBeStoredIsReportedAllTheSame) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 60);
  options.findings = "/dev/full/findings";
  QuietListener view;
  EXPECT_TRUE(search(toy(Fault::lies), options, view).error);
}

TEST(FindFailures, EveryStateOfTheModelIsReached) {
  if (kSanitized) GTEST_SKIP() << "what is reached is the same with sanitizers, and takes minutes";
  TemporaryDirectory directory;
  Options options = options_for(directory, 4000);
  options.drawing.profiles = {ProfileId::python2_7, ProfileId::python3_8, ProfileId::python3_11, ProfileId::python3_12};
  QuietListener view;
  const SearchResult result = search(toy(Fault::none), options, view);
  EXPECT_EQ(not_reached(result.reach), std::vector<std::string>{});
}

TEST(FindFailures, OneTraceCanBeRunAlone) {
  TemporaryDirectory directory;
  Options options = options_for(directory, 1000);
  options.drawing.profiles = {ProfileId::python3_11};
  QuietListener view;
  const SearchResult all = run_until_found(Fault::crashes, options, view);
  ASSERT_EQ(all.findings.size(), 1U);
  options.drawing.first = all.findings[0].index;
  options.drawing.traces = 1;
  const SearchResult one = search(toy(Fault::crashes), options, view);
  ASSERT_EQ(one.findings.size(), 1U);
  EXPECT_EQ(one.findings[0].original, all.findings[0].original);
}

TEST(RunningTrace, HoldsTheTraceThatIsAboutToRun) {
  TemporaryDirectory directory;
  const std::string path = directory.file("spool.cyct");
  {
    RunningTrace spool(path);
    for (const std::uint64_t index : {std::uint64_t{3}, std::uint64_t{1}, std::uint64_t{8}}) {
      const Trace trace = generate(1, index, {});
      spool.put(trace);
      const auto loaded = load_trace(path);
      ASSERT_TRUE(std::holds_alternative<Trace>(loaded));
      EXPECT_EQ(std::get<Trace>(loaded), trace);
    }
    // A trace longer than the file was at first.
    Trace large = generate(1, 2, {});
    while (large.operations.size() < 200'000) {
      large.operations.insert(large.operations.end(), {Operation{}, Operation{}, Operation{}});
    }
    spool.put(large);
    EXPECT_EQ(std::get<Trace>(load_trace(path)), large);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace cyclecheck

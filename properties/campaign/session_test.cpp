// Covers: fuzzing campaigns from the first input to the stored finding: sessions resume, lose nothing when they are
// killed, keep one finding a signature, hold each other off, merge by union, and say what is wrong with a folder.
// Does not cover: real fuzz targets (ci/canary), how well fuzzing guides (bench/experiments/fuzz-states).
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "harness/campaign/folder.hpp"
#include "harness/campaign/known_findings.hpp"
#include "harness/campaign/merge.hpp"
#include "harness/campaign/page.hpp"
#include "harness/campaign/session.hpp"
#include "harness/campaign/state_store.hpp"
#include "harness/inputs/input.hpp"
#include "harness/subjects/model_subject.hpp"
#include "properties/support/temporary_directory.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

class QuietView final : public CampaignListener {
 public:
  void note(const std::string& line) override { notes += line + "\n"; }
  void began(const SessionEntry&, std::size_t sessions, std::size_t inputs, std::size_t known) override {
    earlier_sessions = sessions;
    corpus = inputs;
    earlier_findings = known;
  }
  void progress(const FuzzProgress&) override {}
  void failed(const Verdict&, const Trace&) override {
    if (on_failure) on_failure();
  }
  void shrinking(const Trace&, const ShrinkProgress&) override { ++improvements; }
  void found(const Finding& finding, const std::optional<StoredFinding>&, const std::optional<FileError>&) override {
    findings.push_back(finding);
  }
  void minimised(const Minimised& result) override { minimisings.push_back(result); }
  [[nodiscard]] bool interrupted() override {
    if (on_question) on_question();
    return false;
  }

  std::function<void()> on_failure;
  std::function<void()> on_question;
  std::size_t improvements = 0;
  std::vector<Minimised> minimisings;
  std::string notes;
  std::size_t earlier_sessions = 0;
  std::size_t corpus = 0;
  std::size_t earlier_findings = 0;
  std::vector<Finding> findings;
};

SubjectEntry toy(Fault fault) { return toy_subject("toy", fault, OpCode::clear, 2); }

FuzzOptions options_for(const std::string& campaign, std::uint64_t executions) {
  FuzzOptions options;
  options.campaign = campaign;
  options.executions = executions;
  options.time = std::chrono::seconds{60};
  options.timeout = std::chrono::milliseconds{2000};
  options.profiles = {ProfileId::python3_11};
  options.shrink_time = std::chrono::milliseconds{4000};
  return options;
}

FuzzResult fuzz(Fault fault, const FuzzOptions& options, QuietView& view) {
  FuzzResult result = run_fuzz_session(toy(fault), options, view);
  EXPECT_FALSE(result.error) << result.error->message;
  return result;
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const std::string& path : finding_folders(folder)) names.insert(fs::path(path).filename().string());
  return names;
}

bool includes(const std::set<std::string>& all, const std::set<std::string>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Runs something in a process of its own; its exit status.
int in_a_process(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::set<std::uint32_t> states_of_corpus(const std::string& campaign) {
  std::set<std::uint32_t> states;
  Notes notes;
  const auto corpus = std::get<Inputs>(Inputs::load(campaign + "/corpus", false, notes));
  ModelSubject model;
  Log log;
  for (const auto& [name, bytes] : corpus.all()) {
    model.run(fuzz_trace({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}), Observe::digest, log);
    for (const HeapState& state : model.heap_states().states()) states.insert(state.packed());
  }
  return states;
}

// By name: as many as are minimised without being asked to.
std::map<std::string, std::string> many_inputs() {
  std::map<std::string, std::string> inputs;
  for (std::int32_t i = 1; i <= 520; ++i) {
    Trace trace = empty_trace(ProfileId::python3_11);
    trace.settings.threshold[0] = i;
    const auto bytes = encode_trace(trace);
    const std::string input(bytes.begin(), bytes.end());
    inputs.emplace(input_name(input), input);
  }
  return inputs;
}

class EveryFault : public testing::TestWithParam<Fault> {};

TEST_P(EveryFault, IsFoundShrunkAndStoredOnce) {
  TemporaryDirectory directory;
  FuzzOptions options = options_for(directory.file("c"), 600);
  if (GetParam() == Fault::hangs) {
    options.timeout = std::chrono::milliseconds{300};
    options.max_findings = 1;
  }
  QuietView view;
  const FuzzResult result = fuzz(GetParam(), options, view);
  EXPECT_GE(result.session.failures, 1U);
  ASSERT_EQ(result.session.findings, view.findings.size());
  ASSERT_GE(view.findings.size(), 1U);
  std::set<std::string> signatures;
  for (const Finding& finding : view.findings) {
    EXPECT_TRUE(signatures.insert(finding.investigation.signature).second) << finding.investigation.signature;
    EXPECT_EQ(finding.investigation.is_flaky(), GetParam() == Fault::flaky);
    if (GetParam() == Fault::crashes) {
      EXPECT_EQ(finding.investigation.trace.operations.size(), 2U);
      EXPECT_EQ(finding.investigation.signature, "crash SIGSEGV");
    }
  }
  const auto stored = names_in(options.campaign + "/findings");
  EXPECT_EQ(stored.size(), view.findings.size());
  EXPECT_TRUE(names_in(options.campaign + "/pending").empty());
  EXPECT_TRUE(names_in(options.campaign + "/running").empty());
  const std::string json = slurp(options.campaign + "/findings/" + *stored.begin() + "/finding.json");
  EXPECT_TRUE(has(json, GetParam() == Fault::flaky ? "\"flaky\"" : "\"reproducible\"")) << json;
  EXPECT_TRUE(has(json, "cyclecheck replay --subject toy --level order " + *stored.begin())) << json;
}

std::string name_of(const testing::TestParamInfo<Fault>& parameter) {
  constexpr const char* kNames[] = {"none",   "lies",  "crashes",    "aborts", "hangs",
                                    "throws", "exits", "exits_well", "flaky"};
  return kNames[static_cast<std::size_t>(parameter.param)];
}

INSTANTIATE_TEST_SUITE_P(FuzzCampaign, EveryFault,
                         testing::Values(Fault::lies, Fault::crashes, Fault::hangs, Fault::throws, Fault::exits,
                                         Fault::flaky),
                         name_of);

TEST(FuzzCampaign, ResumesAndKnowsWhatItFound) {
  TemporaryDirectory directory;
  const FuzzOptions options = options_for(directory.file("c"), 500);
  QuietView first;
  fuzz(Fault::crashes, options, first);
  EXPECT_EQ(first.earlier_sessions, 0U);
  const auto findings = names_in(options.campaign + "/findings");
  const auto corpus = names_in(options.campaign + "/corpus");
  QuietView second;
  const FuzzResult again = fuzz(Fault::crashes, options, second);
  EXPECT_EQ(second.earlier_sessions, 1U);
  EXPECT_EQ(second.earlier_findings, findings.size());
  EXPECT_EQ(second.corpus, corpus.size());
  EXPECT_EQ(again.session.findings, 0U);
  EXPECT_GE(again.session.failures, 1U);
  EXPECT_EQ(names_in(options.campaign + "/findings"), findings);
  EXPECT_TRUE(includes(names_in(options.campaign + "/corpus"), corpus));
  EXPECT_EQ(second.notes, "");

  Notes notes;
  const auto folder = std::get<CampaignFolder>(CampaignFolder::read(options.campaign, notes));
  const CampaignSummary summary = summarise(folder, notes);
  ASSERT_EQ(summary.sessions.size(), 2U);
  EXPECT_EQ(summary.states.executions, summary.executions);
  EXPECT_GE(summary.executions, 1000U);
  EXPECT_GT(summary.cpu_seconds, 0);
  EXPECT_EQ(summary.sessions[0].end, "executions");
  EXPECT_NE(summary.sessions[0].commit, "");
  EXPECT_NE(summary.sessions[0].seed, summary.sessions[1].seed);
  const std::string page = slurp(options.campaign + "/index.html");
  EXPECT_TRUE(has(page, "<svg")) << page;
  EXPECT_TRUE(has(page, "crash SIGSEGV"));
  // Its explanation, which the page links to.
  const std::string finding = *findings.begin();
  EXPECT_TRUE(has(page, "<a href=\"findings/" + finding + "/explain.html\">why</a>")) << page;
  EXPECT_TRUE(has(slurp(options.campaign + "/findings/" + finding + "/explain.html"), "crash SIGSEGV"));
  // The second session goes on where the first one ended: no line falls.
  EXPECT_FALSE(has(page, "class=\"running\""));
  EXPECT_FALSE(has(page, "http")) << "the page needs nothing from elsewhere";
  EXPECT_TRUE(notes.lines().empty());
}

// Numbers of a machine go on from session to session, on a calendar.
TEST(FuzzCampaign, LinesOfSeveralSessionsGoOn) {
  CampaignSummary summary;
  for (int i = 0; i < 2; ++i) {
    SessionEntry session;
    session.machine = "m";
    session.host = "h";
    session.coverage_unit = "features";
    session.started = i == 0 ? "2026-11-26 12:00:00.000" : "2026-11-28 12:00:00.000";
    session.executions = 1000;
    summary.sessions.push_back(session);
    summary.samples.push_back({{0, 0, 0, 0, 0, 0}, {3600, 1000, 50, 40, 30, 1}});
  }
  summary.written = "2026-11-29 00:00:00.000";
  const std::string page = campaign_page(summary, "c");
  for (const char* part : {"0 executions at 11-26 12:00", "1000 executions at 11-26 13:00",
                           "1000 executions at 11-28 12:00", "2000 executions at 11-28 13:00",
                           "40 states at 11-28 12:00", "50 features at 11-28 12:00", "1 findings at 11-28 12:00"}) {
    EXPECT_TRUE(has(page, part)) << part << "\n" << page;
  }
}

TEST(FuzzCampaign, TheFolderHasALimit) {
  TemporaryDirectory directory;
  FuzzOptions options = options_for(directory.file("c"), 600);
  options.executions.reset();
  options.max_bytes = 1;
  QuietView view;
  const FuzzResult result = fuzz(Fault::none, options, view);
  EXPECT_EQ(result.session.end, "size");
  EXPECT_FALSE(result.error);
}

TEST(FuzzCampaign, AKilledSessionLosesNothing) {
  TemporaryDirectory directory;
  FuzzOptions options = options_for(directory.file("c"), 600);
  options.executions.reset();
  options.jobs = 2;
  const pid_t child = fork();
  if (child == 0) {
    QuietView view;
    (void)run_fuzz_session(toy(Fault::crashes), options, view);
    _exit(0);
  }
  const auto count = [&](const char* name) {
    const std::string folder = options.campaign + "/" + name;
    return fs::exists(folder) ? names_in(folder).size() : 0;
  };
  for (int i = 0; i < 3000 && (count("corpus") < 60 || count("findings") < 1); ++i) usleep(10'000);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  std::set<std::string> corpus;
  for (const std::string& name : names_in(options.campaign + "/corpus")) {
    if (!name.starts_with('.')) corpus.insert(name);
  }
  ASSERT_GE(corpus.size(), 60U);
  for (const std::string& name : corpus) EXPECT_EQ(input_name(slurp(options.campaign + "/corpus/" + name)), name);
  const auto findings = names_in(options.campaign + "/findings");
  EXPECT_GE(findings.size(), 1U);
  Notes notes;
  const StateTotals before = all_states(options.campaign + "/states", notes);
  EXPECT_GT(before.states, 0U);

  options.executions = 200;
  // While a failure is shrunk the jobs may find twice as many inputs as there were.
  options.may_minimise = false;
  QuietView view;
  fuzz(Fault::crashes, options, view);
  EXPECT_EQ(view.earlier_sessions, 1U);
  EXPECT_GE(view.corpus, corpus.size());
  // An input that ends the process does not stay in the corpus.
  std::set<std::string> inputs = names_in(options.campaign + "/corpus");
  inputs.merge(names_in(options.campaign + "/failing"));
  EXPECT_TRUE(includes(inputs, corpus));
  EXPECT_TRUE(includes(names_in(options.campaign + "/findings"), findings));
  const StateTotals after = all_states(options.campaign + "/states", notes);
  EXPECT_GE(after.executions, before.executions + 200);
  EXPECT_GE(after.states, before.states);
  const auto sessions = load_sessions(options.campaign + "/sessions", notes);
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].end, "running");
  const auto folder = std::get<CampaignFolder>(CampaignFolder::read(options.campaign, notes));
  EXPECT_EQ(summarise(folder, notes).sessions[0].end, "killed");
  EXPECT_TRUE(notes.lines().empty());
  // Of another machine, from which there has been no news for long.
  SessionEntry far = sessions[0];
  far.id = "20200101T000000000Z-00000000";
  far.machine = "elsewhere";
  far.started = "2020-01-01 00:00:00.000";
  ASSERT_TRUE(std::holds_alternative<std::monostate>(store_session(options.campaign + "/sessions", far, false)));
  EXPECT_EQ(summarise(folder, notes).sessions[0].end, "killed");
  far.started = utc_now();
  far.seconds = 0;
  ASSERT_TRUE(std::holds_alternative<std::monostate>(store_session(options.campaign + "/sessions", far, false)));
  const CampaignSummary now = summarise(folder, notes);
  EXPECT_TRUE(std::any_of(now.sessions.begin(), now.sessions.end(),
                          [](const SessionEntry& session) { return session.end == "running"; }));
  const std::string page = campaign_page(now, "c");
  EXPECT_TRUE(has(page, "<td class=\"running\">running")) << page;
  EXPECT_TRUE(has(page, "location.reload()"));
}

// Inputs of a target that the killed session had not taken over yet are no growth of the session after it.
TEST(FuzzCampaign, WhatAKilledSessionLeftIsNotMinimisedAtOnce) {
  TemporaryDirectory directory;
  const FuzzOptions options = options_for(directory.file("c"), 1);
  QuietView view;
  fuzz(Fault::none, options, view);
  const auto left = many_inputs();
  fs::create_directories(options.campaign + "/running/inbox");
  for (const auto& [name, input] : left) directory.write("c/running/inbox/" + name, input);
  QuietView next;
  fuzz(Fault::none, options, next);
  EXPECT_GE(next.corpus, left.size());
  EXPECT_TRUE(next.minimisings.empty());
  const auto corpus = names_in(options.campaign + "/corpus");
  for (const auto& [name, input] : left) EXPECT_TRUE(corpus.contains(name)) << name;
}

// A campaign as a session leaves it that is killed between failures and their findings: so many inputs fail.
FuzzOptions with_waiting_failures(const TemporaryDirectory& directory, std::size_t failures) {
  const FuzzOptions options = options_for(directory.file("c"), 100);
  QuietView view;
  fuzz(Fault::none, options, view);
  std::string input{"\x01\x06\x00\x09\x00\x09\x00\x00\x00\x00", 10};
  for (std::size_t i = 0; i < failures; ++i) {
    directory.write("c/pending/" + input_name(input), input);
    input += std::string(2, '\0');
  }
  return options;
}

TEST(FuzzCampaign, WhatWaitsToBeShrunkIsShrunkByTheNextSession) {
  const TemporaryDirectory directory;
  const FuzzOptions options = with_waiting_failures(directory, 1);
  QuietView next;
  fuzz(Fault::crashes, options, next);
  EXPECT_GE(next.findings.size(), 1U);
  EXPECT_TRUE(names_in(options.campaign + "/pending").empty());
}

TEST(FuzzCampaign, WhatIsBeyondTheFindingsThatAreEnoughWaits) {
  const TemporaryDirectory directory;
  FuzzOptions options = with_waiting_failures(directory, 2);
  options.max_findings = 1;
  QuietView next;
  fuzz(Fault::crashes, options, next);
  EXPECT_EQ(next.findings.size(), 1U);
  EXPECT_GE(names_in(options.campaign + "/pending").size(), 1U);
}

// A session asks all the time whether it is interrupted: here each question takes half a second.
TEST(FuzzCampaign, TheTimeCoversMinimising) {
  using std::chrono::milliseconds;
  TemporaryDirectory directory;
  FuzzOptions options = options_for(directory.file("c"), 1);
  options.executions.reset();
  options.time = milliseconds{4000};
  SessionTime::Clock::time_point now;
  options.now = [&] { return now; };
  std::set<std::string> seeds;
  fs::create_directory(directory.file("seeds"));
  for (const auto& [name, input] : many_inputs()) {
    seeds.insert(name);
    directory.write("seeds/" + name, input);
  }
  options.seeds = {directory.file("seeds")};
  QuietView view;
  constexpr milliseconds kQuestion{500};
  view.on_question = [&] { now += kQuestion; };
  const FuzzResult result = fuzz(Fault::none, options, view);
  EXPECT_EQ(result.session.end, "time");
  // Measuring an input is a question: all of them would be four minutes.
  EXPECT_LE(now.time_since_epoch(), *options.time + 5 * kQuestion);
  EXPECT_LE(result.session.seconds, 7);
  ASSERT_EQ(view.minimisings.size(), 1U);
  EXPECT_TRUE(view.minimisings[0].gave_up);
  EXPECT_TRUE(includes(names_in(options.campaign + "/corpus"), seeds));
}

TEST(FuzzCampaign, MinimisesAtTheEndIfItMay) {
  for (const bool may : {false, true}) {
    TemporaryDirectory directory;
    FuzzOptions options = options_for(directory.file("c"), 1);
    options.may_minimise = may;
    fs::create_directory(directory.file("seeds"));
    for (const auto& [name, input] : many_inputs()) directory.write("seeds/" + name, input);
    options.seeds = {directory.file("seeds")};
    QuietView view;
    fuzz(Fault::none, options, view);
    EXPECT_EQ(view.minimisings.size(), may ? 1U : 0U);
    // None of them has an operation.
    EXPECT_EQ(names_in(options.campaign + "/corpus").size() >= many_inputs().size(), !may);
  }
}

TEST(FuzzCampaign, TheTimeCoversShrinkingAndWhatIsLeftWaits) {
  TemporaryDirectory directory;
  FuzzOptions options = options_for(directory.file("c"), 100);
  QuietView view;
  fuzz(Fault::none, options, view);
  // Two failures with long traces, of which the first is looked at when the time ends.
  std::set<std::string> inputs;
  for (const char last : {'\x01', '\x02'}) {
    std::string input{"\x01\x06\x00", 3};
    for (int i = 0; i < 40; ++i) input += std::string{"\x09\x00", 2};
    input += last;
    inputs.insert(input_name(input));
    directory.write("c/pending/" + input_name(input), input);
  }
  SessionTime::Clock::time_point now;
  options.now = [&] { return now; };
  QuietView late;
  late.on_failure = [&] { now += *options.time; };
  const FuzzResult result = fuzz(Fault::crashes, options, late);
  EXPECT_EQ(result.session.end, "time");
  EXPECT_EQ(late.improvements, 0U);
  // One is stored as it is, the other one waits.
  ASSERT_EQ(late.findings.size(), 1U);
  EXPECT_FALSE(late.findings[0].investigation.one_minimal);
  EXPECT_EQ(names_in(options.campaign + "/findings").size(), 1U);
  // The jobs may have found more.
  // The jobs may have found more.
  const std::set<std::string> waiting = names_in(options.campaign + "/pending");
  std::erase_if(inputs, [&](const std::string& name) { return waiting.contains(name); });
  EXPECT_EQ(inputs.size(), 1U);
  EXPECT_EQ(result.progress.pending, waiting.size());
}

TEST(FuzzCampaign, TwoAtOnceAreHeldOff) {
  TemporaryDirectory directory;
  Notes notes;
  const auto first = CampaignFolder::open(directory.file("c"), notes);
  ASSERT_TRUE(std::holds_alternative<CampaignFolder>(first));
  QuietView view;
  const FuzzResult second = run_fuzz_session(toy(Fault::none), options_for(directory.file("c"), 10), view);
  ASSERT_TRUE(second.error);
  EXPECT_TRUE(has(second.error->message, "another campaign is at work there, process ")) << second.error->message;
  // Reading is possible at any time.
  EXPECT_TRUE(std::holds_alternative<CampaignFolder>(CampaignFolder::read(directory.file("c"), notes)));
}

TEST(FuzzCampaign, MergesByUnionAsOftenAsOneLikes) {
  TemporaryDirectory directory;
  const std::string one = directory.file("one");
  const std::string other = directory.file("other");
  QuietView view;
  fuzz(Fault::crashes, options_for(one, 400), view);
  FuzzOptions options = options_for(other, 400);
  options.seed = 77;
  fuzz(Fault::lies, options, view);
  const std::string both = directory.file("both");
  Notes notes;
  const auto merged = merge_campaigns(both, {one, other}, notes);
  ASSERT_TRUE(std::holds_alternative<Merged>(merged)) << std::get<FileError>(merged).message;
  for (const char* part : {"/corpus", "/findings", "/sessions", "/states"}) {
    std::set<std::string> expected = names_in(one + part);
    expected.merge(names_in(other + part));
    EXPECT_EQ(names_in(both + part), expected) << part;
  }
  const auto files = all_files(both);
  const auto again = std::get<Merged>(merge_campaigns(both, {other, one}, notes));
  EXPECT_EQ(again.inputs + again.findings + again.sessions, 0U);
  EXPECT_EQ(again.states, again.states_before);
  EXPECT_EQ(all_files(both), files);

  // The other way round there are the same states, each counted once.
  const StateTotals totals = all_states(both + "/states", notes);
  (void)merge_campaigns(one, {both}, notes);
  const StateTotals same = all_states(one + "/states", notes);
  EXPECT_EQ(same.executions, totals.executions);
  EXPECT_EQ(same.states, totals.states);
  EXPECT_EQ(same.once, totals.once);
  EXPECT_EQ(names_in(one + "/corpus"), names_in(both + "/corpus"));

  // A session goes on from there and counts for its own machine alone.
  fuzz(Fault::none, options_for(one, 100), view);
  EXPECT_GE(all_states(one + "/states", notes).executions, totals.executions + 100);
  EXPECT_EQ(all_states(one + "/states", notes).executions,
            summarise(std::get<CampaignFolder>(CampaignFolder::read(one, notes)), notes).executions);
  EXPECT_TRUE(std::holds_alternative<FileError>(merge_campaigns(one, {one}, notes)));
  EXPECT_TRUE(std::holds_alternative<FileError>(merge_campaigns(one, {directory.file("none")}, notes)));
  EXPECT_TRUE(notes.lines().empty());
}

TEST(FuzzCampaign, MinimisingLosesNoHeapState) {
  TemporaryDirectory directory;
  const FuzzOptions options = options_for(directory.file("c"), 1500);
  QuietView view;
  fuzz(Fault::none, options, view);
  // The session may have minimised by itself; an input without any operation reaches nothing and is never worth
  // keeping.
  const std::vector<std::uint8_t> bytes = encode_trace(empty_trace(ProfileId::python3_11));
  const std::string empty(bytes.begin(), bytes.end());
  std::ofstream(options.campaign + "/corpus/" + input_name(empty)) << empty;
  const auto states = states_of_corpus(options.campaign);
  const auto minimised = minimise_campaign(toy(Fault::none), options, view);
  ASSERT_TRUE(std::holds_alternative<Minimised>(minimised)) << std::get<FileError>(minimised).message;
  const auto& result = std::get<Minimised>(minimised);
  EXPECT_LT(result.after, result.before);
  EXPECT_FALSE(fs::exists(options.campaign + "/corpus/" + input_name(empty)));
  EXPECT_EQ(names_in(options.campaign + "/corpus").size(), result.after);
  EXPECT_EQ(states_of_corpus(options.campaign), states);
}

TEST(FuzzCampaign, ChoosesFewInputsThatReachEverything) {
  const std::vector<std::vector<std::uint64_t>> reached{{1}, {2}, {1, 2, 3}, {}, {3}, {4, 1}};
  // The first two are in the third, the fifth too.
  EXPECT_EQ(choose_inputs(reached), (std::vector<std::size_t>{2, 5}));
}

TEST(FuzzCampaign, ReadsACorpusOfForeignDamagedAndGiantFiles) {
  TemporaryDirectory directory;
  const FuzzOptions options = options_for(directory.file("c"), 50);
  QuietView first;
  fuzz(Fault::none, options, first);
  const std::size_t inputs = names_in(options.campaign + "/corpus").size();
  const std::string whole = *names_in(options.campaign + "/corpus").begin();
  const std::string bytes = slurp(options.campaign + "/corpus/" + whole);
  const std::string cut = bytes.substr(0, bytes.size() / 2);
  directory.write("c/corpus/" + whole, cut);
  directory.write("c/corpus/readme.md", "no input\n");
  directory.write("c/corpus/mine.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\nbulk a 77\ncollect 2\n");
  directory.write("c/corpus/later.cyct", "CYCT\x0A of a later version");
  directory.write("c/corpus/id:000001,src:000000", std::string{"\x01\x06\x00\x12\x02\x12\x01\x12\x00", 9});
  directory.write("c/corpus/giant", std::string(100'000, '\x01'));
  directory.write("c/corpus/.new-1-x", "half written");
  fs::create_directory(directory.file("c/corpus/folder"));
  QuietView view;
  fuzz(Fault::none, options, view);
  // The half of the one, the trace and the other fuzzer's input are inputs.
  EXPECT_EQ(view.corpus, inputs + 2);
  EXPECT_EQ(slurp(options.campaign + "/corpus/" + input_name(cut)), cut);
  for (const char* line :
       {"readme.md:1:1", "is no input: left alone (and 1 more)", "giant: is longer than 65536 bytes",
        "mine.trace: is a trace: taken for an input", "folder: is no file: left alone", "is not what its name says"}) {
    EXPECT_TRUE(has(view.notes, line)) << line << " in\n" << view.notes;
  }
  for (const char* left : {"readme.md", "mine.trace", "later.cyct", "giant", "folder"}) {
    EXPECT_TRUE(fs::exists(options.campaign + "/corpus/" + left)) << left;
  }
  EXPECT_FALSE(fs::exists(options.campaign + "/corpus/.new-1-x"));
}

TEST(FuzzCampaign, AFolderThatIsHalfDeletedIsMadeWholeAgain) {
  TemporaryDirectory directory;
  const FuzzOptions options = options_for(directory.file("c"), 300);
  QuietView first;
  fuzz(Fault::crashes, options, first);
  const auto findings = names_in(options.campaign + "/findings");
  const std::string session = *names_in(options.campaign + "/sessions").begin();
  fs::remove(options.campaign + "/campaign.json");
  fs::remove_all(options.campaign + "/states");
  fs::remove_all(options.campaign + "/pending");
  fs::remove_all(options.campaign + "/corpus");
  directory.write("c/sessions/" + session, "{ no ledger");
  directory.write("c/sessions/extra.json", "{ no ledger");
  fs::create_directory(options.campaign + "/findings/empty");
  QuietView view;
  fuzz(Fault::crashes, options, view);
  EXPECT_EQ(view.earlier_findings, findings.size());
  EXPECT_TRUE(includes(names_in(options.campaign + "/findings"), findings));
  for (const char* line :
       {"campaign.json: was missing or damaged: made again", "was missing: made again, empty (and 2 more)",
        "cannot be read, and is left out of the ledger", "is no finding that can be read"}) {
    EXPECT_TRUE(has(view.notes, line)) << line << " in\n" << view.notes;
  }
  EXPECT_EQ(slurp(options.campaign + "/sessions/extra.json"), "{ no ledger");
}

TEST(FuzzCampaign, FoldersThatCannotBeUsedAreRefused) {
  TemporaryDirectory directory;
  directory.write("file", "x");
  fs::create_directory(directory.file("sources"));
  directory.write("sources/main.cpp", "int main() {}\n");
  fs::create_directories(directory.file("later/corpus"));
  directory.write("later/campaign.json", R"({"format": 2, "id": "x"})");
  const std::pair<std::string, const char*> cases[] = {
      {directory.file("file"), "is not a folder"},
      {directory.file("sources"), "holds something else than a campaign"},
      {directory.file("later"), "later version"},
      // Not even root can write there.
      {"/proc/campaign", "/proc/campaign: "},
  };
  for (const auto& [path, message] : cases) {
    QuietView view;
    const FuzzResult result = run_fuzz_session(toy(Fault::none), options_for(path, 10), view);
    ASSERT_TRUE(result.error) << path;
    EXPECT_TRUE(has(result.error->message, message)) << result.error->message;
  }
  EXPECT_EQ(all_files(directory.path()).size(), 3U + 1U) << "nothing but a lock was made";
}

TEST(FuzzCampaign, AFullDiskIsSaidAndLosesNothing) {
  TemporaryDirectory directory;
  const FuzzOptions options = options_for(directory.file("c"), 300);
  QuietView view;
  fuzz(Fault::crashes, options, view);
  const auto before = all_files(options.campaign);
  // No file may become longer than this, which stops the table of heap states, then the ledger, then the corpus.
  for (const rlim_t longest : {rlim_t{4096}, rlim_t{100}, rlim_t{0}}) {
    const int status = in_a_process([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{longest, longest};
      setrlimit(RLIMIT_FSIZE, &limit);
      QuietView quiet;
      const FuzzResult result = run_fuzz_session(toy(Fault::crashes), options, quiet);
      return result.error && has(result.error->message, "File too large") ? 42 : 0;
    });
    EXPECT_EQ(status, 42) << longest;
  }
  for (const auto& [name, bytes] : before) {
    if (name.starts_with("corpus/") || name.starts_with("findings/") || name.starts_with("sessions/")) {
      EXPECT_EQ(slurp(options.campaign + "/" + name), bytes) << name;
    }
  }
  QuietView again;
  fuzz(Fault::crashes, options, again);
  EXPECT_EQ(again.earlier_findings, 1U);
}

}  // namespace
}  // namespace cyclecheck

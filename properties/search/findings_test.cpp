// Covers: what a finding's folder holds, that it is there whole or not at all, suites of traces and findings.
// Does not cover: campaigns (campaign_test.cpp).
#include "harness/search/findings.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/generate/generate_trace.hpp"
#include "harness/stored/stored_case.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

Finding make_finding() {
  Finding finding;
  finding.subject = "impl";
  finding.seed = 7;
  finding.index = 42;
  finding.original = generate(7, 42, {});
  Investigation& investigation = finding.investigation;
  investigation.trace = empty_trace(ProfileId::python3_11);
  investigation.trace.operations.resize(2);
  investigation.signature = "crash SIGSEGV";
  investigation.one_minimal = true;
  investigation.reproduced = kReplays;
  investigation.examination.verdict.outcome = Outcome::crash;
  investigation.examination.verdict.signature = "crash SIGSEGV";
  investigation.examination.verdict.output = "==123==ERROR: at 0x7fffABC0 and 0x12\n";
  Log log;
  log.end_operation();
  log.end_operation();
  investigation.examination.model = log;
  return finding;
}

TEST(Findings, AFolderHoldsAllThereIsToKnow) {
  TemporaryDirectory directory;
  const Finding finding = make_finding();
  const auto stored = store_finding(directory.path(), finding);
  ASSERT_TRUE(std::holds_alternative<StoredFinding>(stored)) << std::get<FileError>(stored).message;
  const std::string path = std::get<StoredFinding>(stored).path;
  EXPECT_FALSE(std::get<StoredFinding>(stored).existed);
  EXPECT_TRUE(fs::path(path).filename().string().starts_with("crash-sigsegv-"));
  EXPECT_EQ(std::get<Trace>(load_trace(path + "/trace.txt")), finding.investigation.trace);
  EXPECT_EQ(std::get<Trace>(load_trace(path + "/original.cyct")), finding.original);
  EXPECT_EQ(slurp(path + "/stderr.txt"), "==pid==ERROR: at 0x... and 0x...\n");
  EXPECT_FALSE(fs::exists(path + "/subject.log"));
  const std::string json = slurp(path + "/finding.json");
  for (const char* part :
       {"\"signature\": \"crash SIGSEGV\"", "\"profile\": \"python3.11\"", "\"seed\": 7", "\"index\": 42",
        "\"shrink\": \"1-minimal\"", "\"verdict\": \"reproducible\"", "\"command\": \"cyclecheck run"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
  }
}

TEST(Findings, TheSameFindingIsStoredOnce) {
  TemporaryDirectory directory;
  const auto first = std::get<StoredFinding>(store_finding(directory.path(), make_finding()));
  const auto before = all_files(directory.path());
  const auto second = std::get<StoredFinding>(store_finding(directory.path(), make_finding()));
  EXPECT_EQ(first.path, second.path);
  EXPECT_TRUE(second.existed);
  EXPECT_EQ(before, all_files(directory.path()));
}

TEST(Findings, AShrunkFindingTakesThePlaceOfTheUnshrunkOne) {
  TemporaryDirectory directory;
  Finding unshrunk = make_finding();
  unshrunk.unshrunk = true;
  const std::string first = std::get<StoredFinding>(store_finding(directory.path(), unshrunk)).path;
  EXPECT_TRUE(first.ends_with("-unshrunk"));
  const std::string json = slurp(first + "/finding.json");
  EXPECT_NE(json.find("\"shrink\": \"unshrunk\""), std::string::npos) << json;
  EXPECT_EQ(json.find("\"verdict\""), std::string::npos) << json;
  const auto then = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(first + "/original.cyct", then);
  const std::string second = std::get<StoredFinding>(store_finding(directory.path(), make_finding(), first)).path;
  EXPECT_FALSE(fs::exists(first));
  EXPECT_EQ(fs::last_write_time(second + "/original.cyct"), then);
  // Its bytes are those of one that was never stored unshrunk, and one that was there already has its place, too.
  TemporaryDirectory other;
  (void)store_finding(other.path(), make_finding());
  EXPECT_EQ(all_files(directory.path()), all_files(other.path()));
  (void)store_finding(directory.path(), unshrunk);
  EXPECT_TRUE(std::get<StoredFinding>(store_finding(directory.path(), make_finding(), first)).existed);
  EXPECT_EQ(all_files(directory.path()), all_files(other.path()));
}

TEST(Findings, AFailureLeavesNothingBehind) {
  TemporaryDirectory directory;
  EXPECT_TRUE(std::holds_alternative<FileError>(store_finding(directory.file("missing"), make_finding())));
  EXPECT_TRUE(all_files(directory.path()).empty());
  // Not even root can make folders there.
  EXPECT_TRUE(std::holds_alternative<FileError>(store_finding("/proc", make_finding())));
  EXPECT_TRUE(std::holds_alternative<FileError>(prepare_findings("/proc")));
}

TEST(Findings, ALogThatIsTooLongIsCutToTheTrace) {
  TemporaryDirectory directory;
  Finding finding = make_finding();
  Log longer;
  for (int i = 0; i < 5; ++i) longer.end_operation();
  finding.investigation.examination.subject = longer;
  EXPECT_TRUE(std::holds_alternative<StoredFinding>(store_finding(directory.path(), finding)));
}

TEST(Suite, FindsTracesLogsAndFindingsInOrder) {
  TemporaryDirectory directory;
  const std::string text = "cyclecheck-trace 1\nprofile python3.11\nnew a node\n";
  fs::create_directories(directory.file("sub"));
  fs::create_directories(directory.file(".hidden"));
  directory.write("b.trace", text);
  directory.write("b.log", "cyclecheck-log 1\n");
  directory.write("sub/a.cyct", "CYCT");
  directory.write(".hidden/c.trace", text);
  directory.write("readme.md", "no trace");
  const std::string finding = std::get<StoredFinding>(store_finding(directory.path(), make_finding())).path;
  const auto found = find_cases({directory.path()});
  ASSERT_TRUE(std::holds_alternative<std::vector<StoredCase>>(found)) << std::get<FileError>(found).message;
  const auto& cases = std::get<std::vector<StoredCase>>(found);
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(cases[0].path, directory.file("b.trace"));
  EXPECT_EQ(cases[0].log, directory.file("b.log"));
  EXPECT_EQ(cases[1].path, finding + "/trace.txt");
  EXPECT_EQ(cases[1].subject, "impl");
  EXPECT_EQ(cases[1].level, Level::order);
  EXPECT_EQ(cases[2].path, directory.file("sub/a.cyct"));
  EXPECT_EQ(cases[2].log, std::nullopt);
}

TEST(Suite, ATraceIsACaseForEachProfileThatHasALog) {
  TemporaryDirectory directory;
  const std::string text = "cyclecheck-trace 1\nprofile python3.11\nthreshold 5 5 5\nnew a node\n";
  const std::string log = "cyclecheck-log 1\n";
  directory.write("a.trace", text);
  directory.write("a.python3.13.log", log);
  directory.write("a.python2.7.log", log);
  directory.write("a.python9.9.log", log);
  // A trace of its own, whose log is not one of a.trace.
  directory.write("a.python3.8.trace", text);
  directory.write("a.python3.8.log", log);
  const auto found = find_cases({directory.path()});
  ASSERT_TRUE(std::holds_alternative<std::vector<StoredCase>>(found)) << std::get<FileError>(found).message;
  const auto& cases = std::get<std::vector<StoredCase>>(found);
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(cases[0].path, directory.file("a.python3.8.trace"));
  EXPECT_EQ(cases[0].log, directory.file("a.python3.8.log"));
  EXPECT_EQ(cases[0].profile, std::nullopt);
  EXPECT_EQ(cases[1].path, directory.file("a.trace"));
  EXPECT_EQ(cases[1].log, directory.file("a.python2.7.log"));
  EXPECT_EQ(cases[1].profile, ProfileId::python2_7);
  EXPECT_EQ(cases[2].profile, ProfileId::python3_13);
  const auto trace = load_case(cases[2]);
  ASSERT_TRUE(std::holds_alternative<Trace>(trace));
  EXPECT_EQ(std::get<Trace>(trace).profile, ProfileId::python3_13);
  EXPECT_EQ(std::get<Trace>(trace).settings.threshold, (std::array<std::int32_t, 3>{5, 5, 5}));
}

TEST(Suite, DefaultThresholdsFollowTheProfile) {
  const Trace trace = in_profile(empty_trace(ProfileId::python3_11), ProfileId::python3_13);
  EXPECT_EQ(trace, empty_trace(ProfileId::python3_13));
}

TEST(Suite, ADirectoryWithoutTracesIsAnError) {
  TemporaryDirectory directory;
  EXPECT_TRUE(std::holds_alternative<FileError>(find_cases({directory.path()})));
  fs::create_directories(directory.file("x"));
  directory.write("x/finding.json", "{ not json");
  EXPECT_TRUE(std::holds_alternative<FileError>(find_cases({directory.path()})));
}

TEST(Suite, ALogTellsHowItWasObserved) {
  Log log;
  log.add(Event::numbers(EventKind::ran, 1));
  log.add(Event::numbers(EventKind::members, 1));
  log.add(Event::numbers(EventKind::digest, 1));
  log.end_operation();
  EXPECT_EQ(observation_of(log), Observe::digest);
  log.add(Event::numbers(EventKind::ran, 1));
  log.add(Event::numbers(EventKind::members, 0));
  log.end_operation();
  EXPECT_EQ(observation_of(log), Observe::full);
  log.add(Event::numbers(EventKind::members, 1));
  log.end_operation();
  EXPECT_EQ(observation_of(log), Observe::every);
}

}  // namespace
}  // namespace cyclecheck

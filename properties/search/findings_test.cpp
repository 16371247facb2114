// Covers: what a finding's folder holds, that it is there whole or not at all.
// Does not cover: campaigns (campaign_test.cpp).
#include "harness/search/findings.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/generate/generate_trace.hpp"
#include "harness/stored/stored_case.hpp"
#include "harness/system/invocation.hpp"
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

// What differs between two runs that find the same stands in run.json alone.
TEST(Findings, TheRunStandsInAFileOfItsOwn) {
  const Invocation before = invocation();
  invocation() = {"1.2.3", "cyclecheck run --jobs 2", "cyclecheck run --max-operations 50", false, " --timeout 1s", 7,
                  2};
  TemporaryDirectory one;
  const std::string path = std::get<StoredFinding>(store_finding(one.path(), make_finding())).path;
  const std::string run = slurp(path + "/run.json");
  for (const char* part : {"\"version\": \"1.2.3\"", "\"commit\": \"", "\"compiler\": \"", "\"date\": \"20",
                           "\"jobs\": 2", "\"seed\": 7", "\"command\": \"cyclecheck run --jobs 2\""}) {
    EXPECT_NE(run.find(part), std::string::npos) << part << " in " << run;
  }
  EXPECT_EQ(command_of(make_finding()),
            "cyclecheck run --max-operations 50 --seed 7 --profile python3.11 --subject impl --level order --first 42 "
            "--traces 1 --timeout 1s");
  invocation().jobs = 5;
  invocation().command = "cyclecheck run --jobs 5";
  TemporaryDirectory other;
  (void)store_finding(other.path(), make_finding());
  EXPECT_EQ(files_but_run_json(one.path()), files_but_run_json(other.path()));
  EXPECT_NE(all_files(one.path()), all_files(other.path()));
  invocation() = before;
}

TEST(Findings, TheCommandOfOneThatNeedsOthersReplaysThem) {
  Finding finding = make_finding();
  finding.investigation.before.push_back(finding.original);
  EXPECT_EQ(command_of(finding), "cyclecheck replay " + folder_name(finding));
  finding.subject = "process:./mine --fast";
  finding.investigation.before.clear();
  EXPECT_NE(command_of(finding).find(" --subject 'process:./mine --fast' "), std::string::npos);
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

// They are run again against their own subject, and compared at their own level.
TEST(Findings, AnotherSubjectOrLevelIsAnotherFinding) {
  const Finding finding = make_finding();
  Finding other = finding;
  other.level = Level::liveness;
  EXPECT_NE(folder_name(other), folder_name(finding));
  other = finding;
  other.subject = "impl-fast";
  EXPECT_NE(folder_name(other), folder_name(finding));
  other = finding;
  other.seed = 8;
  EXPECT_EQ(folder_name(other), folder_name(finding));
}

TEST(Findings, WhatIsNotMinimalHasNoShape) {
  Investigation investigation = make_finding().investigation;
  EXPECT_NE(shape_of(investigation), "");
  investigation.one_minimal = false;
  EXPECT_EQ(shape_of(investigation), "");
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
  EXPECT_EQ(files_but_run_json(directory.path()), files_but_run_json(other.path()));
  (void)store_finding(directory.path(), unshrunk);
  EXPECT_TRUE(std::get<StoredFinding>(store_finding(directory.path(), make_finding(), first)).existed);
  EXPECT_EQ(files_but_run_json(directory.path()), files_but_run_json(other.path()));
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

}  // namespace
}  // namespace cyclecheck

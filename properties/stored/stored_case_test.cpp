// Covers: which traces, logs and findings a path stands for, and the file finding.json.
// Does not cover: how a search stores findings (search/findings_test.cpp).
#include "harness/stored/stored_case.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/stored/finding_file.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

TEST(StoredCases, FindsTracesLogsAndFindingsInOrder) {
  TemporaryDirectory directory;
  const std::string text = "cyclecheck-trace 1\nprofile python3.11\nnew a node\n";
  fs::create_directories(directory.file("sub"));
  fs::create_directories(directory.file(".hidden"));
  directory.write("b.trace", text);
  directory.write("b.log", "cyclecheck-log 1\n");
  directory.write("sub/a.cyct", "CYCT");
  directory.write(".hidden/c.trace", text);
  directory.write("readme.md", "no trace");
  const std::string finding = directory.file("crash");
  fs::create_directories(finding);
  directory.write("crash/finding.json", R"({"subject": "impl", "level": "order"})");
  directory.write("crash/trace.txt", text);
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

TEST(StoredCases, TheTracesBeforeAFindingAreReadInTheirOrder) {
  TemporaryDirectory directory;
  directory.write("finding.json", R"({"subject": "impl", "level": "order", "traces_before": 3})");
  const auto text = [](int operations) {
    std::string lines = "cyclecheck-trace 1\nprofile python3.11\n";
    for (int i = 0; i < operations; ++i) lines += "new a node\n";
    return lines;
  };
  directory.write("trace.txt", text(9));
  for (std::size_t i = 0; i < 4; ++i) directory.write(traces_before_name(i), text(static_cast<int>(i) + 1));
  const auto found = find_cases({directory.path()});
  ASSERT_TRUE(std::holds_alternative<std::vector<StoredCase>>(found)) << std::get<FileError>(found).message;
  const auto before = load_before(std::get<std::vector<StoredCase>>(found).at(0));
  ASSERT_TRUE(std::holds_alternative<std::vector<Trace>>(before)) << std::get<FileError>(before).message;
  ASSERT_EQ(std::get<std::vector<Trace>>(before).size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(std::get<std::vector<Trace>>(before)[i].operations.size(), i + 1);
}

TEST(StoredCases, ATraceIsACaseForEachProfileThatHasALog) {
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

TEST(StoredCases, DefaultThresholdsFollowTheProfile) {
  const Trace trace = in_profile(empty_trace(ProfileId::python3_11), ProfileId::python3_13);
  EXPECT_EQ(trace, empty_trace(ProfileId::python3_13));
}

TEST(StoredCases, ADirectoryWithoutTracesIsAnError) {
  TemporaryDirectory directory;
  EXPECT_TRUE(std::holds_alternative<FileError>(find_cases({directory.path()})));
  fs::create_directories(directory.file("x"));
  directory.write("x/finding.json", "{ not json");
  EXPECT_TRUE(std::holds_alternative<FileError>(find_cases({directory.path()})));
}

TEST(StoredCases, ALogTellsHowItWasObserved) {
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

// --- finding.json ---

FindingFile whole_finding() {
  FindingFile finding;
  finding.signature = "missing died node";
  finding.outcome = "divergence";
  finding.profile = "python3.11";
  finding.subject = "process:./mine --fast";
  finding.level = Level::weakrefs;
  finding.seed = 18446744073709551615U;
  finding.index = 3;
  finding.operation = 2;
  finding.operation_text = "drop a";
  finding.operations = 4;
  finding.original_operations = 400;
  finding.shrink = "1-minimal";
  finding.replays = 10;
  finding.reproduced = 0;
  finding.verdict = "flaky";
  finding.command = "cyclecheck run --seed 1";
  return finding;
}

TEST(FindingFile, SurvivesWritingAndReading) {
  TemporaryDirectory directory;
  const std::string text = print_finding_file(whole_finding());
  EXPECT_TRUE(text.starts_with("{\n  \"version\": 1,\n  \"signature\": \"missing died node\",\n")) << text;
  directory.write("finding.json", text);
  const auto read = read_finding_file(directory.path());
  ASSERT_TRUE(std::holds_alternative<FindingFile>(read)) << std::get<FileError>(read).message;
  const FindingFile& finding = std::get<FindingFile>(read);
  EXPECT_EQ(finding.level, Level::weakrefs);
  EXPECT_EQ(finding.seed, 18446744073709551615U);
  EXPECT_EQ(finding.reproduced, 0U);
  EXPECT_EQ(finding.operation_text, "drop a");
  EXPECT_EQ(print_finding_file(finding), text);
}

TEST(FindingFile, WhatIsNotKnownDoesNotStandInIt) {
  TemporaryDirectory directory;
  directory.write("finding.json", print_finding_file({}));
  EXPECT_EQ(slurp(directory.file("finding.json")),
            "{\n  \"version\": 1,\n  \"operations\": 0,\n  \"original_operations\": 0\n}\n");
  const auto read = read_finding_file(directory.path());
  ASSERT_TRUE(std::holds_alternative<FindingFile>(read));
  EXPECT_EQ(std::get<FindingFile>(read).level, std::nullopt);
  EXPECT_EQ(std::get<FindingFile>(read).seed, std::nullopt);
}

TEST(FindingFile, BadOnesAreErrorsThatNameTheFile) {
  TemporaryDirectory directory;
  const auto error_of = [&](const std::string& text) {
    directory.write("finding.json", text);
    const auto read = read_finding_file(directory.path());
    return std::holds_alternative<FileError>(read) ? std::get<FileError>(read).message : "no error";
  };
  const std::string path = directory.file("finding.json");
  EXPECT_EQ(error_of("{ not json"), path + ": expected a JSON object");
  EXPECT_EQ(error_of("[1]"), path + ": expected a JSON object");
  EXPECT_EQ(error_of(R"({"subject": 7})"), path + ": expected text under the key 'subject'");
  EXPECT_EQ(error_of(R"({"level": 7})"), path + ": expected a level under the key 'level'");
  EXPECT_EQ(error_of(R"({"level": "perfect"})"), path + ": expected a level under the key 'level'");
  EXPECT_EQ(error_of(R"({"seed": "7"})"), path + ": expected a number under the key 'seed'");
  EXPECT_EQ(error_of(R"({"operations": -1})"), path + ": expected a number under the key 'operations'");
  EXPECT_EQ(error_of(R"({"more": 1})"), "no error");
  fs::remove(path);
  EXPECT_TRUE(error_of("").starts_with(path + ": "));
}

}  // namespace
}  // namespace cyclecheck

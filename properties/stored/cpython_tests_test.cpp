// Covers: CPython's own tests as traces (docs/cpython-tests.md): model and collector against what real interpreters did
// with them, what each test asserts, and that the document lists exactly the traces and logs that there are.
// Does not cover: live interpreters.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "harness/compare/divergence.hpp"
#include "harness/stored/stored_case.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/system/large_stack.hpp"
#include "properties/support/assertions.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFiles = {"test_finalization", "test_gc", "test_weakref"};
// The profiles that the logs are recorded for.
const std::vector<std::string> kRecorded = {"python2.7",  "python3.8",  "python3.11", "python3.12",
                                            "python3.13", "python3.14", "python3.15"};

std::string folder_of(const std::string& file) { return CYCLECHECK_SOURCE_DIR "/corpus/conformance/" + file; }

std::string slurp(const std::string& path) {
  std::ifstream stream(path);
  std::stringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

std::vector<StoredCase> all_cases() {
  std::vector<std::string> folders;
  for (const std::string& file : kFiles) folders.push_back(folder_of(file));
  auto found = find_cases(folders);
  if (const auto* error = std::get_if<FileError>(&found)) {
    ADD_FAILURE() << error->message;
    return {};
  }
  return std::get<std::vector<StoredCase>>(found);
}

TEST(CPythonTests, ModelAndCollectorDoWhatTheInterpretersDid) {
  ModelSubject model;
  ImplSubject impl;
  std::size_t compared = 0;
  for (const StoredCase& item : all_cases()) {
    ASSERT_TRUE(item.profile) << item.path << " has no log of an interpreter";
    const auto trace = load_case(item);
    ASSERT_TRUE(std::holds_alternative<Trace>(trace)) << std::get<FileError>(trace).message;
    const auto expected = load_log(item, std::get<Trace>(trace));
    ASSERT_TRUE(std::holds_alternative<Log>(expected)) << std::get<FileError>(expected).message;
    EXPECT_EQ(std::get<Log>(expected).operations(), std::get<Trace>(trace).operations.size()) << *item.log;
    for (Subject* subject : {static_cast<Subject*>(&model), static_cast<Subject*>(&impl)}) {
      Log log;
      on_large_stack([&] { subject->run(std::get<Trace>(trace), observation_of(std::get<Log>(expected)), log); });
      const auto divergence = compare(std::get<Trace>(trace), std::get<Log>(expected), log, Level::order);
      EXPECT_FALSE(divergence) << *item.log << ": " << subject->name() << ": " << divergence->signature
                               << " at operation " << divergence->operation;
      ++compared;
    }
  }
  EXPECT_GE(compared, 1100U);
}

TEST(CPythonTests, EveryLogIsOfTheInterpreterThatItsNameSays) {
  for (const StoredCase& item : all_cases()) {
    const std::string version(profile(*item.profile).name.substr(std::string_view("python").size()));
    EXPECT_TRUE(slurp(*item.log).starts_with("cyclecheck-log 1\n# CPython " + version + ".")) << *item.log;
  }
}

TEST(CPythonTests, WhatTheTestsAssertIsInTheLogs) {
  for (const StoredCase& item : all_cases()) {
    const AssertionReport report = check_assertions(slurp(item.path), slurp(*item.log), *item.profile);
    EXPECT_TRUE(report.errors.empty()) << *item.log << ": " << report.errors.front();
    EXPECT_GT(report.checked, 0U) << *item.log << ": nothing is asserted in this profile";
  }
}

// --- the document ---

struct Row {
  std::string first;
  std::string last;
  std::string verdict;
};

// The rows of docs/tables/cpython-tests.tsv by "test_gc/GCTests.test_list".
std::map<std::string, Row> listed_tests() {
  std::map<std::string, Row> rows;
  std::istringstream lines(slurp(CYCLECHECK_SOURCE_DIR "/docs/tables/cpython-tests.tsv"));
  const std::regex row(R"((test_\w+)\t(\w+\.\w+)\t([0-9.]+)(?:-([0-9.]+))?\t(yes|in part|no)\t(.*))");
  std::smatch match;
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "file\ttest\tversions\tas a trace\tnote");
  while (std::getline(lines, line)) {
    if (!std::regex_match(line, match, row)) {
      ADD_FAILURE() << "a row that is none: " << line;
      continue;
    }
    EXPECT_TRUE(match[5] == "yes" || match[6].length() > 4) << "without a reason: " << line;
    const std::string last = match[4].matched ? match[4].str() : match[3].str();
    const std::string name = match[1].str() + "/" + match[2].str();
    EXPECT_TRUE(rows.emplace(name, Row{match[3], last, match[5]}).second) << "twice: " << line;
  }
  return rows;
}

std::set<std::string> files_ending_in(const std::string& ending) {
  std::set<std::string> names;
  for (const std::string& file : kFiles) {
    for (const auto& entry : fs::directory_iterator(folder_of(file))) {
      const std::string name = file + "/" + entry.path().filename().string();
      if (name.ends_with(ending)) names.insert(name.substr(0, name.size() - ending.size()));
    }
  }
  return names;
}

TEST(CPythonTestsDocument, ListsTheTracesThatThereAre) {
  std::set<std::string> expressed;
  for (const auto& [name, row] : listed_tests()) {
    if (row.verdict != "no") expressed.insert(name);
  }
  EXPECT_EQ(expressed, files_ending_in(".trace"));
  EXPECT_GE(listed_tests().size(), 199U);
}

TEST(CPythonTestsDocument, CountsWhatTheTableLists) {
  std::map<std::string, std::map<std::string, int>> counted;
  for (const auto& [name, row] : listed_tests()) {
    const std::string file = name.substr(0, name.find('/'));
    ++counted[file][row.verdict];
    ++counted[file]["tests"];
  }
  const std::string document = slurp(CYCLECHECK_SOURCE_DIR "/docs/cpython-tests.md");
  for (auto& [file, of] : counted) {
    std::string row = "| `" + file + ".py` |";
    for (const char* what : {"tests", "yes", "in part", "no"}) row += " " + std::to_string(of[what]) + " |";
    EXPECT_NE(document.find(row), std::string::npos) << row;
  }
}

TEST(CPythonTestsDocument, EachTraceHasTheLogsOfItsVersions) {
  std::set<std::string> expected;
  for (const auto& [name, row] : listed_tests()) {
    if (row.verdict == "no") continue;
    const auto first = find_profile("python" + row.first);
    const auto last = find_profile("python" + row.last);
    ASSERT_TRUE(first && last) << name;
    for (const std::string& recorded : kRecorded) {
      const ProfileId id = *find_profile(recorded);
      if (id >= *first && id <= *last) expected.insert(name + "." + recorded);
    }
  }
  EXPECT_EQ(expected, files_ending_in(".log"));
}

// --- the assertions themselves ---

constexpr const char* kTrace =
    "cyclecheck-trace 1\nprofile python3.11\n# asserts nothing here\ndisabled\nnew a node\ndrop a  # asserts ";
constexpr const char* kLog =
    "cyclecheck-log 1\n# CPython 3.11.7\n0: new a node\n  count 1 0 0\n1: drop a\n  callback w\n  died a\n  returned "
    "10\n";

std::size_t failures(const std::string& assertions, ProfileId id = ProfileId::python3_11) {
  return check_assertions(kTrace + assertions + "\n", kLog, id).errors.size();
}

TEST(Assertions, HoldOrFail) {
  EXPECT_EQ(failures("died a; callback; returned 10"), 0U);
  EXPECT_EQ(failures("!finalizer; !died b; !returned 1"), 0U);
  EXPECT_EQ(failures("callback w < died a < returned"), 0U);
  EXPECT_EQ(failures("died b"), 1U);
  EXPECT_EQ(failures("returned 1"), 1U);
  EXPECT_EQ(failures("count 1 0 0"), 1U) << "of another operation";
  EXPECT_EQ(failures("!died"), 1U);
  EXPECT_EQ(failures("died a < callback w"), 1U);
  EXPECT_EQ(failures("died a; died b; died c"), 2U);
}

TEST(Assertions, OfProfiles) {
  EXPECT_EQ(failures("(python3.8) died b; (python3.12..python3.13) died c"), 0U);
  EXPECT_EQ(failures("(python3.11) died b; (python3.8..python3.13) died c"), 2U);
  EXPECT_EQ(failures("(python3.8) died b", ProfileId::python3_8), 1U);
}

TEST(Assertions, BadOnesFail) {
  EXPECT_EQ(failures("(python9) died a"), 1U);
  EXPECT_EQ(failures("(python3.11 died a"), 1U);
  EXPECT_EQ(failures("dyed a"), 1U);
  EXPECT_EQ(failures("!dyed"), 1U);
  EXPECT_EQ(failures("died a;; callback w"), 1U);
}

}  // namespace
}  // namespace cyclecheck

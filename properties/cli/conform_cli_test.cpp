// `cyclecheck conform` from the command line: exit statuses and messages.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>

#include "harness/cpython/cpython.hpp"
#include "properties/support/sanitized.hpp"
#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

CommandRun run(const std::string& arguments) { return shell(CYCLECHECK_PROGRAM " conform " + arguments); }

void expect_part(const CommandRun& result, const std::string& part) {
  EXPECT_NE(result.output.find(part), std::string::npos) << "expected '" << part << "' in: " << result.output;
}

TEST(ConformCommand, InterpretersThatCannotBeUsed) {
  const CommandRun result = run("--python no-such-python --python /bin/true --traces 5");
  EXPECT_EQ(result.status, 2);
  expect_part(result, "cpython:no-such-python: no such interpreter");
  expect_part(result, "cpython:/bin/true: it is not a Python interpreter");
}

TEST(ConformCommand, BadUsage) {
  for (const char* arguments : {"--traces none", "--traces 0", "--time soon", "--level perfect", "extra"}) {
    EXPECT_EQ(run(arguments).status, 2) << arguments;
  }
}

TEST(ConformCommand, TheOthersGoOn) {
  const CommandRun result = run("--python no-such-python --python python3 --traces 20 --max-operations 100");
  EXPECT_EQ(result.status, 2);
  // On a machine whose python3 cannot be driven, either, the message says why.
  const bool ran = result.output.find("20 traces") != std::string::npos;
  const bool said_why = result.output.find("cpython:", result.output.find("no such interpreter")) != std::string::npos;
  EXPECT_TRUE(ran || said_why) << result.output;
}

TEST(ConformCommand, WhatAKilledOneRanIsTakenUp) {
  TemporaryDirectory directory;
  Trace trace;
  trace.profile = ask_interpreter("python3").profile;
  const std::string left = directory.path() + "/.running-999999999-0.cyct";
  ASSERT_FALSE(std::holds_alternative<FileError>(save_trace(trace, left, TraceFormat::binary)));
  const CommandRun result = run("--python python3 --traces 1 --max-operations 1 --findings " + directory.path());
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_FALSE(std::filesystem::exists(left));
}

// --- recordings ---

constexpr const char* kRecording =
    "cyclecheck-conformance 1\n"
    "interpreter CPython 3.11.7\n"
    "observed full\n"
    "events died count\n"
    "trace one\n"
    "cyclecheck-trace 1\n"
    "profile python3.11\n"
    "new a node\n"
    "log\n"
    "cyclecheck-log 1\n"
    "0: new a node\n"
    "  count 1 0 0\n"
    "end\n";

class ConformRecorded : public testing::Test {
 protected:
  ConformRecorded() { std::filesystem::create_directories(folder_); }
  ~ConformRecorded() override { std::filesystem::remove_all(folder_); }

  CommandRun check(const std::string& text) {
    std::ofstream(folder_ / "x.conformance") << text;
    return run("--recorded " + folder_.string());
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("conform_cli_test_" + std::to_string(::getpid()));
};

// The recordings of the corpus are worth what they go through. That is a question about the recordings, with one answer
// in all builds; the command is tested with sanitizers by ConformRecorded, and model and collector on all recordings by
// Recordings.
TEST(ConformCommand, EveryRuleActsInTheStoredRecordings) {
  if (kSanitized)
    GTEST_SKIP() << "rules are counted alike with sanitizers; Recordings goes through the same recordings with them";
  const CommandRun result = run("--recorded " CYCLECHECK_SOURCE_DIR "/corpus/conformance");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output.find("never acted"), std::string::npos) << result.output;
  expect_part(result, "T4   deposits for want of headroom");
}

TEST_F(ConformRecorded, RulesThatNeverActed) {
  const CommandRun result = check(kRecording);
  EXPECT_EQ(result.status, 0);
  expect_part(result, "never acted: python3.11: C9, objects resurrected in a collection");
  EXPECT_EQ(result.output.find("never acted: python3.11: N1,"), std::string::npos) << result.output;
}

TEST_F(ConformRecorded, AgreementIsCountedByKindOfEvent) {
  const CommandRun result = check(kRecording);
  EXPECT_EQ(result.status, 0) << result.output;
  expect_part(result, "x.conformance: CPython 3.11.7: 1 trace, 1 agree");
  expect_part(result, "count                           1      100.0 %");
}

TEST_F(ConformRecorded, ADisagreementIsNamedAndFails) {
  std::string wrong = kRecording;
  wrong.replace(wrong.find("count 1 0 0"), 11, "count 2 0 0");
  const CommandRun result = check(wrong);
  EXPECT_EQ(result.status, 1) << result.output;
  expect_part(
      result,
      "x.conformance:5: one: model: changed count at operation 0: new a node: recorded count 2 0 0, found count 1 0 0");
  expect_part(result, "0.0 %");
}

TEST_F(ConformRecorded, BadFilesAreNamed) {
  const std::string whole = kRecording;
  const CommandRun truncated = check(whole.substr(0, whole.size() - 4));
  EXPECT_EQ(truncated.status, 2);
  expect_part(truncated, "the file ends within the log of trace 'one'");
  std::string unknown = whole;
  unknown.replace(unknown.find("profile python3.11"), 18, "profile python9.99");
  const CommandRun version = check(unknown);
  EXPECT_EQ(version.status, 2);
  expect_part(version, "x.conformance:7:9: expected a profile");
  EXPECT_EQ(run("--recorded /no/such/folder").status, 2);
  EXPECT_EQ(run("--record /no/such/folder").status, 2);
}

TEST_F(ConformRecorded, WhatIsRecordedAgreesWithTheModel) {
  const CommandRun recorded =
      run("--python python3 --traces 20 --max-operations 60 --seed 5 --record " + folder_.string());
  ASSERT_EQ(recorded.status, 0) << recorded.output;
  expect_part(recorded, "recorded 20 traces: " + folder_.string() + "/cpython-3.");
  const CommandRun again = run("--recorded " + folder_.string());
  EXPECT_EQ(again.status, 0) << again.output;
  expect_part(again, "seed5.conformance.gz: CPython 3.");
  expect_part(again, "\n20 traces, 20 agree\n");
}

// Each trace is drawn without the operations that the interpreter's driver lacks: 2.7 cannot let an allocation fail.
TEST_F(ConformRecorded, WhatTheDriverLacksIsNotRecorded) {
  for (const Interpreter& interpreter : find_interpreters().usable) {
    if (interpreter.profile != ProfileId::python2_7) continue;
    const CommandRun recorded = run("--python " + interpreter.path + " --traces 10 --max-operations 60 --seed 5" +
                                    " --record " + folder_.string());
    EXPECT_EQ(recorded.status, 0) << recorded.output;
    expect_part(recorded, "recorded 10 traces: " + folder_.string() + "/cpython-2.7.");
    return;
  }
  GTEST_SKIP() << "there is no CPython 2.7";
}

// --- for other programs ---

TEST_F(ConformRecorded, TestsAreNamedAfterRecordings) {
  check(kRecording);
  const CommandRun result = run("--recorded " + folder_.string() + " --junit - 2>/dev/null");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(result.output.starts_with("<?xml ")) << result.output;
  expect_part(result, "<testcase classname=\"conform.model\" name=\"" + folder_.string() + "/x.conformance\" time=\"");
  const CommandRun json = run("--recorded " + folder_.string() + " --format json 2>/dev/null");
  EXPECT_TRUE(json.output.starts_with("{\n")) << json.output;
  expect_part(json, "\"verdict\": \"1 trace, 1 agree\"");
}

TEST(ConformCommand, LiveTracesAreATest) {
  const CommandRun result = run("--python python3 --traces 5 --max-operations 60 --junit - 2>/dev/null");
  EXPECT_EQ(result.status, 0) << result.output;
  expect_part(result, "name=\"random traces\" time=\"");
  const CommandRun none = run("--python no-such-python --traces 5 --junit - 2>/dev/null");
  EXPECT_EQ(none.status, 2);
  expect_part(none, "<testcase classname=\"conform.no-such-python\" name=\"can be used\"");
}

// --- stored traces ---

class ConformStored : public ConformRecorded {
 protected:
  ConformStored() {
    std::ofstream(path("x.trace")) << "cyclecheck-trace 1\nprofile python2.7\n# A cycle.\nnew a node\nappend a a\n"
                                      "drop a\ncollect 2\n";
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // The log that was written, whatever version python3 is.
  [[nodiscard]] std::string log_path() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() == ".log") return entry.path().string();
    }
    return {};
  }

  static std::string slurp(const std::string& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
};

TEST_F(ConformStored, WritesWhatTheInterpreterDidAndComparesWithIt) {
  const CommandRun written = run(path("x.trace") + " --write-logs");
  ASSERT_EQ(written.status, 0) << written.output;
  expect_part(written, "1 trace, 1 agree, 1 log written");
  std::string log = slurp(log_path());
  EXPECT_TRUE(log.starts_with("cyclecheck-log 1\n# CPython 3.")) << log;
  EXPECT_NE(log.find("  died a\n  returned 1\n"), std::string::npos) << log;
  // Of a folder the traces with a log of the interpreter's profile are run.
  const CommandRun agrees = run(folder_.string());
  EXPECT_EQ(agrees.status, 0) << agrees.output;
  expect_part(agrees, "1 trace, 1 agree");
  log.replace(log.find("returned 1"), 10, "returned 2");
  std::ofstream(log_path()) << log;
  const CommandRun differs = run(folder_.string());
  EXPECT_EQ(differs.status, 1) << differs.output;
  expect_part(differs, log_path() + ": CPython against the log: ");
  EXPECT_EQ(run(folder_.string() + " --write-logs").status, 0);
  EXPECT_NE(slurp(log_path()).find("  returned 1\n"), std::string::npos);
}

TEST_F(ConformStored, LogsWithoutAProfileInTheirNameAreComparedButNotWritten) {
  EXPECT_EQ(run(path("x.trace") + " --write-logs").status, 0);
  std::string name = std::filesystem::path(log_path()).filename().string();
  const std::string profile = name.substr(2, name.size() - 6);
  std::filesystem::remove(log_path());
  std::ofstream(path("x.trace")) << "cyclecheck-trace 1\nprofile " + profile + "\nnew a node\n";
  const std::string wrong = "cyclecheck-log 1\n0: new a node\n  count 2 0 0\n";
  std::ofstream(path("x.log")) << wrong;
  const CommandRun result = run(folder_.string() + " --write-logs");
  EXPECT_EQ(result.status, 1) << result.output;
  expect_part(result, "x.log: CPython against the log: ");
  EXPECT_EQ(slurp(path("x.log")), wrong);
}

TEST_F(ConformStored, BadInputIsNamedAndTheRestGoesOn) {
  std::ofstream(path("bad.trace")) << "cyclecheck-trace 1\nprofile python3.11\nfly\n";
  const CommandRun result = run(path("bad.trace") + " " + path("missing.trace") + " " + path("x.trace"));
  EXPECT_EQ(result.status, 2) << result.output;
  expect_part(result, "bad.trace:3:1: expected");
  expect_part(result, "missing.trace: ");
  expect_part(result, "1 trace, 1 agree");
  std::filesystem::remove(path("bad.trace"));
  const CommandRun none = run(folder_.string());
  EXPECT_EQ(none.status, 2) << none.output;
  expect_part(none, "there is no trace for any of these interpreters");
  EXPECT_EQ(run("/no/such/folder/").status, 2);
  for (const char* arguments :
       {"--write-logs", "x.trace --recorded y", "x.trace --record /tmp", "x.trace --seed 3", "x.trace --traces 5"}) {
    const CommandRun usage = run(arguments);
    EXPECT_EQ(usage.status, 2) << arguments;
    expect_part(usage, "FILE");
  }
}

TEST_F(ConformStored, CPythonsOwnTestsAgreeWithTheInterpreterOfThisMachine) {
  std::string folders;
  for (const char* file : {"failing_allocations", "test_finalization", "test_gc", "test_weakref"}) {
    folders += std::string(" " CYCLECHECK_SOURCE_DIR "/corpus/conformance/") + file;
  }
  const CommandRun result = run(folders);
  EXPECT_EQ(result.status, 0) << result.output;
}

}  // namespace
}  // namespace cyclecheck

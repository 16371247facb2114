// Covers: recordings from the command line: `replay FILE`, `replay --recording` and `conform --recorded` with sides
// that agree, differ, hang and crash, and with bad input. Does not cover: live interpreters (conform_cli_test.cpp).
#include <gtest/gtest.h>

#include <string>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kHead =
    "cyclecheck-conformance 1\ninterpreter CPython 3.11.7\nobserved every\nevents died finalizer\n";
// The toys' faults are triggered by two `clear` operations.
constexpr const char* kTrigger =
    "trace trigger\ncyclecheck-trace 1\nprofile python3.11\nnew a node\nclear a\nclear a\ndrop a\nlog\n"
    "cyclecheck-log 1\n0: new a node\n1: clear a\n2: clear a\n3: drop a\n  died a\nend\n";
constexpr const char* kOther =
    "trace other\ncyclecheck-trace 1\nprofile python3.11\nnew a node\nlog\ncyclecheck-log 1\n0: new a node\nend\n";

class RecordingCommand : public testing::Test {
 protected:
  // A command of the program whose subjects fail.
  [[nodiscard]] CommandRun toy(const std::string& arguments) const {
    return shell("cd " + directory_.path() + " && " CYCLECHECK_TOY " " + arguments);
  }
  [[nodiscard]] CommandRun program(const std::string& arguments) const {
    return shell("cd " + directory_.path() + " && " CYCLECHECK_PROGRAM " " + arguments);
  }

  static void expect(const CommandRun& result, int status, const std::string& part) {
    EXPECT_EQ(result.status, status) << result.output;
    EXPECT_NE(result.output.find(part), std::string::npos) << "expected '" << part << "' in: " << result.output;
  }

  TemporaryDirectory directory_;
  std::string recording_ = directory_.write("x.conformance", std::string(kHead) + kTrigger + kOther);
};

TEST_F(RecordingCommand, ReplayComparesModelAndSubject) {
  const CommandRun agrees = toy("replay x.conformance");
  expect(agrees, 0, "model: 2 traces, 2 agree\n");
  expect(agrees, 0, "impl: 2 traces, 2 agree\n");
  const CommandRun differs = toy("replay x.conformance --subject lies");
  expect(differs, 1, "model: 2 traces, 2 agree\n");
  expect(differs, 1, "lies: 2 traces, 1 agree\n");
  expect(differs, 1,
         "x.conformance:5: trigger: lies: missing died node at operation 3: drop a: recorded died a, found -\n");
  expect(toy("replay x.conformance --subject lies -v"), 1, "  > died a");
}

TEST_F(RecordingCommand, ASubjectThatHangsOrDiesIsAVerdict) {
  const CommandRun hangs = toy("replay x.conformance --subject hangs --timeout 300ms");
  expect(hangs, 1, "x.conformance:5: trigger: hangs: hang\n");
  expect(hangs, 1, "hangs: 2 traces, 1 agree\n");
  const CommandRun crashes = toy("replay x.conformance --subject crashes");
  expect(crashes, 1, "x.conformance:5: trigger: crashes: crash SIGSEGV\n");
  expect(crashes, 1, "crashes: 2 traces, 1 agree\n");
}

// The model is given a time in which it cannot list a thousand objects after each of a thousand operations. On a busy
// machine the time may be over before it has begun, which is a hang of the harness.
TEST_F(RecordingCommand, AModelThatTakesTooLongIsAVerdict) {
  std::string trace = "trace long\ncyclecheck-trace 1\nprofile python3.11\n";
  std::string log = "cyclecheck-log 1\n";
  for (int i = 0; i < 3000; ++i) {
    const std::string operation = "new a" + std::to_string(i) + " node\n";
    trace += operation;
    log += std::to_string(i) + ": " + operation;
  }
  directory_.write("long.conformance", kHead + trace + "log\n" + log + "end\n" + kOther);
  const CommandRun result = program("conform --recorded long.conformance --timeout 1ms");
  expect(result, 1, "long.conformance:5: long: model: hang");
  expect(program("conform --recorded long.conformance"), 0, "2 traces, 2 agree");
}

// --- as JSON lines ---

constexpr const char* kTraces = R"({"id": "a", "text": "new 1 P\ndrop 1"})"
                                "\n";
constexpr const char* kVersion =
    R"({"id": "a", "rec": [{"c": [1, 0, 0], "g": [[1], [], []]}, {"c": [0, 0, 0], "g": [[], [], []], "log": [1]}]})"
    "\n";

TEST_F(RecordingCommand, AForeignRecordingIsConvertedAsItIsRead) {
  directory_.write("t", kTraces);
  directory_.write("v", kVersion);
  const CommandRun agrees = program("replay --recording t v --profile python3.11");
  expect(agrees, 0, "model: 1 trace, 1 agree\n");
  expect(agrees, 0, "impl: 1 trace, 1 agree\n");
  std::string wrong = kVersion;
  wrong.replace(wrong.find("\"log\": [1]"), 10, "\"log\": []");
  directory_.write("v", wrong);
  const CommandRun differs = program("replay --recording t v --profile python3.11");
  expect(differs, 1, "t:1: a: model: extra died node at operation 2: drop n1: recorded members 0 0 0, found died n1\n");
  expect(differs, 1, "t:1: a: impl: extra died node at operation 2");
}

TEST_F(RecordingCommand, ErrorsOfAForeignRecordingNameFileAndLine) {
  directory_.write("t", kTraces);
  directory_.write("v", "{\"id\": \"a\", \"rec\": [{\"c\": 1}, {}]}\n");
  expect(program("replay --recording t v --profile python3.11"), 2, "v:1: record 0, key 'c': expected a list");
  directory_.write("v", "{\"id\": \"a\", \"rec\": [{\"c\": [1, 0, 0]}, {}]}\n");
  expect(program("replay --recording t v --profile python3.11"), 2, "v:1: record 1: lacks the key 'c'");
  directory_.write("t", "{\"id\": \"a\", \"text\": \"new 1 P\\nfly\"}\n");
  directory_.write("v", kVersion);
  expect(program("replay --recording t v --profile python3.11"), 2, "t:1: operation 1 'fly': there is no operation");
}

}  // namespace
}  // namespace cyclecheck

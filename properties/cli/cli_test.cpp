// Covers: the program from the outside: exit statuses, messages for bad input, findings and their replay, Ctrl-C.
// Does not cover: how the terminal looks.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

CommandRun toy(const std::string& arguments) { return shell(std::string{CYCLECHECK_TOY} + " " + arguments); }
CommandRun program(const std::string& arguments) { return shell(std::string{CYCLECHECK_PROGRAM} + " " + arguments); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Cli : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::string findings_ = directory_.file("findings");
  std::string good_ = directory_.write("good.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\ndrop a\n");
  std::string bad_ = directory_.write("bad.trace",
                                      "cyclecheck-trace 1\nprofile python3.11\nnew b instance\nnew a node\nclear a\n"
                                      "collect 2\nclear a\ndrop a\nshutdown\n");
};

struct BadInput {
  const char* arguments;
  const char* message;
};

TEST_F(Cli, BadInputHasStatusTwoAndAMessage) {
  directory_.write("broken.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\nappend a\n");
  directory_.write("profile.trace", "cyclecheck-trace 1\nprofile python4.0\n");
  directory_.write("log.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\n");
  directory_.write("log.log", "cyclecheck-log 1\n0: new a node\n  flew a\n");
  fs::create_directories(directory_.file("empty"));
  fs::create_directories(directory_.file("gone"));
  directory_.write("gone/trace.txt", "cyclecheck-trace 1\nprofile python3.11\n");
  directory_.write("gone/finding.json", R"({"subject": "removed", "level": "order"})");
  const BadInput table[] = {
      {"", "subcommand"},
      {"fly", "no command 'fly'; expected run, replay"},
      {"run --time soon", "expected a duration"},
      {"run --time 9999999999999999999h", "expected a duration"},
      {"run --profile python4.0", "python4.0"},
      {"run --subject nobody", "nobody"},
      {"run --level exact", "exact"},
      {"run --traces 0", "--traces"},
      {"run --traces 1 --findings good.trace", "good.trace"},
      {"run --traces 1 --findings findings --junit missing/x.xml", "missing/x.xml"},
      {"replay", "expected a FILE"},
      {"replay missing.trace", "missing.trace"},
      {"replay broken.trace", "broken.trace:4:"},
      {"replay profile.trace", "profile.trace:2:"},
      {"replay log.trace", "log.log:3:"},
      {"replay empty", "no traces"},
      {"replay gone", "no subject 'removed'"},
      {"replay --recording a b", "--recording needs --profile"},
      {"replay --recording missing.gz missing.gz --profile python3.11", "missing.gz"},
      {"replay good.trace --recording a b --profile python3.11", "exclude each other"},
      {"shrink missing.trace", "missing.trace"},
      {"shrink broken.trace", "broken.trace:4:"},
      {"shrink", "FILE"},
      {"trace", "subcommand"},
      {"trace check broken.trace", "broken.trace:4:"},
      {"trace check empty", "empty"},
      {"trace convert good.trace --to html", "html"},
      {"trace convert good.trace", "--to"},
      {"trace convert good.trace --to text", "--output"},
      {"trace convert good.trace good.trace --to binary -o x", "single FILE"},
      {"trace convert good.trace --to binary -o missing/x.cyct", "missing/x.cyct"},
  };
  for (const BadInput& row : table) {
    const CommandRun result = shell("cd " + directory_.path() + " && " + CYCLECHECK_TOY + " " + row.arguments);
    EXPECT_EQ(result.status, 2) << row.arguments << "\n" << result.output;
    EXPECT_TRUE(has(result.output, row.message)) << row.arguments << "\n" << result.output;
  }
}

TEST_F(Cli, EveryCommandHasHelp) {
  for (const char* command :
       {"", "run", "replay", "shrink", "subjects", "trace", "trace check", "trace format", "trace convert"}) {
    const CommandRun result = program(std::string{command} + " --help");
    EXPECT_EQ(result.status, 0) << command;
    EXPECT_TRUE(has(result.output, "Usage")) << command;
  }
}

TEST_F(Cli, ARunWithoutFindingsHasStatusZero) {
  const CommandRun result = toy("run --traces 50 --findings " + findings_);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(has(result.output, "operations/s"));
  EXPECT_TRUE(has(result.output, "automatic collection of generation 0"));
  EXPECT_TRUE(fs::is_empty(findings_));
}

TEST_F(Cli, TheCollectorOfTheProjectIsTheDefaultSubject) {
  const CommandRun list = program("subjects");
  EXPECT_EQ(list.status, 0);
  EXPECT_TRUE(has(list.output, "impl"));
  const CommandRun result = program("replay " + good_);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output, "model: 1 traces, 1 agree\nimpl: 1 traces, 1 agree\n");
}

// The toy loses a death.
TEST_F(Cli, AFuzzersInputIsReplayedAndShrunkLikeATrace) {
  const CommandRun binary = toy("trace convert " + bad_ + " --to binary -o " + directory_.file("bad.cyct"));
  ASSERT_EQ(binary.status, 0) << binary.output;
  // An input is an encoding without the bytes that a file begins with.
  const std::string input = directory_.file("crash-87a9240f31ef94a54d61b715fa42886e7b7fb97f");
  ASSERT_EQ(shell("tail -c +5 " + directory_.file("bad.cyct") + " > " + input).status, 0);
  const CommandRun as_trace = toy("replay --subject lies " + bad_);
  const CommandRun as_input = toy("replay --subject lies " + input);
  EXPECT_EQ(as_input.status, as_trace.status) << as_input.output;
  // An input has no spellings of names.
  EXPECT_TRUE(has(as_trace.output, "missing died node at operation 5: drop a")) << as_trace.output;
  EXPECT_TRUE(has(as_input.output, "missing died node at operation 5: drop n1")) << as_input.output;
  const CommandRun shrunk = toy("shrink --subject lies " + input + " -o " + directory_.file("small.trace"));
  EXPECT_EQ(shrunk.status, 1) << shrunk.output;
  EXPECT_EQ(toy("replay --subject lies " + directory_.file("small.trace")).status, 1);
  // Also when it is found in a folder.
  fs::create_directories(directory_.file("artefacts"));
  fs::rename(input, directory_.file("artefacts/timeout-87a9240f31ef94a54d61b715fa42886e7b7fb97f"));
  EXPECT_EQ(toy("replay --subject lies " + directory_.file("artefacts")).status, as_trace.status);
}

TEST_F(Cli, AFindingIsShownStoredAndReplayed) {
  const std::string junit = directory_.file("result.xml");
  const CommandRun run =
      toy("run --traces 50 --profile python3.11 --subject crashes --findings " + findings_ + " --junit " + junit);
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_TRUE(has(run.output, "FINDING crash SIGSEGV")) << run.output;
  EXPECT_TRUE(has(run.output, "1-minimal"));
  EXPECT_TRUE(has(run.output, "cyclecheck replay " + findings_ + "/crash-sigsegv-"));
  EXPECT_TRUE(has(slurp(junit), "<failure message=\"crash SIGSEGV\">"));
  const CommandRun replay = toy("replay " + findings_);
  EXPECT_EQ(replay.status, 1);
  EXPECT_TRUE(has(replay.output, "crashes: crash SIGSEGV\n")) << replay.output;
  EXPECT_TRUE(has(replay.output, "model: 1 traces, 1 agree\ncrashes: 1 traces, 0 agree\n")) << replay.output;
  const CommandRun sound = toy("replay --subject sound " + findings_);
  EXPECT_EQ(sound.status, 0) << sound.output;
}

TEST_F(Cli, AnUnwritableFindingIsPrintedAndHasStatusTwo) {
  const CommandRun result = toy("run --traces 50 --subject lies --findings " + good_);
  EXPECT_EQ(result.status, 2) << result.output;
}

TEST_F(Cli, AnInterruptEndsWithASummary) {
  const CommandRun result = shell(std::string{CYCLECHECK_TOY} + " run --time 100s --findings " + findings_ +
                                  " & child=$!; sleep 1; kill -INT $child; wait $child");
  EXPECT_EQ(result.status, 130) << result.output;
  EXPECT_TRUE(has(result.output, "interrupted")) << result.output;
  EXPECT_TRUE(fs::is_empty(findings_));
}

TEST_F(Cli, ReplayComparesWithTheLogThatStandsBesideTheTrace) {
  EXPECT_EQ(toy("replay --write-logs " + good_).status, 0);
  EXPECT_TRUE(has(slurp(directory_.file("good.log")), "died a"));
  EXPECT_EQ(toy("replay " + good_).status, 0);
  std::string log = slurp(directory_.file("good.log"));
  log.erase(log.find("  died a\n"), 9);
  directory_.write("good.log", log);
  const CommandRun result = toy("replay --verbose " + good_);
  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(has(result.output, "model against " + directory_.file("good.log") + ": extra died node"))
      << result.output;
  EXPECT_TRUE(has(result.output, "model: 1 traces, 0 agree\nimpl: 1 traces, 0 agree\n")) << result.output;
}

TEST_F(Cli, ReplayDoesNotWriteLogsOfInterpreters) {
  directory_.write("good.python3.12.log", "cyclecheck-log 1\n");
  const CommandRun result = toy("replay --write-logs " + good_);
  EXPECT_EQ(result.status, 2) << result.output;
  EXPECT_TRUE(has(result.output, "good.python3.12.log: is what an interpreter did")) << result.output;
  EXPECT_EQ(slurp(directory_.file("good.python3.12.log")), "cyclecheck-log 1\n");
}

TEST_F(Cli, ShrinkWritesTheSimplestTrace) {
  const std::string output = directory_.file("small.trace");
  const CommandRun result = toy("shrink --subject throws " + bad_ + " -o " + output);
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_TRUE(has(result.output, "1-minimal")) << result.output;
  EXPECT_EQ(slurp(output), "cyclecheck-trace 1\nprofile python3.11\nclear a\nclear a\n");
  EXPECT_EQ(toy("shrink --subject throws " + good_).status, 0);
}

TEST_F(Cli, TracesAreCheckedFormattedAndConverted) {
  EXPECT_TRUE(has(toy("trace check " + good_).output, "good.trace: python3.11, 2 operations, 0 scripts"));
  EXPECT_EQ(toy("trace format " + good_).output, slurp(good_));
  const std::string binary = directory_.file("good.cyct");
  EXPECT_EQ(toy("trace convert --to binary " + good_).status, 0);
  EXPECT_EQ(slurp(binary).substr(0, 4), "CYCT");
  const std::string back = directory_.file("back.trace");
  EXPECT_EQ(toy("trace convert --to text -o " + back + " " + binary).status, 0);
  EXPECT_EQ(slurp(back), slurp(good_));
}

}  // namespace
}  // namespace cyclecheck

// Covers: the program from the outside: exit statuses, messages for bad input, findings and their replay, Ctrl-C.
// Does not cover: how the terminal looks.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "properties/support/sanitized.hpp"
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
      {"run --traces 0", "expected a number from 1 to 18446744073709551615, found '0'"},
      {"run --seed -1", "expected a number from 0 to 18446744073709551615, found '-1'"},
      {"run --seed 18446744073709551616", "found '18446744073709551616'"},
      {"run --time 0", "expected a duration"},
      {"run --time 1m-30s", "expected a duration"},
      {"run --jobs 0", "expected a number from 1 to 256"},
      {"fuzz --campaign c --executions 0", "expected a number from 1"},
      {"explain good.trace --step -1", "expected a number from 0"},
      {"objgraph good.trace --max-depth -1", "expected a number from 0"},
      {"run --traces 1 --findings good.trace", "good.trace"},
      {"run --traces 1 --findings findings --junit missing/x.xml", "missing/x.xml"},
      {"run --only scripts,callback", "no feature 'callback' (did you mean 'callbacks'?)"},
      {"generate --without nonsense", "no feature 'nonsense'"},
      {"generate --index -1", "expected a number from 0"},
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
  for (const char* command : {"", "run", "generate", "replay", "shrink", "subjects", "trace", "trace check",
                              "trace format", "trace convert"}) {
    const CommandRun result = program(std::string{command} + " --help");
    EXPECT_EQ(result.status, 0) << command;
    // CLI11 2.6 has another layout: what every help has is its own option.
    EXPECT_TRUE(has(result.output, "--help ")) << result.output;
  }
}

TEST_F(Cli, GeneratePrintsTheTraceThatAFindingNames) {
  const CommandRun run =
      toy("run --traces 300 --max-findings 1 --subject lies --profile python3.11 --findings " + findings_);
  ASSERT_EQ(run.status, 1) << run.output;
  const std::string folder = finding_folders(findings_).at(0);
  const std::string finding = shell("cat " + folder + "/finding.json").output;
  const std::string index = finding.substr(finding.find("\"index\": ") + 9);
  const CommandRun printed = program("generate --profile python3.11 --index " + index.substr(0, index.find(',')));
  EXPECT_EQ(printed.status, 0);
  EXPECT_EQ(printed.output, program("trace format " + folder + "/original.cyct").output);
  const CommandRun plain = program("generate --only finalizers --index 3");
  EXPECT_FALSE(has(plain.output, "weakref")) << plain.output;
  EXPECT_TRUE(has(plain.output, "disabled")) << plain.output;
}

TEST_F(Cli, ARunWithoutFindingsHasStatusZero) {
  const CommandRun result = toy("run --traces 50 --reach --findings " + findings_);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(has(result.output, "operations/s"));
  EXPECT_TRUE(has(result.output, "automatic collection of generation 0"));
  EXPECT_TRUE(has(result.output, " traces agree; seed 1; ")) << result.output;
  EXPECT_FALSE(has(result.output, "no short cut")) << "the toy has none";
  EXPECT_FALSE(fs::exists(findings_));
}

// ShortCutConditions.EachRefusesItAlone fails if one of them is never the reason.
TEST_F(Cli, AReportOfReachTellsWhyTheCollectorsShortCutsWereNotTaken) {
  const CommandRun result = program("run --traces 300 --reach --findings " + findings_);
  EXPECT_EQ(result.status, 0) << result.output;
  const auto number = [&](const std::string& name) {
    const std::size_t at = result.output.find("\n" + name + "  ");
    return at == std::string::npos ? 0UL : std::stoul(result.output.substr(at + 1 + name.size()));
  };
  EXPECT_GT(number("no short cut: leaf: type"), 100U) << result.output;
  EXPECT_GT(number("the heap grew while a script ran"), 0U) << result.output;
}

TEST_F(Cli, TheCollectorOfTheProjectIsTheDefaultSubject) {
  const CommandRun list = program("subjects");
  EXPECT_EQ(list.status, 0);
  EXPECT_TRUE(has(list.output, "impl"));
  const CommandRun result = program("replay " + good_);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output, "model: 1 trace, 1 agree\nimpl: 1 trace, 1 agree\n");
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
  EXPECT_TRUE(has(replay.output, "model: 1 trace, 1 agree\ncrashes: 1 trace, 0 agree\n")) << replay.output;
  const CommandRun sound = toy("replay --subject sound " + findings_);
  EXPECT_EQ(sound.status, 0) << sound.output;
}

// Whoever finds it, wherever and with however many jobs, has the same files; and their command finds it again.
TEST_F(Cli, AFindingDoesNotSayHowManyJobsFoundIt) {
  const std::string options = "run --traces 60 --subject lies --max-operations 300 --seed 5 --findings ";
  EXPECT_EQ(toy(options + findings_ + " --jobs 1").status, 1);
  const std::string others = directory_.file("by three jobs");
  EXPECT_EQ(toy(options + "'" + others + "' --jobs 3").status, 1);
  auto one = files_but_run_json(findings_);
  auto three = files_but_run_json(others);
  const std::string folder = fs::path(finding_folders(findings_).at(0)).filename().string();
  EXPECT_TRUE(has(slurp(findings_ + "/" + folder + "/run.json"), "\"jobs\": 1,\n"));
  EXPECT_TRUE(has(slurp(others + "/" + folder + "/run.json"), "--findings '" + others + "' --jobs 3\""));
  const std::string json = one.at(folder + "/finding.json");
  EXPECT_TRUE(has(json, "\"level\": \"order\",\n  \"promised\": \"order\",\n  \"seed\": 5,")) << json;
  EXPECT_TRUE(one == three);
  const std::size_t at = json.find("\"command\": \"cyclecheck ") + 23;
  const std::string again = directory_.file("again");
  EXPECT_EQ(toy(json.substr(at, json.find('"', at) - at) + " --findings " + again).status, 1);
  EXPECT_TRUE(fs::exists(again + "/" + folder));
}

TEST_F(Cli, AnUnwritableFindingIsPrintedAndHasStatusTwo) {
  const CommandRun result = toy("run --traces 50 --subject lies --findings " + good_);
  EXPECT_EQ(result.status, 2) << result.output;
}

TEST_F(Cli, AnInterruptEndsWithASummary) {
  const CommandRun result =
      shell(std::string{CYCLECHECK_TOY} + " run --time 100s --findings " + findings_ + " & child=$!; " +
            until_there(findings_ + "/.running*") + "; kill -INT $child; wait $child");
  EXPECT_EQ(result.status, 130) << result.output;
  EXPECT_TRUE(has(result.output, "interrupted")) << result.output;
  EXPECT_FALSE(fs::exists(findings_));
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
  EXPECT_TRUE(has(result.output, "model: 1 trace, 0 agree\nimpl: 1 trace, 0 agree\n")) << result.output;
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

// A check of a subject's own is guarded, stored and replayed like any other: `run --oom` is one.
TEST_F(Cli, ASpecialCheckIsGuardedAndReplayed) {
  const std::string options = " --traces 60 --max-findings 1 --timeout 300ms --shrink-time 2s --findings " + findings_;
  EXPECT_EQ(toy("run --subject checks" + options).status, 1);
  const CommandRun again = toy("replay " + findings_);
  EXPECT_EQ(again.status, 1) << again.output;
  EXPECT_TRUE(has(again.output, "checks: checked")) << again.output;
  const CommandRun hangs = toy("run --subject checks_for_ever" + options);
  EXPECT_EQ(hangs.status, 1) << hangs.output;
  EXPECT_TRUE(has(hangs.output, "FINDING hang")) << hangs.output;
}

TEST_F(Cli, OutOfMemoryIsASubject) {
  const CommandRun run = program("run --oom --traces 3 --junit - --findings " + findings_);
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(has(run.output, "every one of the 18 allocation sites")) << run.output;
  EXPECT_TRUE(has(run.output, "<testsuites")) << run.output;
  const CommandRun replay = program("replay --subject impl-oom " + good_);
  EXPECT_EQ(replay.status, 0) << replay.output;
  EXPECT_TRUE(has(replay.output, "impl-oom: 1 trace, 1 agree")) << replay.output;
}

TEST_F(Cli, AFindingIsShrunkWithItsOwnSubject) {
  ASSERT_EQ(toy("run --subject lies --traces 60 --max-findings 1 --findings " + findings_).status, 1);
  const std::string finding = finding_folders(findings_).at(0);
  const CommandRun shrunk = toy("shrink " + finding);
  EXPECT_EQ(shrunk.status, 1) << shrunk.output;
  EXPECT_TRUE(has(shrunk.output, "1-minimal")) << shrunk.output;
  EXPECT_EQ(toy("shrink --subject sound " + finding).status, 0);
}

TEST_F(Cli, OutputsGoToStandardOutputAndThroughLinks) {
  const std::string html = directory_.file("page.html");
  fs::create_symlink("real.html", html);
  EXPECT_EQ(program("explain " + good_ + " --html " + html).status, 0);
  EXPECT_TRUE(fs::is_symlink(html));
  EXPECT_TRUE(fs::is_regular_file(directory_.file("real.html")));
  EXPECT_TRUE(has(program("explain " + good_ + " --html - 2>/dev/null").output, "<!DOCTYPE html>"));
  EXPECT_TRUE(has(program("export " + good_ + " --to text -o -").output, "cyclecheck-trace 1"));
  EXPECT_TRUE(has(program("trace convert " + good_ + " --to text -o -").output, "new a node"));
  EXPECT_TRUE(has(toy("shrink --subject lies -o - " + bad_).output, "cyclecheck-trace 1"));
  EXPECT_EQ(program("run --traces 1 --junit /dev/null --findings " + findings_).status, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

// The names of all processes whose command line has a word in it.
std::string processes_with(const std::string& word) {
  return shell("pgrep -f '[x]" + word.substr(1) + "' || true").output;
}

TEST_F(Cli, WhatASubjectStartedEndsWithIt) {
  // The greeting, then a program below the shell that neither reads nor ends.
  const std::string mark = "xcyclecheck-leftover-" + std::to_string(::getpid());
  const std::string script = directory_.write(
      "subject.sh",
      "echo cyclecheck-subject 1\necho name sleeper\necho version 1\necho ready\nsh -c 'exec sleep 1000' " + mark +
          " &\nsh -c 'while :; do sleep 1000; done' " + mark + "\n");
  const CommandRun run = program("run --subject 'process:sh " + script +
                                 "' --timeout 300ms --shrink-time 1s --time 2s " + "--jobs 2 --findings " + findings_);
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_EQ(processes_with(mark), "");
}

TEST_F(Cli, MemoryThatGrowsIsAFinding) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps what is freed";
  const std::string served = std::string{"process:"} + CYCLECHECK_TOY + " subjects --serve ";
  // The toys live in a program that knows no processes.
  const auto ask = [&](const std::string& subject, const std::string& arguments) {
    return (subject.starts_with("process:") ? program : toy)(arguments + findings_);
  };
  const auto run = [&](const std::string& subject) {
    return ask(subject,
               "run --subject 'leaks:" + subject + "' --traces 1 --max-findings 1 --shrink-time 300ms --findings ");
  };
  for (const std::string& sound : {std::string{"sound"}, served + "sound"}) {
    const CommandRun result = run(sound);
    EXPECT_EQ(result.status, 0) << result.output;
  }
  for (const std::string& leaks : {std::string{"leaks"}, served + "leaks"}) {
    const CommandRun result = run(leaks);
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_TRUE(has(result.output, "grows memory")) << result.output;
    // The finding knows how it was looked for.
    const CommandRun again = ask(leaks, "replay ");
    EXPECT_EQ(again.status, 1) << again.output;
    EXPECT_TRUE(has(again.output, "grows memory")) << again.output;
    fs::remove_all(findings_);
  }
  EXPECT_TRUE(has(run("nobody").output, "leaks:nobody: no subject that runs a trace"));
}

TEST_F(Cli, ScalingIsATableOfSteps) {
  const CommandRun table = program("run --scaling --profile python3.11");
  EXPECT_EQ(table.status, 0) << table.output;
  EXPECT_TRUE(has(table.output, "collection, all is trash")) << table.output;
  EXPECT_TRUE(has(table.output, "nothing grows faster than n log n")) << table.output;
  EXPECT_EQ(program("run --scaling --subject model").status, 2);
}

TEST_F(Cli, TheMemoryOfASubjectIsLimited) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory is what would be limited";
  const CommandRun run =
      toy("run --subject greedy --memory 300MB --traces 60 --max-findings 1 --shrink-time 1s --findings " + findings_);
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_FALSE(has(run.output, "there is no limit")) << run.output;
  EXPECT_EQ(toy("run --subject greedy --memory much --traces 1 --findings " + findings_).status, 2);
}

}  // namespace
}  // namespace cyclecheck

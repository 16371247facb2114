// Covers: numbers, durations, words and paths on the command line, of every command that has such an option.
// Does not cover: what the commands do with them.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "properties/support/sanitized.hpp"
#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Arguments : public testing::Test {
 protected:
  CommandRun run(const std::string& arguments) {
    return shell("cd " + directory_.path() + " && " + CYCLECHECK_PROGRAM + " " + arguments);
  }
  // It is refused with one short line that has these parts, before anything is done.
  void expect_refused(const std::string& arguments, const std::vector<std::string>& parts) {
    const CommandRun result = run(arguments);
    EXPECT_EQ(result.status, 2) << arguments << "\n" << result.output;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << arguments << "\n" << result.output;
    EXPECT_LT(result.output.size(), 130U) << arguments << "\n" << result.output;
    for (const std::string& part : parts) EXPECT_TRUE(has(result.output, part)) << arguments << "\n" << result.output;
  }

  TemporaryDirectory directory_;
  std::string good_ = directory_.write("x.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\ndrop a\n");
};

struct Option {
  // With all that the command needs.
  const char* command;
  const char* name;
  std::uint64_t least;
  // Of those that are refused.
  const char* too_much = "18446744073709551616";
};

TEST_F(Arguments, NumbersOutOfRangeAreRefusedWithTheRange) {
  const Option options[] = {
      {"run", "--seed", 0},
      {"run", "--first", 0},
      {"run", "--traces", 1},
      {"run", "--max-operations", 1, "1000001"},
      {"run", "--max-findings", 1, "4294967296"},
      {"run", "--jobs", 1, "257"},
      {"fuzz --campaign c", "--seed", 0},
      {"fuzz --campaign c", "--executions", 1},
      {"fuzz --campaign c", "--jobs", 1, "257"},
      {"fuzz --campaign c", "--max-length", 16, "65537"},
      {"fuzz --campaign c", "--max-findings", 1, "4294967296"},
      {"conform", "--seed", 0},
      {"conform", "--first", 0},
      {"conform", "--traces", 1},
      {"conform", "--max-operations", 1, "1000001"},
      {"conform", "--max-findings", 1, "4294967296"},
      {"conform", "--jobs", 1, "257"},
      {"replay x.trace", "--jobs", 1, "257"},
      {"generate", "--index", 0},
      {"generate", "--seed", 0},
      {"check-type a:b", "--programs", 0, "4294967296"},
      {"check-type a:b", "--depth", 1, "4294967296"},
      {"check-type a:b", "--max-findings", 1, "4294967296"},
      {"exhaust", "--objects", 1, "1000"},
      {"exhaust", "--ops", 0, "1000"},
      {"exhaust", "--weakrefs", 0, "1000"},
      {"exhaust", "--jobs", 1, "257"},
      {"exhaust", "--max-findings", 1, "4294967296"},
      {"explain x.trace", "--step", 0, "4294967296"},
      {"export x.trace --to dot", "--step", 0, "4294967296"},
      {"objgraph x.trace", "--step", 0, "4294967296"},
      {"objgraph x.trace", "--most-common", 0, "4294967296"},
      {"objgraph x.trace --growth", "--since", 0, "4294967296"},
      {"objgraph x.trace --show-refs a", "--max-depth", 0, "4294967296"},
      {"objgraph x.trace --show-refs a", "--too-many", 0, "4294967296"},
      {"objgraph x.trace --show-refs a", "--max-nodes", 1, "4294967296"},
  };
  for (std::size_t i = 0; i < std::size(options); i += fewer<std::size_t>(1, 10)) {
    const Option& option = options[i];
    std::vector<std::string> wrong{"-1", "-0", "+1", "x", "1x", "1.5", "0x10", "' 1'", option.too_much};
    if (option.least > 0) wrong.push_back(std::to_string(option.least - 1));
    for (const std::string& value : wrong) {
      expect_refused(std::string{option.command} + " " + option.name + " " + value,
                     {option.name, "expected a number from " + std::to_string(option.least) + " to "});
    }
  }
}

TEST_F(Arguments, DurationsThatAreNoneAreRefused) {
  const std::pair<const char*, const char*> options[] = {
      {"run", "--time"},
      {"run", "--timeout"},
      {"run", "--shrink-time"},
      {"replay x.trace", "--timeout"},
      {"shrink x.trace", "--time"},
      {"shrink x.trace", "--timeout"},
      {"fuzz --campaign c", "--time"},
      {"fuzz --campaign c", "--timeout"},
      {"fuzz --campaign c", "--shrink-time"},
      {"conform", "--time"},
      {"conform", "--timeout"},
      {"conform", "--shrink-time"},
      {"exhaust", "--timeout"},
      {"exhaust", "--shrink-time"},
      {"explain x.trace", "--timeout"},
  };
  for (std::size_t i = 0; i < std::size(options); i += fewer<std::size_t>(1, 5)) {
    const auto& [command, name] = options[i];
    for (const char* value : {"0", "0s", "-1s", "soon", "1001h", "0.0001s"}) {
      expect_refused(std::string{command} + " " + name + " " + value, {name, "expected a duration such as 20s", value});
    }
  }
  for (const char* value : {"1d", "1m30s", "0.5s", "500ms", "20"}) {
    EXPECT_EQ(run(std::string{"replay x.trace --timeout "} + value).status, 0) << value;
  }
}

TEST_F(Arguments, OptionsWithoutEffectAreRefused) {
  const std::pair<const char*, const char*> table[] = {
      {"run --oom --subject impl", "--subject"},
      {"replay x.trace --profile python3.11", "--profile"},
      {"replay --recording a b --profile python3.11 --write-logs", "--write-logs"},
      {"fuzz --campaign c --status --time 5s", "--time"},
      {"fuzz --campaign c --merge d --jobs 2", "--jobs"},
      {"fuzz --campaign c --minimise --executions 7", "--executions"},
      {"exhaust --letters --ops 3", "--ops"},
      {"exhaust --combine a --shard 1/2", "--shard"},
      {"export x.trace --to text --step 1", "--step"},
      {"generate --features --index 3", "--index"},
      {"check-type a:b --steps f --programs 3", "--programs"},
      {"objgraph x.trace --max-depth 3", "--max-depth"},
      {"conform --recorded x --seed 3", "--seed"},
      {"conform --recorded x --python python3", "--python"},
      {"conform --record . --max-findings 3", "--max-findings"},
      {"conform x.trace --seed 3", "--seed"},
      {"conform --write-logs", "--write-logs"},
      {"explain x.trace --level timing", "--level"},
      {"explain x.trace --timeout 5s", "--timeout"},
      {"explain x.trace --html x.html --step 1", "--step"},
      {"subjects --seed 3", "--seed"},
  };
  for (const auto& [arguments, option] : table) expect_refused(arguments, {option});
}

TEST_F(Arguments, WhatWasMeantIsNamed) {
  directory_.write("words.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\nappnd a a\n");
  directory_.write("profile.trace", "cyclecheck-trace 1\nprofile pyton3.11\n");
  const std::pair<const char*, const char*> table[] = {
      {"rnu", "did you mean 'run'?"},
      {"exaust --ops 2", "did you mean 'exhaust'?"},
      {"run --sead 3", "did you mean '--seed'?"},
      {"run --trace=3", "did you mean '--traces'?"},
      {"objgraph x.trace --show-ref a", "did you mean '--show-refs'?"},
      {"trace chek x.trace", "did you mean 'check'?"},
      {"run --subject imp", "did you mean 'impl'?"},
      {"run --profile pyton3.11", "did you mean 'python3.11'?"},
      {"run --level ordr", "did you mean 'order'?"},
      {"exhaust --alphabet standrad", "did you mean 'standard'?"},
      {"export x.trace --to pyhton", "did you mean 'python'?"},
      {"trace check words.trace", "words.trace:4:1: expected an operation (did you mean 'append'?), found 'appnd'"},
      {"trace check profile.trace", "expected a profile (did you mean 'python3.11'?)"},
  };
  for (const auto& [arguments, meant] : table) expect_refused(arguments, {meant});
  EXPECT_FALSE(has(run("fly").output, "did you mean")) << "nothing is near";
}

TEST_F(Arguments, NoMessageIsWithoutAPath) {
  const char* table[] = {"run --findings ''",
                         "run --junit ''",
                         "run --known ''",
                         "replay ''",
                         "shrink ''",
                         "shrink x.trace -o ''",
                         "fuzz --campaign ''",
                         "explain '' ",
                         "export x.trace --to text -o ''",
                         "trace check ''",
                         "exhaust --findings ''",
                         "exhaust --resume ''",
                         "conform --record ''"};
  for (const char* arguments : table) expect_refused(arguments, {"the value is empty"});
}

TEST_F(Arguments, StandardInputAndPipesAreRead) {
  const char* table[] = {
      "cat x.trace | P replay -",
      "cat x.trace | P replay /dev/stdin",
      "P replay - <x.trace",
      "bash -c 'P replay <(cat x.trace)'",
      "mkfifo fifo; cat x.trace >fifo & P replay fifo",
      "cat x.trace | P trace check -",
      "cat x.trace | P explain -",
      "cat x.trace | P export - --to text",
      "cat x.trace | P shrink -",
      "cat x.trace | P objgraph -",
      "P export x.trace --to binary | P trace check -",
  };
  for (std::string command : table) {
    for (std::size_t at = 0; (at = command.find("P ", at)) != std::string::npos;) {
      command.replace(at, 1, CYCLECHECK_PROGRAM);
    }
    const CommandRun result = shell("cd " + directory_.path() + "; rm -f fifo; " + command);
    EXPECT_EQ(result.status, 0) << command << "\n" << result.output;
  }
  const CommandRun empty = run("replay - </dev/null");
  EXPECT_EQ(empty.status, 2) << empty.output;
}

TEST_F(Arguments, AFolderThatCannotBeWrittenSaysWhatToDo) {
  // Not even root can make folders in /proc.
  const CommandRun result = shell(std::string{"cd /proc && "} + CYCLECHECK_PROGRAM + " run --traces 1");
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(has(result.output, "name a folder that can be written, with --findings")) << result.output;
}

TEST_F(Arguments, OneIsNotSeveral) {
  EXPECT_EQ(run("replay x.trace").output, "model: 1 trace, 1 agree\nimpl: 1 trace, 1 agree\n");
  EXPECT_TRUE(has(run("trace check x.trace").output, ": python3.11, 2 operations, 0 scripts\n"));
  EXPECT_TRUE(has(run("run --traces 1 --profile python3.11").output, "1 trace agree; "));
}

// --- what a replay that ran nothing proves ---

TEST_F(Arguments, AReplayThatLeavesEverythingOutFails) {
  const CommandRun result =
      run("replay x.trace --subject 'process:" CYCLECHECK_SOURCE_DIR "/properties/support/other_profile.sh'");
  EXPECT_EQ(result.status, 2) << result.output;
  EXPECT_TRUE(has(result.output, "every one was left out")) << result.output;
}

TEST_F(Arguments, AFolderWhoseFindingsWereMendedIsASuccess) {
  const std::string toy = "cd " + directory_.path() + " && " + CYCLECHECK_TOY + " ";
  ASSERT_EQ(shell(toy + "run --subject lies --traces 60 --max-findings 1").status, 1);
  ASSERT_EQ(shell(toy + "replay findings").status, 1);
  for (const auto& entry : fs::directory_iterator(directory_.file("findings"))) {
    if (entry.is_directory()) fs::remove_all(entry.path());
  }
  const CommandRun mended = shell(toy + "replay findings");
  EXPECT_EQ(mended.status, 0) << mended.output;
  EXPECT_TRUE(has(mended.output, "every finding was mended and removed")) << mended.output;
  fs::create_directories(directory_.file("empty"));
  EXPECT_EQ(shell(toy + "replay empty").status, 2);
}

}  // namespace
}  // namespace cyclecheck

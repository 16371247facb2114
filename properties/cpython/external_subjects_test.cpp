// `--subject process:COMMAND` and `--subject cpython:PATH` of run, replay and shrink, from the command line.
//
// Covers: what a subject does not know is kept from it; each way to fail becomes a finding that names its subject and
// can be replayed; an interpreter without headers is judged by scripts. The subjects are shell scripts.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "properties/support/sanitized.hpp"
#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

// A subject of level liveness that answers nothing, so that it agrees until an object should have died.
constexpr const char* kNothing =
    "printf 'cyclecheck-subject 1\\nname nothing\\nversion 1\\nlevel liveness\\nprofile python3.11\\n'\n"
    "printf \"$EXTRA\"\n"
    "echo ready\n"
    "operations=0\n"
    "while read -r line; do\n"
    "  case \"$line\" in\n"
    "    run*) operations=0 ;;\n"
    "    cyclecheck-trace*|profile*|threshold*|disabled|free_lists_filled) ;;\n"
    "    end) printf 'log\\nend %d\\n' \"$operations\" ;;\n"
    "    *) operations=$((operations + 1)); eval \"$ON_OPERATION\" ;;\n"
    "  esac\n"
    "done\n";

class ExternalSubjects : public testing::Test {
 protected:
  ExternalSubjects() {
    fs::create_directories(folder_);
    std::ofstream(folder_ / "nothing.sh") << kNothing;
  }
  ~ExternalSubjects() override { fs::remove_all(folder_); }

  [[nodiscard]] CommandRun program(const std::string& arguments, const std::string& environment = {}) const {
    return shell("cd " + folder_.string() + " && " + environment + " " CYCLECHECK_PROGRAM " " + arguments);
  }

  // The folder of the only finding.
  [[nodiscard]] std::string finding() const {
    const std::vector<std::string> found = finding_folders((folder_ / "findings").string());
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? std::string() : found[0];
  }

  const fs::path folder_ = fs::temp_directory_path() / ("cyclecheck-external-" + std::to_string(::getpid()));
};

void expect_part(const CommandRun& result, const std::string& part) {
  EXPECT_NE(result.output.find(part), std::string::npos) << "expected '" << part << "' in: " << result.output;
}

constexpr const char* kRun =
    "run --subject 'process:sh nothing.sh' --seed 3 --traces 40 --max-operations 40 --max-findings 1";

TEST_F(ExternalSubjects, AWrongCollectorIsFoundShrunkStoredAndReplayed) {
  const CommandRun run = program(kRun);
  EXPECT_EQ(run.status, 1);
  expect_part(run, "missing died");
  std::ifstream json(finding() + "/finding.json");
  std::stringstream text;
  text << json.rdbuf();
  // The command can be pasted.
  EXPECT_NE(text.str().find("--subject 'process:sh nothing.sh'"), std::string::npos) << text.str();
  // The finding says whom it is about.
  EXPECT_EQ(program("replay " + finding()).status, 1);
  EXPECT_EQ(program("replay --subject model " + finding()).status, 0);
  const CommandRun shrunk = program("shrink --subject 'process:sh nothing.sh' --time 5s " + finding());
  EXPECT_EQ(shrunk.status, 1);
  expect_part(shrunk, "new ");
}

TEST_F(ExternalSubjects, OperationsThatItLacksAreKeptFromIt) {
  const std::string extra = "EXTRA='operations new drop collect\\n'";
  const CommandRun run =
      program(kRun, extra + " ON_OPERATION='case \"$line\" in new*|drop*|collect*) ;; *) exit 9;; esac'");
  EXPECT_EQ(run.status, 1);
  expect_part(run, "missing died");
  EXPECT_EQ(run.output.find("exit status 9"), std::string::npos) << run.output;
  std::ofstream(folder_ / "list.trace") << "cyclecheck-trace 1\nprofile python3.11\nnew a node\nappend a a\n";
  const CommandRun none = program("replay --subject 'process:sh nothing.sh' list.trace", extra);
  EXPECT_EQ(none.status, 2) << none.output;
  expect_part(none, "1 left out that it cannot run");
  expect_part(none, "no trace was run: every one was left out");
  std::ofstream(folder_ / "node.trace") << "cyclecheck-trace 1\nprofile python3.11\nnew a node\n";
  const CommandRun some = program("replay --subject 'process:sh nothing.sh' list.trace node.trace", extra);
  EXPECT_EQ(some.status, 0) << some.output;
  expect_part(some, "1 trace, 1 agree, 1 left out that it cannot run");
}

TEST_F(ExternalSubjects, ProfilesThatItDoesNotFollow) {
  const CommandRun run = program("run --subject 'process:sh nothing.sh' --profile python2.7 --traces 1");
  EXPECT_EQ(run.status, 2);
  expect_part(run, "does not follow the profile python2.7; it follows python3.11");
  std::ofstream(folder_ / "old.trace") << "cyclecheck-trace 1\nprofile python2.7\nnew a node\n";
  EXPECT_EQ(program("shrink --subject 'process:sh nothing.sh' old.trace").status, 2);
  const CommandRun replay = program("replay --subject 'process:sh nothing.sh' old.trace");
  expect_part(replay, "1 left out");
}

struct Failing {
  const char* name;
  const char* on_operation;
  const char* signature;
  const char* words;
};

class FailingSubjects : public ExternalSubjects, public testing::WithParamInterface<Failing> {};

TEST_P(FailingSubjects, AreFindings) {
  std::ofstream(folder_ / "t.trace") << "cyclecheck-trace 1\nprofile python3.11\nnew a node\nnew b node\n";
  const std::string environment = std::string("ON_OPERATION='") + GetParam().on_operation + "'";
  const CommandRun replay =
      program("replay --verbose --timeout 1s --subject 'process:sh nothing.sh' t.trace", environment);
  EXPECT_EQ(replay.status, 1);
  expect_part(replay, GetParam().signature);
  expect_part(replay, GetParam().words);
  // Shrinking and replaying a hang takes seconds, and is no different.
  if (std::string(GetParam().name) == "Hang") return;
  const CommandRun run = program(std::string(kRun) + " --shrink-time 1s", environment);
  EXPECT_EQ(run.status, 1);
  expect_part(run, std::string("FINDING ") + GetParam().signature);
}

INSTANTIATE_TEST_SUITE_P(Kinds, FailingSubjects,
                         testing::Values(Failing{"Crash", "echo going down >&2; kill -SEGV $$", "crash", "going down"},
                                         Failing{"Hang", "sleep 60", "hang", "no answer within 1000 ms"},
                                         Failing{"Garbage", "echo gibberish", "answer garbage", "gibberish"},
                                         Failing{"Truncated", "exit 0", "answer truncated", "ended without an error"},
                                         Failing{"Refused", "echo error I only know trees", "answer refused",
                                                 "I only know trees"}),
                         [](const testing::TestParamInfo<Failing>& row) { return std::string(row.param.name); });

TEST_F(ExternalSubjects, ThoseThatCannotStart) {
  const CommandRun missing = program("run --subject process:./no-such-collector --traces 1");
  EXPECT_EQ(missing.status, 2);
  expect_part(missing, "no-such-collector");
  const CommandRun python = program("run --subject cpython:no-such-python --traces 1");
  EXPECT_EQ(python.status, 2);
  expect_part(python, "no such interpreter");
  const CommandRun nobody = program("run --subject nobody --traces 1");
  EXPECT_EQ(nobody.status, 2);
  expect_part(nobody, "process:..., plugin:..., cpython:..., scripts:...");
}

// --- Plug-ins ---

std::string plugin(int fault) {
  return "--subject plugin:" CYCLECHECK_PLUGINS "/toy_plugin_" + std::to_string(fault) + ".so";
}

TEST_F(ExternalSubjects, AWrongPluginIsFound) {
  const CommandRun run = program("run " + plugin(0) + " --seed 3 --traces 40 --max-operations 40 --max-findings 1");
  EXPECT_EQ(run.status, 1);
  expect_part(run, "missing died");
  EXPECT_EQ(program("replay " + finding()).status, 1);
}

TEST_F(ExternalSubjects, PluginsThatAnswerNonsenseOrCrash) {
  const CommandRun nonsense = program("run " + plugin(3) + " --traces 4 --max-findings 1 --shrink-time 1s");
  EXPECT_EQ(nonsense.status, 1);
  expect_part(nonsense, "FINDING answer garbage");
  fs::remove_all(folder_ / "findings");
  const CommandRun crash = program("run " + plugin(4) + " --traces 4 --max-findings 1 --shrink-time 1s");
  EXPECT_EQ(crash.status, 1);
  expect_part(crash, "FINDING crash SIGABRT");
}

TEST_F(ExternalSubjects, TwoCrashesWithDifferentStacksAreTwoFindings) {
  if (kSanitized) GTEST_SKIP() << "stacks of crashes are the sanitizer's to print";
  const CommandRun run = program("run " + plugin(5) + " --seed 3 --traces 200 --shrink-time 2s");
  EXPECT_EQ(run.status, 1);
  expect_part(run, "FINDING crash SIGSEGV at toy::crash, toy::clear_all (");
  expect_part(run, "FINDING crash SIGSEGV at toy::crash, toy::collect_all (");
}

TEST_F(ExternalSubjects, PluginsThatCannotStart) {
  std::ofstream(folder_ / "text.so") << "no library\n";
  const std::pair<std::string, const char*> rows[] = {
      {plugin(1), "expected a plug-in of version 1"},
      {plugin(2), "line 1 of its answer is 'hello'; expected 'cyclecheck-subject 1'"},
      {"--subject plugin:missing.so", "missing.so"},
      {"--subject plugin:text.so", "text.so"},
  };
  for (const auto& [arguments, message] : rows) {
    const CommandRun run = program("run " + arguments + " --traces 1");
    EXPECT_EQ(run.status, 2) << arguments;
    expect_part(run, message);
  }
}

// --- The interpreter that PATH has: ci/setup installs one, with headers ---

TEST_F(ExternalSubjects, CpythonAgrees) {
  const CommandRun run = program("run --subject cpython: --traces 100 --max-operations 200");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_EQ(run.output.find("scripts are run instead"), std::string::npos) << run.output;
}

TEST_F(ExternalSubjects, WithoutACompilerScriptsAreRun) {
  const std::string environment = "CC=no-such-compiler XDG_CACHE_HOME=" + (folder_ / "cache").string();
  const CommandRun run = program("run --subject cpython: --seed 2 --traces 12 --max-operations 60", environment);
  EXPECT_EQ(run.status, 0) << run.output;
  expect_part(run, "no C compiler: 'no-such-compiler' was not found");
  expect_part(run, "compared at level garbage only");
  const CommandRun conform = program("conform --seed 2 --traces 12 --max-operations 60", environment);
  EXPECT_EQ(conform.status, 0) << conform.output;
  expect_part(conform, "compared at level garbage only");
  expect_part(conform, "12 traces");
  EXPECT_EQ(program("conform --traces 2 --record .", environment).status, 2);
}

TEST_F(ExternalSubjects, ScriptsOfAnInterpreterAnywhere) {
  const CommandRun run = program("run --subject 'scripts:python3 -' --seed 2 --traces 12 --max-operations 60");
  EXPECT_EQ(run.status, 0) << run.output;
  const CommandRun cat = program("run --subject scripts:cat --traces 1");
  EXPECT_EQ(cat.status, 2);
  expect_part(cat, "scripts:cat: it is not a Python interpreter");
}

// 3.14.2, as its python3 says: what the older row and the newer one have in common is compared, and no generation 1.
TEST_F(ExternalSubjects, AnIncrementalCollectorPromisesLess) {
  std::ofstream(folder_ / "pretend.py") << "import sys\n"
                                           "sys.version_info = (3, 14, 2, 'final', 0)\n"
                                           "exec(compile(sys.stdin.read(), 'script', 'exec'), globals())\n";
  const std::string subject = "--subject 'scripts:python3 pretend.py' ";
  std::ofstream(folder_ / "one.trace") << "cyclecheck-trace 1\nprofile python3.14\nnew a node\ncollect 1\n";
  std::ofstream(folder_ / "late.trace") << "cyclecheck-trace 1\nprofile python3.14\nnew a node del={deref b w}\n"
                                           "collect 2\nnew c node del={weakref w self}\nappend c c\nappend c a\n"
                                           "drop a\ndrop c\ncollect 0\n";
  std::ofstream(folder_ / "two.trace") << "cyclecheck-trace 1\nprofile python3.14\nnew a node\nappend a a\ndrop a\n"
                                          "collect 0\ncollect 2\n";
  for (const char* left_out : {"one.trace", "late.trace"}) {
    const CommandRun run = program(std::string("replay ") + subject + left_out);
    expect_part(run, "0 traces, 0 agree, 1 left out that it cannot run");
  }
  // The real one, where `npm install` was run.
  if (const std::string adapter = CYCLECHECK_SOURCE_DIR "/adapters/pyodide"; fs::exists(adapter + "/node_modules")) {
    const CommandRun real = program("replay --subject 'scripts:node " + adapter + "/run.mjs' --timeout 120s two.trace");
    expect_part(real, "run.mjs: 1 trace, 1 agree");
  }
  const CommandRun compared = program("replay " + subject + "two.trace");
  EXPECT_EQ(compared.status, 0) << compared.output;
  EXPECT_EQ(compared.output.find("left out"), std::string::npos) << compared.output;
}

}  // namespace
}  // namespace cyclecheck

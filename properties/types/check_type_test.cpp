// `cyclecheck check-type` as its users meet it: what it prints, stores and answers, and bad input.
//
// Covers: types that need no spec, a spec, faults of types written in Python, crashes and hangs, JUnit, stored steps,
// the same result twice. Does not cover faults of C types: properties/own_types does.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

class CheckType : public testing::Test {
 protected:
  void SetUp() override {
    if (shell("python3 -c 'import sys; sys.getrefcount(1)'").status == 0) return;
    if (std::getenv("CYCLECHECK_NEEDS_ALL") != nullptr) FAIL() << "no python3";
    GTEST_SKIP() << "no python3";
  }

  [[nodiscard]] CommandRun check(const std::string& arguments) const {
    return shell("cd " + folder_.path() +
                 " && " CYCLECHECK_PROGRAM " check-type --programs 20 --deepest 2000 --timeout 20s " + arguments);
  }

  [[nodiscard]] CommandRun check_steps(const std::string& arguments) const {
    return shell("cd " + folder_.path() + " && " CYCLECHECK_PROGRAM " check-type --timeout 20s " + arguments);
  }

  // A type that keeps what it is given in a place that no collector sees.
  void write_leaker() const {
    folder_.write("mine.py",
                  "import ctypes\n"
                  "class Leaker(object):\n"
                  "    def keep(self, x):\n"
                  "        ctypes.pythonapi.Py_IncRef(ctypes.py_object(x))\n");
  }

  static bool has(const CommandRun& run, const std::string& text) { return run.output.find(text) != std::string::npos; }

  TemporaryDirectory folder_;
};

TEST_F(CheckType, FindsTheEdgesOfADeque) {
  const CommandRun run = check("collections:deque");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(has(run, "x of deque([x])")) << run.output;
  EXPECT_TRUE(has(run, "a.append(x)   given back by a.clear()")) << run.output;
  EXPECT_TRUE(has(run, "no fault found")) << run.output;
}

TEST_F(CheckType, FindsTheEdgesOfAPartial) {
  const CommandRun run = check("functools:partial");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(has(run, "y of partial(x, y)")) << run.output;
  EXPECT_TRUE(has(run, "no fault found")) << run.output;
}

TEST_F(CheckType, ASpecSaysWhatHoldsReferences) {
  folder_.write(
      "spec.py",
      "def filled(x):\n    made = dict()\n    made['first'] = x\n    return made\n"
      "make = ['filled(x)']\nput = {'second': \"a['second'] = x\"}\nclear = {'second': \"del a['second']\"}\n");
  const CommandRun run = check("builtins:dict --spec spec.py");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(has(run, "x of filled(x)")) << run.output;
  EXPECT_TRUE(has(run, "a['second'] = x   given back by del a['second']")) << run.output;
}

TEST_F(CheckType, ALeakIsStoredShrunkAndRunAgain) {
  write_leaker();
  const CommandRun run = check("mine:Leaker --junit out.xml");
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_TRUE(has(run, "FAULT Leaker.keep(): Leaker.keep() takes a reference that is never given back")) << run.output;
  EXPECT_TRUE(has(run, "rule T4 of docs/contracts.md")) << run.output;
  EXPECT_TRUE(has(run, "1-minimal; came back 3 times of 3")) << run.output;
  const std::string junit = slurp(folder_.file("out.xml"));
  // The whole fails, and the fault.
  EXPECT_NE(junit.find("tests=\"2\" failures=\"2\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("name=\"random programs\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("name=\"T4 Leaker.keep()\""), std::string::npos) << junit;
  std::string stored;
  for (const auto& [name, bytes] : all_files(folder_.file("findings"))) {
    if (name.ends_with("/steps.txt")) stored = "findings/" + name.substr(0, name.size() - 10);
    if (name.ends_with("/reproducer.py")) {
      EXPECT_EQ(shell("cd " + folder_.path() + " && PYTHONPATH=. python3 findings/" + name).status, 0) << bytes;
      EXPECT_NE(bytes.find("a.keep(x)"), std::string::npos) << bytes;
    }
  }
  ASSERT_FALSE(stored.empty());
  const CommandRun again = check_steps("mine:Leaker --steps " + stored);
  EXPECT_EQ(again.status, 1) << again.output;
  EXPECT_TRUE(has(again, "Leaker.keep() takes a reference")) << again.output;
  folder_.write("mine.py", "class Leaker(object):\n    def keep(self, x):\n        pass\n");
  const CommandRun mended = check_steps("mine:Leaker --steps " + stored);
  EXPECT_EQ(mended.status, 0) << mended.output;
}

TEST_F(CheckType, TheSameSeedFindsTheSame) {
  write_leaker();
  const CommandRun one = check("mine:Leaker --seed 3 --findings one");
  const CommandRun two = check("mine:Leaker --seed 3 --findings two");
  EXPECT_EQ(one.status, 1) << one.output;
  auto first = all_files(folder_.file("one"));
  auto second = all_files(folder_.file("two"));
  for (auto* files : {&first, &second}) {
    for (auto& [name, bytes] : *files) {
      // The command names the folder.
      if (const auto at = bytes.find("\"command\""); at != std::string::npos) bytes.resize(at);
    }
  }
  EXPECT_EQ(first, second);
  EXPECT_FALSE(first.empty());
}

TEST_F(CheckType, StopsAtTheLargestNumberOfFindings) {
  folder_.write("mine.py",
                "import ctypes\n"
                "class Leaker(object):\n"
                "    def keep(self, x):\n"
                "        ctypes.pythonapi.Py_IncRef(ctypes.py_object(x))\n"
                "    hold = keep\n");
  const CommandRun both = check("mine:Leaker");
  EXPECT_TRUE(has(both, ", 2 faults")) << both.output;
  const CommandRun one = check("mine:Leaker --max-findings 1");
  EXPECT_EQ(one.status, 1) << one.output;
  EXPECT_TRUE(has(one, ", 1 fault\n")) << one.output;
  EXPECT_TRUE(has(one, "stopped at --max-findings; first of what else was seen: Leaker.")) << one.output;
}

TEST_F(CheckType, ACrashIsAFindingAndTheCheckGoesOn) {
  folder_.write("mine.py",
                "import os, signal\n"
                "class Crasher(object):\n"
                "    def good(self, x):\n        self.held = x\n"
                "    def bad(self, x):\n        os.kill(os.getpid(), signal.SIGSEGV)\n");
  const CommandRun run = check("mine:Crasher");
  EXPECT_EQ(run.status, 1) << run.output;
  EXPECT_TRUE(has(run, "ends the interpreter: signal 11 (Segmentation fault)")) << run.output;
  EXPECT_TRUE(has(run, "rule T19")) << run.output;
  EXPECT_TRUE(has(run, "Crasher.good()")) << run.output;
}

TEST_F(CheckType, WhatDoesNotReturnIsSkipped) {
  folder_.write("mine.py",
                "import time\n"
                "class Sleeper(object):\n"
                "    def hold(self, x):\n        self.held = x\n"
                "    def sleep(self, x):\n        time.sleep(1000)\n");
  const CommandRun run = check("mine:Sleeper");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(has(run, "skipped    a.sleep(x) did not return")) << run.output;
  EXPECT_TRUE(has(run, "Sleeper.hold()")) << run.output;
}

// The thirtieth call of all, whichever interpreter makes it.
TEST_F(CheckType, WhatASpecNamesIsLeftAlone) {
  folder_.write("mine.py",
                "class Store(object):\n"
                "    def drop_database(self):\n        open('dropped', 'w').close()\n");
  folder_.write("spec.py", "never = ['drop_database']\n");
  EXPECT_EQ(check("mine:Store --spec spec.py").status, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("dropped")));
  EXPECT_EQ(check("mine:Store").status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_.file("dropped")));
  folder_.write("spec.py", "never = 'drop_database'\n");
  const CommandRun wrong = check("mine:Store --spec spec.py");
  EXPECT_EQ(wrong.status, 2) << wrong.output;
  EXPECT_TRUE(has(wrong, "never is no list")) << wrong.output;
}

TEST_F(CheckType, WhatDidNotReturnOnceIsNoFault) {
  folder_.write("mine.py",
                "import os, time\n"
                "class Waiter(object):\n"
                "    def keep(self, x):\n"
                "        with open('calls', 'a') as calls:\n            calls.write('.')\n"
                "        if os.path.getsize('calls') == 200:\n            time.sleep(1000)\n"
                "        self.held = x\n");
  const CommandRun run =
      shell("cd " + folder_.path() +
            " && " CYCLECHECK_PROGRAM " check-type mine:Waiter --programs 20 --deepest 10 --timeout 2s");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(has(run, "does not return; it did when it was tried again")) << run.output;
}

TEST_F(CheckType, BadInputIsToldWithWhatWasTried) {
  const auto expect = [&](const std::string& arguments, const std::string& text) {
    const CommandRun run = check(arguments);
    EXPECT_EQ(run.status, 2) << run.output;
    EXPECT_TRUE(has(run, text)) << run.output;
  };
  expect("nothere:x", "the module nothere cannot be imported");
  expect("collections:nothere", "collections has no nothere");
  expect("collections", "'collections' is not MODULE:NAME");
  expect("collections:deque --python nopython", "there is no interpreter nopython");
  expect("collections:deque --spec nospec.py", "the spec nospec.py");
  const CommandRun nosteps = check_steps("collections:deque --steps nosteps");
  EXPECT_EQ(nosteps.status, 2) << nosteps.output;
  EXPECT_TRUE(has(nosteps, "nosteps: No such file or directory")) << nosteps.output;
  expect("collections:deque --steps nosteps", "--programs: has no effect with --steps");
  expect("math:pi", "cannot be called");
  folder_.write("mine.py",
                "class Refuses(object):\n    def __init__(self, *arguments):\n        raise ValueError('no')\n"
                "class Holds(object):\n    __slots__ = ()\n");
  expect("mine:Refuses", "no Refuses can be made; tried:\n  a = Refuses(");
  expect("mine:Holds", "nothing in Holds was found to hold a reference (say it with --spec); tried:\n  ");
  folder_.write("spec.py", "make = 3\n");
  expect("collections:deque --spec spec.py", "make is no list");
}

}  // namespace
}  // namespace cyclecheck

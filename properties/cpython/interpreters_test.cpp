// Which interpreters are found, which profile each follows, and the reason why one has none; the driver as a folder.
//
// Covers: every reason of row.py, with interpreters that pretend to be another version; wrappers; pyenv's and uv's
// folders; a limited stack; the driver built and run from a folder. Does not cover what real interpreters of those
// versions do.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "harness/cpython/cpython.hpp"
#include "harness/subjects/subjects.hpp"
#include "properties/support/environment.hpp"
#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

// python3's own path; the tests replace PATH.
class Interpreters : public testing::Test {
 protected:
  void SetUp() override {
    const CommandRun asked = shell("python3 -c 'import sys; print(sys.executable)'");
    if (asked.status != 0) {
      if (std::getenv("CYCLECHECK_NEEDS_ALL") != nullptr) FAIL() << "no python3";
      GTEST_SKIP() << "no python3";
    }
    python3_ = asked.output.substr(0, asked.output.find('\n'));
  }

  // A program that hands the script of `-c` on to python3 after `before`, which is Python.
  std::string pretend(const std::string& name, const std::string& before, const std::string& shell_first = "") const {
    const fs::path path = folder_.file(name);
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n"
                        << shell_first << "\nexec " << python3_ << " -c 'import sys\n"
                        << before << "\nexec(sys.argv[1])' \"$2\"\n";
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }

  static std::string version(const std::string& numbers, const std::string& level = "final") {
    return "sys.version_info = (" + numbers + ", \"" + level + "\", 0)";
  }

  static std::string problem(const std::string& name) {
    try {
      (void)ask_interpreter(name);
    } catch (const SubjectError& error) {
      return error.what();
    }
    return "it answered";
  }

  TemporaryDirectory folder_;
  std::string python3_;
};

// What a build without the GIL says of itself.
constexpr const char* kFreeThreaded =
    "import sysconfig\n"
    "ask = sysconfig.get_config_var\n"
    "sysconfig.get_config_var = lambda name: 1 if name == \"Py_GIL_DISABLED\" else ask(name)";

#define EXPECT_SAYS(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << (text)

TEST_F(Interpreters, NamesThatAreNone) {
  EXPECT_SAYS(problem("no-such-python"), "no such interpreter");
  EXPECT_SAYS(problem("/bin/true"), "not a Python interpreter");
  EXPECT_SAYS(problem("/bin/false"), "exit status 1");
}

// row.py and the table of profiles agree at the first version of each row and at the last one before the next.
TEST_F(Interpreters, RowsAreThoseOfTheTable) {
  const auto numbers = [](const Profile::Version& v) {
    return std::to_string(v[0]) + ", " + std::to_string(v[1]) + ", " + std::to_string(v[2]);
  };
  for (const Profile& row : all_profiles()) {
    const std::string name(row.name);
    EXPECT_EQ(ask_interpreter(pretend("first-" + name, version(numbers(row.first)))).profile, row.id) << name;
    Profile::Version last = first_behind(row);
    if (--last[2] < 0) last = {row.first[0], row.first[1], 99};
    EXPECT_EQ(ask_interpreter(pretend("last-" + name, version(numbers(last)))).profile, row.id) << name;
  }
}

TEST_F(Interpreters, VersionsWithoutAProfile) {
  EXPECT_SAYS(problem(pretend("a", version("3, 16, 0"))), "3.16.0 is newer than those that are known");
  EXPECT_SAYS(problem(pretend("b", version("3, 15, 0", "alpha"))), "an alpha of 3.15.0");
  EXPECT_SAYS(problem(pretend("c", version("3, 15, 0", "candidate"))), "a candidate of 3.15.0");
  EXPECT_SAYS(problem(pretend("d", version("3, 5, 2"))), "3.5.2 is none of 2.7 and 3.6 to 3.15");
  EXPECT_SAYS(problem(pretend("e", version("2, 6, 9"))), "2.6.9 is none of");
  EXPECT_SAYS(problem(pretend("f", version("3, 14, 4"))), "incremental collector of 3.14.0 to 3.14.4");
  EXPECT_SAYS(problem(pretend("g", "sys.implementation.name = \"graalpy\"")), "it is graalpy, not CPython");
  EXPECT_SAYS(problem(pretend("h", kFreeThreaded)), "free-threaded");
}

TEST_F(Interpreters, RowsByMicroVersion) {
  EXPECT_EQ(ask_interpreter(pretend("a", version("3, 13, 12"))).profile, find_profile("python3.13"));
  EXPECT_EQ(ask_interpreter(pretend("b", version("3, 12, 11"))).profile, find_profile("python3.12"));
  EXPECT_EQ(ask_interpreter(pretend("c", version("3, 13, 13"))).profile, find_profile("python3.13.13"));
  EXPECT_EQ(ask_interpreter(pretend("d", version("3, 14, 5"))).profile, find_profile("python3.14"));
  EXPECT_EQ(ask_interpreter(pretend("e", version("3, 15, 0"))).profile, find_profile("python3.15"));
}

TEST_F(Interpreters, AWrapperThatPrints) {
  const std::string before = problem(pretend("before", "", "echo 'Loading modules'"));
  EXPECT_SAYS(before, "prints to standard output ('Loading modules'): give the interpreter itself, " + python3_);
  const std::string after = problem(pretend("after", "import atexit; atexit.register(print, \"bye\")"));
  EXPECT_SAYS(after, "prints to standard output ('bye')");
}

TEST_F(Interpreters, AllAreListed) {
  pretend("bin/python3.16", version("3, 16, 0"));
  pretend("bin/python3", version("3, 16, 0"));
  pretend("bin/python3.14t", version("3, 14, 9") + "\n" + kFreeThreaded);
  pretend("bin/python3.12", version("3, 12, 1"));
  pretend("bin/python3.9", "", "exit 127");
  pretend("bin/python3-config", version("3, 8, 0"));
  pretend("pyenv/versions/3.11.1/bin/python", version("3, 11, 1"));
  pretend("uv/cpython-3.10.2-linux-x86_64-gnu/bin/python", version("3, 10, 2"));
  pretend("share/uv/python/cpython-3.7.4-linux-x86_64-gnu/bin/python", version("3, 7, 4"));
  const Environment path("PATH", folder_.file("bin"));
  const Environment pyenv("PYENV_ROOT", folder_.file("pyenv"));
  const Environment data("XDG_DATA_HOME", folder_.file("share"));
  const auto versions = [](const FoundInterpreters& found) {
    std::vector<std::string> all;
    for (const Interpreter& interpreter : found.usable) all.push_back(interpreter.version);
    return all;
  };
  {
    const Environment uv("UV_PYTHON_INSTALL_DIR", folder_.file("uv"));
    const FoundInterpreters found = find_interpreters();
    EXPECT_EQ(versions(found), (std::vector<std::string>{"3.10.2", "3.11.1", "3.12.1"}));
    ASSERT_EQ(found.unusable.size(), 2U);
    EXPECT_SAYS(found.unusable[0] + found.unusable[1], "bin/python3.14t: it is free-threaded");
    EXPECT_SAYS(found.unusable[0] + found.unusable[1], "bin/python3: its version 3.16.0 is newer");
  }
  const Environment uv("UV_PYTHON_INSTALL_DIR", "");
  EXPECT_EQ(versions(find_interpreters()), (std::vector<std::string>{"3.7.4", "3.11.1", "3.12.1"}));
}

// `conform --all-pythons` says whom it leaves out, and goes on with the others.
TEST_F(Interpreters, ThoseLeftOutAreNamed) {
  pretend("bin/python3.16", version("3, 16, 0"));
  const std::string conform = "PYENV_ROOT= UV_PYTHON_INSTALL_DIR=" + folder_.file("none") +
                              " PATH=" + folder_.file("bin") +
                              " " CYCLECHECK_PROGRAM " conform --all-pythons --traces 2";
  const CommandRun alone = shell(conform);
  EXPECT_EQ(alone.status, 2);
  EXPECT_SAYS(alone.output, "left out: cpython:" + folder_.file("bin/python3.16") + ": its version 3.16.0 is newer");
  EXPECT_SAYS(alone.output, "no CPython 2.7 or 3.6 to 3.15 was found");
  fs::create_symlink(python3_, folder_.file("bin/python3"));
  const CommandRun both = shell("XDG_CACHE_HOME=" + folder_.file("cache") + " CC=/no/compiler " + conform);
  EXPECT_EQ(both.status, 0) << both.output;
  EXPECT_SAYS(both.output, "its version 3.16.0 is newer");
  EXPECT_SAYS(both.output, "2 traces");
}

TEST_F(Interpreters, TheDriverAsAFolder) {
  const std::string folder = folder_.file("driver");
  ASSERT_EQ(write_driver(folder), std::nullopt);
  if (const auto missing = missing_for_driver(ask_interpreter(python3_))) GTEST_SKIP() << *missing;
  const std::string command = python3_ + " " + folder + "/main.py";
  Log first;
  Log second;
  const auto run = [&](Log& log) {
    const auto subject = make_process_subject(command, std::chrono::seconds(60));
    ASSERT_EQ(subject->greeting().profiles.size(), 1U);
    subject->run(std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile " +
                                             std::string(profile(subject->greeting().profiles[0]).name) +
                                             "\nnew a node\nappend a a\ndrop a\ncollect 2\n")),
                 Observe::every, log);
  };
  run(first);
  const auto built = all_files(folder);
  run(second);
  EXPECT_EQ(first, second);
  EXPECT_GT(first.operations(), 0U);
  EXPECT_EQ(all_files(folder), built) << "it was built again";
  // Again into the same folder, and into one with other sources.
  EXPECT_EQ(write_driver(folder), std::nullopt);
  folder_.write("driver/old.c", "int old;\n");
  const auto refused = write_driver(folder);
  ASSERT_NE(refused, std::nullopt);
  EXPECT_SAYS(*refused, "old.c is no file of this driver");
  EXPECT_NE(write_driver(folder_.write("file", "in the way")), std::nullopt);
}

TEST_F(Interpreters, ALimitedStack) {
  ASSERT_EQ(write_driver(folder_.file("driver")), std::nullopt);
  folder_.write("limits.py", R"(import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from stack import Limited, has_no_limit

class Fake:
    RLIM_INFINITY, RLIMIT_STACK = -1, 3
    def __init__(self, soft, hard, most):
        self.limits, self.most = (soft, hard), most
    def getrlimit(self, which):
        return self.limits
    def setrlimit(self, which, limits):
        if limits[1] not in self.most or limits[0] == -1 and limits[1] != -1:
            raise ValueError("not allowed to raise maximum limit")
        self.limits = limits

assert has_no_limit(Fake(-1, -1, []))
for fake in Fake(8192, -1, [-1]), Fake(8192, 16384, [16384, -1]):
    assert not has_no_limit(fake) and has_no_limit(fake)
try:
    has_no_limit(Fake(4096, 8192 * 1024, [8192 * 1024]))
except Limited as error:
    print(error)
)");
  const CommandRun result = shell(python3_ + " " + folder_.file("limits.py") + " " + folder_.file("driver"));
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_SAYS(result.output, "the hard limit of the stack is 8192 KiB");
}

}  // namespace
}  // namespace cyclecheck

// `cyclecheck export` from the command line: what it reads, what it writes, exit statuses.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "properties/support/run_python.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kTrace = "cyclecheck-trace 1\nprofile python3.11\nnew a node\nappend a a\ndrop a\ncollect 2\n";

class ExportCommand : public testing::Test {
 protected:
  ExportCommand() {
    std::filesystem::create_directories(folder_);
    write("cycle.trace", kTrace);
  }
  ~ExportCommand() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // Standard error is part of the output.
  static CommandRun run(const std::string& arguments) {
    return run_command("(" CYCLECHECK_PROGRAM " export " + arguments + " 2>&1)");
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("cyclecheck-export-" + std::to_string(::getpid()));
};

TEST_F(ExportCommand, TextAndBinaryAreTheSameTrace) {
  ASSERT_EQ(run(path("cycle.trace") + " --to binary -o " + path("cycle.cyct")).status, 0);
  EXPECT_EQ(std::get<std::string>(read_file(path("cycle.cyct"))).substr(0, 4), kBinaryMagic);
  const CommandRun text = run(path("cycle.cyct") + " --to text");
  EXPECT_EQ(text.status, 0);
  EXPECT_EQ(text.output, kTrace);
}

TEST_F(ExportCommand, AFindingGivesItsShrunkTrace) {
  std::filesystem::create_directories(folder_ / "missing-died-node");
  write("missing-died-node/trace.txt", kTrace);
  write("missing-died-node/finding.json", R"({"subject":"impl","level":"order"})");
  const CommandRun python = run(path("missing-died-node/") + " --to python");
  EXPECT_EQ(python.status, 0);
  EXPECT_EQ(python.output.rfind("\"\"\"missing-died-node: a trace of CycleCheck as a script for CPython 3.11.", 0), 0U)
      << python.output;
  EXPECT_NE(run(path("missing-died-node") + " --to gtest").output.find("TEST(missing_died_node, TheCollectorAgrees)"),
            std::string::npos);
}

// The test of a finding is about the finding's own subject, at its level.
TEST_F(ExportCommand, ATestOfAFindingTestsItsSubject) {
  std::filesystem::create_directories(folder_ / "finding");
  write("finding/trace.txt", kTrace);
  write("finding/finding.json", R"({"subject":"process:./it's mine","level":"garbage"})");
  const std::string file = run(path("finding") + " --to gtest").output;
  EXPECT_NE(file.find("R\"SUBJECT('process:./it'\\''s mine')SUBJECT\""), std::string::npos) << file;
  EXPECT_NE(file.find("\" --level garbage \""), std::string::npos) << file;
  EXPECT_EQ(file.find("harness/"), std::string::npos) << "it is not of the installed package";
}

class ExportedPytest : public ExportCommand {
 protected:
  static bool missing() { return run_command("/usr/bin/python3 -m pytest --version").status != 0; }
  [[nodiscard]] std::string profile() const {
    return "python" +
           run_command("/usr/bin/python3 -c 'import sys; print(\"%d.%d\" % sys.version_info[:2], end=\"\")'").output;
  }
  // The result of the file for pytest, after `edit` of sed.
  [[nodiscard]] CommandRun tested(const std::string& trace, const std::string& edit = "") const {
    EXPECT_EQ(run(trace + " --to pytest -o " + path("test_it.py")).status, 0);
    // An edit within a second keeps the file's time and size, by which Python knows what it compiled.
    return run_command(
        "cd " + folder_.string() + " && sed -i '" + edit +
        "' test_it.py && PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider test_it.py 2>&1");
  }
};

TEST_F(ExportedPytest, PassesFailsAndIsSkipped) {
  if (missing()) {
    if (std::getenv("CYCLECHECK_NEEDS_ALL") != nullptr) FAIL() << "python3 has no pytest";
    GTEST_SKIP() << "python3 has no pytest (Debian's package python3-pytest)";
  }
  const std::string operations = "\nnew a node\nweakref w a cb={}\nappend a a\ndrop a\ncollect 2\nderef b w\n";
  write("here.trace", "cyclecheck-trace 1\nprofile " + profile() + operations);
  const CommandRun good = tested(path("here.trace"));
  EXPECT_EQ(good.status, 0) << good.output;
  EXPECT_NE(good.output.find("6 passed"), std::string::npos) << good.output;
  const CommandRun bad = tested(path("here.trace"), "s/\"died a\"/\"died b\"/");
  EXPECT_NE(bad.status, 0);
  EXPECT_NE(bad.output.find("1 failed, 5 passed"), std::string::npos) << bad.output;
  write("other.trace", "cyclecheck-trace 1\nprofile python2.7" + operations);
  const CommandRun skipped = tested(path("other.trace"));
  EXPECT_EQ(skipped.status, 0) << skipped.output;
  EXPECT_NE(skipped.output.find("6 skipped"), std::string::npos) << skipped.output;
}

// What replay takes for several cases is one trace.
TEST_F(ExportCommand, ATraceWithSeveralLogsIsOneTraceInAnyProfile) {
  for (const char* version : {"2.7", "3.8", "3.12"}) {
    write(std::string("cycle.python") + version + ".log", "cyclecheck-log 1\n");
  }
  const CommandRun own = run(path("cycle.trace") + " --to text");
  EXPECT_EQ(own.status, 0);
  EXPECT_EQ(own.output, kTrace);
  const CommandRun other = run(path("cycle.trace") + " --to python --profile python3.8");
  EXPECT_EQ(other.status, 0);
  EXPECT_NE(other.output.find("as a script for CPython 3.8."), std::string::npos) << other.output;
}

TEST_F(ExportCommand, BadInput) {
  write("bad.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a nod\n");
  write("tuple.trace",
        "cyclecheck-trace 1\nprofile python3.11\nthreshold 1 0 0\ndisabled\nnew b node\nsubref c b\n"
        "weakref d b cb={}\nenable\ndrop b\n");
  write("cycle.py", "kept");
  const struct {
    std::string arguments;
    std::string message;
  } cases[] = {
      {path("cycle.trace") + " --to pascal", "--to"},
      {path("cycle.trace"), "--to is required"},
      {"--to python", "TRACE is required"},
      {path("missing.trace") + " --to python", "missing.trace"},
      {path("bad.trace") + " --to python", "bad.trace:3:7: "},
      {path("cycle.trace") + " --to python -o " + path("no/such/x.py"), "no/such/x.py"},
      {path("tuple.trace") + " --to python -o " + path("cycle.py"),
       "tuple.trace: cannot be a Python script: operation 4, drop b: a collection begins while weak references"},
      {folder_.string() + " --to python",
       "holds 3 traces; expected a trace or the folder of a finding, such as " + path("bad.trace")},
  };
  for (const auto& item : cases) {
    const CommandRun result = run(item.arguments);
    EXPECT_EQ(result.status, 2) << item.arguments;
    EXPECT_NE(result.output.find(item.message), std::string::npos) << item.arguments << ": " << result.output;
  }
  EXPECT_EQ(std::get<std::string>(read_file(path("cycle.py"))), "kept");
}

}  // namespace
}  // namespace cyclecheck

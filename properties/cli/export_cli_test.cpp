// `cyclecheck export` from the command line: what it reads, what it writes, exit statuses.
#include <gtest/gtest.h>
#include <unistd.h>

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
  EXPECT_NE(run(path("missing-died-node") + " --to gtest").output.find("TEST(Exported, missing_died_node)"),
            std::string::npos);
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

// Covers: `replay` of a suite with any number of jobs: the same words, in the same order, for what agrees, fails, dies,
// is spared, or cannot be read.
// Does not cover: recordings (check_recording_test.cpp).
#include <gtest/gtest.h>

#include <string>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

// Two `clear` make a toy fail.
void write_suite(const TemporaryDirectory& directory) {
  const std::string begin = "cyclecheck-trace 1\nprofile python3.11\nnew a node\n";
  for (int i = 0; i < 90; ++i) {
    const std::string number = std::to_string(100 + i);
    const std::string clears = i % 30 == 7 ? "clear a\nclear a\ndrop a\n" : "clear a\ndrop a\n";
    directory.write(number + ".trace", i % 40 == 11 ? "hello\n" : begin + clears + "shutdown\n");
  }
  // A log that says something else.
  directory.write("150.log", "cyclecheck-log 1\n0: new a node\n  count 9 0 0\n");
}

class EveryToy : public testing::TestWithParam<const char*> {};

TEST_P(EveryToy, SaysTheSameWithAnyNumberOfJobs) {
  TemporaryDirectory directory;
  write_suite(directory);
  const std::string command =
      std::string{CYCLECHECK_TOY} + " replay --timeout 1s --subject " + GetParam() + " " + directory.path();
  const CommandRun one = shell(command + " --jobs 1");
  EXPECT_EQ(one.status, 2) << one.output;
  EXPECT_NE(one.output.find("111.trace"), std::string::npos) << one.output;
  EXPECT_NE(one.output.find("150.log"), std::string::npos) << one.output;
  EXPECT_LT(one.output.find("107.trace: "), one.output.find("137.trace: ")) << one.output;
  EXPECT_NE(one.output.find("model: 88 traces, 87 agree"), std::string::npos) << one.output;
  for (const char* jobs : {"2", "5"}) {
    const CommandRun more = shell(command + " --jobs " + jobs);
    EXPECT_EQ(more.status, one.status);
    EXPECT_EQ(more.output, one.output);
  }
}

INSTANTIATE_TEST_SUITE_P(ReplayProgram, EveryToy, testing::Values("lies", "crashes", "throws", "exits"));

}  // namespace
}  // namespace cyclecheck

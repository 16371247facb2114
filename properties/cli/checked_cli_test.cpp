// Covers: `run --checked FILE` from the outside: which files it refuses, that the second program runs its share, that
// what it dies of is a finding whose command finds it again, and that the number of workers changes nothing.
// Does not cover: a program with sanitizers (ci/verify).
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Checked : public testing::Test {
 protected:
  CommandRun run(const std::string& arguments) {
    return shell("cd " + directory_.path() + " && " + CYCLECHECK_PROGRAM + " " + arguments);
  }
  // A program of these lines.
  void script(const std::string& name, const std::string& lines) {
    const std::string path = directory_.write(name, "#!/bin/sh\n" + lines);
    fs::permissions(path, fs::perms::owner_all);
  }
  // As far as the first chunk of the second program.
  const std::string share_ = "run --max-operations 20 --traces 5000 --shrink-time 60s --checked ";

  TemporaryDirectory directory_;
};

TEST_F(Checked, RefusesWhatIsNotThisProgram) {
  directory_.write("text", "x");
  script("other", "printf 'cyclecheck-subject 1\\nname impl\\nversion 0.0.1 of-old\\nready\\n'; cat >/dev/null\n");
  script("false", "echo no such command >&2; exit 2\n");
  const std::pair<const char*, const char*> files[] = {
      {"nowhere", "--checked nowhere: No such file"}, {"text", "--checked text: no executable file"},
      {".", "--checked .: no executable file"},       {"other", "--checked other: version 0.0.1 of-old; this is "},
      {"false", "--checked false: no cyclecheck "},
  };
  for (const auto& [file, message] : files) {
    const CommandRun result = run(std::string{"run --traces 1 --checked "} + file);
    EXPECT_EQ(result.status, 2) << result.output;
    EXPECT_TRUE(has(result.output, message)) << result.output;
  }
  const CommandRun result = run("run --traces 1 --subject model --checked " CYCLECHECK_PROGRAM);
  EXPECT_EQ(result.status, 2) << result.output;
  EXPECT_TRUE(has(result.output, "model is not the collector of this program")) << result.output;
}

TEST_F(Checked, RunsItsShareOfTheTraces) {
  // Each request is noted before it is passed on.
  script("second",
         "while read -r line; do\n"
         "  case $line in run*) echo run >>requests ;; esac\n"
         "  printf '%s\\n' \"$line\"\n"
         "done | " CYCLECHECK_PROGRAM " \"$@\"\n");
  const CommandRun result = run(share_ + "second --subject impl");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(has(result.output, "impl, process:./second subjects --serve impl\n")) << result.output;
  // A chunk of 512 in 13,312, or what is left of it.
  const CommandRun traces = shell("grep -c run " + directory_.file("requests"));
  EXPECT_EQ(traces.output, "512\n");
}

TEST_F(Checked, ACrashOfItIsAFindingThatItsCommandFindsAgain) {
  // It greets, and dies of the first trace.
  script("second", CYCLECHECK_PROGRAM
         " \"$@\" </dev/null\n"
         "while read -r line && [ \"$line\" != end ]; do :; done\n"
         "printf '==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\\n"
         "    #0 0x1 in cyclegc::Heap::die(unsigned int) /x.cpp:1\\n' >&2\nexit 1\n");
  for (const char* jobs : {"1", "3"}) {
    const CommandRun result =
        run(share_ + "second --subject impl --findings of-" + jobs + " --max-findings 1 --jobs " + jobs);
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_TRUE(has(result.output, "crash AddressSanitizer heap-use-after-free at cyclegc::Heap::die"))
        << result.output;
  }
  const CommandRun same = shell("cd " + directory_.path() + " && diff -r -x run.json of-1 of-3");
  EXPECT_EQ(same.status, 0) << same.output;
  const std::string found = shell("cat " + directory_.path() + "/of-1/crash*/finding.json").output;
  EXPECT_TRUE(has(found, R"("subject": "process:./second subjects --serve impl")")) << found;
  std::smatch command;
  ASSERT_TRUE(std::regex_search(found, command, std::regex("\"command\": \"cyclecheck ([^\"]*)\""))) << found;
  const CommandRun again = run(command[1].str() + " --shrink-time 100ms --findings again");
  EXPECT_EQ(again.status, 1) << again.output;
  EXPECT_TRUE(has(again.output, "crash AddressSanitizer heap-use-after-free")) << again.output;
}

}  // namespace
}  // namespace cyclecheck

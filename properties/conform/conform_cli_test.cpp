// `cyclecheck conform` from the command line: exit statuses and messages.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

struct Result {
  int status = -1;
  std::string output;
};

Result run(const std::string& arguments) {
  Result result;
  FILE* pipe = ::popen((CYCLECHECK_PROGRAM " conform " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> bytes{};
  for (std::size_t size = 0; (size = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) {
    result.output.append(bytes.data(), size);
  }
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

void expect_part(const Result& result, const std::string& part) {
  EXPECT_NE(result.output.find(part), std::string::npos) << "expected '" << part << "' in: " << result.output;
}

TEST(ConformCommand, InterpretersThatCannotBeUsed) {
  const Result result = run("--python no-such-python --python /bin/true --traces 5");
  EXPECT_EQ(result.status, 2);
  expect_part(result, "cpython:no-such-python: no such interpreter");
  expect_part(result, "cpython:/bin/true: it is not a Python interpreter");
}

TEST(ConformCommand, BadUsage) {
  for (const char* arguments : {"--traces none", "--traces 0", "--time soon", "--level perfect", "extra"}) {
    EXPECT_EQ(run(arguments).status, 2) << arguments;
  }
}

TEST(ConformCommand, TheOthersGoOn) {
  const Result result = run("--python no-such-python --python python3 --traces 20 --max-operations 100");
  EXPECT_EQ(result.status, 2);
  // On a machine whose python3 cannot be driven, either, the message says why.
  const bool ran = result.output.find("20 traces") != std::string::npos;
  const bool said_why = result.output.find("cpython:", result.output.find("no such interpreter")) != std::string::npos;
  EXPECT_TRUE(ran || said_why) << result.output;
}

// --- recordings ---

constexpr const char* kRecording =
    "cyclecheck-conformance 1\n"
    "interpreter CPython 3.11.7\n"
    "observed full\n"
    "events died count\n"
    "trace one\n"
    "cyclecheck-trace 1\n"
    "profile python3.11\n"
    "new a node\n"
    "log\n"
    "cyclecheck-log 1\n"
    "0: new a node\n"
    "  count 1 0 0\n"
    "end\n";

class ConformRecorded : public testing::Test {
 protected:
  ConformRecorded() { std::filesystem::create_directories(folder_); }
  ~ConformRecorded() override { std::filesystem::remove_all(folder_); }

  Result check(const std::string& text) {
    std::ofstream(folder_ / "x.conformance") << text;
    return run("--recorded " + folder_.string());
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("conform_cli_test_" + std::to_string(::getpid()));
};

TEST_F(ConformRecorded, AgreementIsCountedByKindOfEvent) {
  const Result result = check(kRecording);
  EXPECT_EQ(result.status, 0) << result.output;
  expect_part(result, "x.conformance: CPython 3.11.7: 1 traces, 1 agree");
  expect_part(result, "count                           1      100.0 %");
}

TEST_F(ConformRecorded, ADisagreementIsNamedAndFails) {
  std::string wrong = kRecording;
  wrong.replace(wrong.find("count 1 0 0"), 11, "count 2 0 0");
  const Result result = check(wrong);
  EXPECT_EQ(result.status, 1) << result.output;
  expect_part(result, "one, operation 0: recorded count 2 0 0; the model: count 1 0 0");
  expect_part(result, "0.0 %");
}

TEST_F(ConformRecorded, BadFilesAreNamed) {
  const std::string whole = kRecording;
  const Result truncated = check(whole.substr(0, whole.size() - 4));
  EXPECT_EQ(truncated.status, 2);
  expect_part(truncated, "the file ends within the log of trace 'one'");
  std::string unknown = whole;
  unknown.replace(unknown.find("profile python3.11"), 18, "profile python9.99");
  const Result version = check(unknown);
  EXPECT_EQ(version.status, 2);
  expect_part(version, "x.conformance:7:9: expected a profile");
  EXPECT_EQ(run("--recorded /no/such/folder").status, 2);
  EXPECT_EQ(run("--record /no/such/folder").status, 2);
}

}  // namespace

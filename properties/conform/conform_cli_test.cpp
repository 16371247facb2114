// `cyclecheck conform` from the command line: exit statuses and messages.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
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

}  // namespace

// Subjects in other processes that behave badly: each way has its own error in plain words, and the next trace gets a
// new process. The subjects are shell scripts.
#include "harness/subjects/process_subject.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <variant>

#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using Kind = SubjectError::Kind;
using std::chrono::milliseconds;

constexpr const char* kGreeting =
    "printf 'cyclecheck-subject 1\\nname toy\\nversion 7\\nlevel garbage\\nprofile python3.11\\noperations new drop\\n"
    "ready\\n'\n";
// Reads a request up to its end.
constexpr const char* kRequest = "while read -r line && [ \"$line\" != end ]; do :; done\n";

class ProcessSubjectTest : public testing::Test {
 protected:
  ProcessSubjectTest() { fs::create_directories(folder_); }
  ~ProcessSubjectTest() override { fs::remove_all(folder_); }

  // The command of a script.
  std::string script(const std::string& text) {
    const fs::path path = folder_ / "subject.sh";
    std::ofstream(path) << text;
    return "exec /bin/sh " + path.string();
  }

  std::unique_ptr<ProcessSubject> subject(const std::string& text, milliseconds timeout = milliseconds(5000)) {
    return make_process_subject(script(text), timeout);
  }

  // What goes wrong when the script is started.
  std::string start_error(const std::string& text, milliseconds timeout = milliseconds(5000)) {
    try {
      (void)subject(text, timeout);
    } catch (const SubjectError& error) {
      EXPECT_EQ(error.kind(), Kind::cannot_start) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "it started";
    return {};
  }

  // What goes wrong when the trace is run.
  std::string run_error(Subject& toy, Kind kind) {
    try {
      toy.run(trace_, Observe::digest, log_);
    } catch (const SubjectError& error) {
      EXPECT_EQ(to_string(error.kind()), to_string(kind)) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "it ran";
    return {};
  }

  const fs::path folder_ = fs::temp_directory_path() / ("cyclecheck-process-" + std::to_string(::getpid()));
  const Trace trace_ = std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\nnew a node\ndrop a\n"));
  Log log_;
};

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "expected '" << part << "' in: " << text;
}

TEST_F(ProcessSubjectTest, GreetingAndAnswer) {
  const auto toy = subject(std::string(kGreeting) + kRequest +
                           "printf 'log\\n0: new n0 node\\n count 1 0 0\\n1:\\n  died n0\\nend 2\\n'\n" + kRequest +
                           "printf 'log\\nend 2\\n'\n" + kRequest);
  EXPECT_EQ(toy->greeting().name, "toy");
  EXPECT_EQ(toy->greeting().version, "7");
  EXPECT_EQ(toy->level(), Level::garbage);
  EXPECT_EQ(toy->greeting().profiles, std::vector{ProfileId::python3_11});
  EXPECT_EQ(toy->greeting().operations, (std::vector{OpCode::create, OpCode::drop}));
  toy->run(trace_, Observe::digest, log_);
  ASSERT_EQ(log_.operations(), 2U);
  EXPECT_EQ(log_.of(0)[0], Event::numbers(EventKind::count, 1, 0, 0));
  EXPECT_EQ(log_.of(1)[0], Event::of(EventKind::died, {Name{0}, Part::object, 0}));
  toy->run(trace_, Observe::digest, log_);
  EXPECT_EQ(log_.operations(), 2U);
  EXPECT_TRUE(log_.all().empty());
}

TEST_F(ProcessSubjectTest, TheRequestIsTheTraceWithPlainNames) {
  const auto toy = subject(std::string(kGreeting) + "read -r first\nread -r l; read -r l; read -r third\n" + kRequest +
                           "echo log; echo error \"$first / $third\"\n");
  expect_part(run_error(*toy, Kind::refused), "run digest / new n0 node");
}

TEST_F(ProcessSubjectTest, TheExampleOfTheDocumentWorks) {
  // The script is the last indented block that begins with #!/bin/sh.
  std::ifstream document(std::string(CYCLECHECK_SOURCE_DIR) + "/docs/subject-protocol.md");
  std::stringstream text;
  text << document.rdbuf();
  std::istringstream lines(text.str().substr(text.str().find("    #!/bin/sh")));
  std::string example;
  for (std::string line; std::getline(lines, line) && line.starts_with("    ");) example += line.substr(4) + "\n";
  const auto toy = subject(example);
  for (int i = 0; i < 3; ++i) {
    toy->run(trace_, Observe::every, log_);
    EXPECT_EQ(log_.operations(), 2U);
  }
}

TEST_F(ProcessSubjectTest, NoSuchCommand) {
  try {
    (void)make_process_subject("./no-such-program-anywhere", milliseconds(5000));
    FAIL() << "it started";
  } catch (const SubjectError& error) {
    EXPECT_EQ(error.kind(), Kind::cannot_start);
    expect_part(error.what(), "exit status 127");
    expect_part(error.what(), "no-such-program-anywhere");
  }
}

TEST_F(ProcessSubjectTest, NoProperGreeting) {
  expect_part(start_error("echo hello\n"), "line 1 of its answer is 'hello'; expected 'cyclecheck-subject 1'");
  expect_part(start_error("printf 'cyclecheck-subject 3\\nready\\n'\n"), "'cyclecheck-subject 3'; expected");
  expect_part(start_error("printf 'cyclecheck-subject 1\\nlevel best\\nready\\n'\n"),
              "line 2 of its answer is 'level best'");
  expect_part(start_error("printf 'cyclecheck-subject 1\\nprofile ruby\\nready\\n'\n"), "the name of a profile");
  expect_part(start_error("printf 'cyclecheck-subject 1\\noperations fly\\nready\\n'\n"), "operations");
  expect_part(start_error("echo cyclecheck-subject 1\n"), "ended without an error");
  expect_part(start_error("sleep 60\n", milliseconds(200)), "no answer within 200 ms while the greeting was expected");
}

// Protocol 2; of protocol 1 these lines are no part.
TEST_F(ProcessSubjectTest, AContractIsHeard) {
  const auto toy = subject(
      "printf 'cyclecheck-subject 2\\nname toy\\ncontract counts=prompt collections=2\\ncontract left=none\\n'\n"
      "printf 'without labels opaque\\nready\\n'\n");
  Contract contract;
  contract.counts = Contract::Counts::prompt;
  contract.collections = 2;
  contract.left = Contract::Left::none;
  EXPECT_EQ(toy->greeting().contract, contract);
  FeatureSet lacks;
  lacks.set(static_cast<std::size_t>(Feature::labels));
  lacks.set(static_cast<std::size_t>(Feature::opaque));
  EXPECT_EQ(toy->greeting().lacks, lacks);
  const auto error_of = [&](const char* lines) { return start_error(std::string("printf '") + lines + "ready\\n'\n"); };
  expect_part(error_of("cyclecheck-subject 1\\ncontract left=none\\n"), "line 2 of its answer is 'contract left=none'");
  expect_part(error_of("cyclecheck-subject 2\\ncontract left=nothing\\n"), "parameters of a contract");
  expect_part(error_of("cyclecheck-subject 2\\nwithout luck\\n"), "words of features");
  expect_part(error_of("cyclecheck-subject 2\\ncontract left=none\\nprofile python3.11\\n"), "not both");
}

TEST_F(ProcessSubjectTest, DeathBySignal) {
  const auto toy = subject(std::string(kGreeting) + kRequest + "echo going down >&2\nkill -SEGV $$\n");
  const std::string message = run_error(*toy, Kind::crash);
  expect_part(message, "signal 11");
  expect_part(message, "going down");
}

TEST_F(ProcessSubjectTest, DeathByExitStatus) {
  const auto toy = subject(std::string(kGreeting) + kRequest + "echo log; exit 3\n");
  expect_part(run_error(*toy, Kind::crash), "exit status 3 while the rest of a log was expected");
}

TEST_F(ProcessSubjectTest, TruncatedAnswer) {
  const auto toy = subject(std::string(kGreeting) + kRequest + "printf 'log\\n0:\\n count 1'; exit 0\n");
  expect_part(run_error(*toy, Kind::truncated), "ended without an error");
}

TEST_F(ProcessSubjectTest, Nonsense) {
  const struct {
    const char* answer;
    const char* message;
  } rows[] = {
      {"gibberish\\n", "line 1 of its answer is 'gibberish'"},
      {"log\\n0:\\n count one two three\\n", "line 3 of its answer is ' count one two three'"},
      {"log\\n count 1 0 0\\n", "an operation's index and a colon before"},
      {"log\\n1:\\n0:\\n", "an index from 2 to below 2"},
      {"log\\n2:\\n", "an index from 0 to below 2"},
      {"log\\n0:\\n died n1\\n", "line 3 of its answer is ' died n1'"},
      {"log\\nend 3\\n", "'end 2', the number of operations"},
      {"log\\n0:\\nend 1\\n", "'end 2', the number of operations"},
      {"log\\n\\033[2J\\n", "?[2J"},
  };
  for (const auto& row : rows) {
    const auto toy = subject(std::string(kGreeting) + kRequest + "printf '" + row.answer + "'\n" + kRequest);
    const std::string message = run_error(*toy, Kind::garbage);
    if (std::string_view(row.message).starts_with("an operation's")) {
      expect_part(message, "an operation's index before its first event");
    } else {
      expect_part(message, row.message);
    }
  }
}

TEST_F(ProcessSubjectTest, BeginsAnewIfItSaysSo) {
  const std::string greeting =
      "printf 'cyclecheck-subject 1\\nname toy\\nversion 7\\nlevel garbage\\nprofile python3.11\\nanew\\nready\\n'\n";
  // What `collect` returned is how often it was told to begin anew.
  const auto anew =
      subject(greeting +
              "times=0\nwhile read -r line; do\n"
              "if [ \"$line\" = anew ]; then times=$((times + 1)); echo ready; fi\n"
              "if [ \"$line\" = end ]; then printf 'log\\n0:\\n returned %d\\nend 1\\n' $times; fi\ndone\n");
  EXPECT_TRUE(anew->greeting().begins_anew);
  const auto trace = std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\ncollect 2\n"));
  Log log;
  for (std::uint32_t times = 0; times < 3; ++times) {
    anew->run(trace, Observe::digest, log);
    ASSERT_EQ(log.of(0).size(), 1U);
    EXPECT_EQ(log.of(0)[0].number[0], times);
    EXPECT_TRUE(anew->renew());
  }
  // One that is gone, or answers nonsense, is started again by the next run.
  const auto nonsense = subject(greeting + "while read -r line; do\nif [ \"$line\" = anew ]; then echo what; fi\n" +
                                "if [ \"$line\" = end ]; then printf 'log\\nend 1\\n'; fi\ndone\n");
  nonsense->run(trace, Observe::digest, log);
  EXPECT_TRUE(nonsense->renew());
  EXPECT_TRUE(nonsense->renew());
  nonsense->run(trace, Observe::digest, log);
  const auto unable = subject(std::string{kGreeting} + "cat\n");
  EXPECT_FALSE(unable->renew());
}

TEST_F(ProcessSubjectTest, RefusingIsNotDying) {
  const auto toy = subject(std::string(kGreeting) + kRequest + "echo error I only know trees\n" + kRequest +
                           "printf 'log\\nend 2\\n'\n" + kRequest);
  expect_part(run_error(*toy, Kind::refused), "I only know trees");
  // The same process answers: a new one would refuse again.
  toy->run(trace_, Observe::digest, log_);
  EXPECT_EQ(log_.operations(), 2U);
}

TEST_F(ProcessSubjectTest, AHangIsEndedAndTheNextTraceGetsANewProcess) {
  const std::string mark = (folder_ / "hung").string();
  const auto toy = subject(std::string(kGreeting) + kRequest + "if [ ! -e " + mark + " ]; then : > " + mark +
                               "; sleep 60; fi\nprintf 'log\\nend 2\\n'\n" + kRequest,
                           milliseconds(500));
  const auto begin = std::chrono::steady_clock::now();
  expect_part(run_error(*toy, Kind::timeout), "no answer within 500 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  toy->run(trace_, Observe::digest, log_);
  EXPECT_EQ(log_.operations(), 2U);
}

TEST_F(ProcessSubjectTest, ASubjectThatDoesNotReadALargeRequest) {
  const auto toy = subject(std::string(kGreeting) + "sleep 60\n", milliseconds(500));
  Trace large = trace_;
  for (int i = 0; i < 200'000; ++i) large.operations.push_back(trace_.operations[1]);
  try {
    toy->run(large, Observe::digest, log_);
    FAIL() << "it ran";
  } catch (const SubjectError& error) {
    EXPECT_EQ(to_string(error.kind()), to_string(Kind::timeout)) << error.what();
  }
}

}  // namespace
}  // namespace cyclecheck

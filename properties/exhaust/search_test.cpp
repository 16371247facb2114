// Covers: an exhaustive search from the first trace to the stored finding: it survives every fault and goes on behind
// it; interrupted or killed at any time it goes on from its checkpoint and counts what an uninterrupted one counts;
// parts add up; the command line's errors.
// Does not cover: how fast it is.
#include "harness/exhaust/search.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "properties/support/quiet_listener.hpp"
#include "properties/support/sanitized.hpp"
#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"
#include "properties/support/toy_subjects.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

ExhaustOptions options_in(const TemporaryDirectory& directory, std::uint32_t operations) {
  ExhaustOptions options;
  options.traces.objects = 2;
  options.traces.walk.operations = operations;
  options.traces.profiles = {ProfileId::python2_7, ProfileId::python3_11};
  options.search.workers.timeout = std::chrono::milliseconds{2000};
  options.search.findings = directory.file("findings");
  return options;
}

SubjectEntry toy(Fault fault) { return toy_subject("toy", fault, OpCode::clear, 2); }

TEST(Exhaust, ASoundSubjectAgreesInEveryTrace) {
  TemporaryDirectory directory;
  QuietListener view;
  const ExhaustResult result = run_exhaust(toy(Fault::none), options_in(directory, 3), view);
  EXPECT_FALSE(result.search.error) << result.search.error->message;
  EXPECT_TRUE(result.search.findings.empty());
  ASSERT_EQ(result.rows.size(), 2U);
  for (const ExhaustRow& row : result.rows) {
    EXPECT_GT(row.traces, 500U);
    EXPECT_GT(row.states, 400U);
    EXPECT_LT(row.states, row.traces);
    EXPECT_EQ(row.failures, 0U);
    EXPECT_EQ(row.done, 1);
  }
}

class EveryFault : public testing::TestWithParam<Fault> {};

TEST_P(EveryFault, IsFoundShrunkAndStoredAndTheSearchGoesOn) {
  TemporaryDirectory directory;
  QuietListener sound;
  ExhaustOptions options = options_in(directory, 4);
  options.traces.alphabet = "links";
  options.traces.weak_references = 0;
  const ExhaustResult all = run_exhaust(toy(Fault::none), options, sound);
  QuietListener view;
  const ExhaustResult result = run_exhaust(toy(GetParam()), options, view);
  EXPECT_FALSE(result.search.error) << result.search.error->message;
  // One for each profile. `clear` twice is an operation that changes nothing at its second time.
  ASSERT_EQ(result.search.findings.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(result.rows[i].traces, all.rows[i].traces);
    EXPECT_GT(result.rows[i].failures, 0U);
    const Investigation& investigation = result.search.findings[i].investigation;
    EXPECT_EQ(investigation.reproduced, kReplays);
    EXPECT_LE(investigation.trace.operations.size(), 4U);
    EXPECT_TRUE(std::filesystem::exists(view.paths.at(i) + "/finding.json"));
    EXPECT_NE(slurp(view.paths.at(i) + "/finding.json").find("cyclecheck exhaust --alphabet links --objects 2"),
              std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Exhaust, EveryFault,
                         testing::Values(Fault::lies, Fault::crashes, Fault::throws, Fault::exits));

// Crashes, too: what is left out behind them is the same.
TEST(Exhaust, FindsAndCountsTheSameWithAnyNumberOfJobs) {
  for (const Fault fault : {Fault::crashes, Fault::lies, Fault::throws}) {
    if (kSanitized && fault != Fault::crashes) continue;
    TemporaryDirectory directory;
    ExhaustOptions options = options_in(directory, 4);
    std::vector<ExhaustResult> results;
    for (const std::uint32_t jobs : {1U, 2U, 5U}) {
      QuietListener view;
      options.search.workers.jobs = jobs;
      options.search.findings = directory.file(std::to_string(jobs));
      results.push_back(run_exhaust(toy(fault), options, view));
      const ExhaustResult& result = results.back();
      ASSERT_FALSE(result.search.error) << result.search.error->message;
      EXPECT_GE(result.search.findings.size(), 2U);
      EXPECT_EQ(files_but_run_json(directory.file(std::to_string(jobs))), files_but_run_json(directory.file("1")));
      for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(result.rows[i].traces, results[0].rows[i].traces);
        EXPECT_EQ(result.rows[i].operations, results[0].rows[i].operations);
        EXPECT_EQ(result.rows[i].failures, results[0].rows[i].failures);
        EXPECT_EQ(result.rows[i].states, results[0].rows[i].states);
        EXPECT_EQ(result.rows[i].done, 1);
      }
    }
  }
}

TEST(Exhaust, GoesOnWhereItWasInterrupted) {
  TemporaryDirectory directory;
  ExhaustOptions options = options_in(directory, 4);
  QuietListener view;
  const ExhaustResult whole = run_exhaust(toy(Fault::none), options, view);
  options.checkpoint = directory.file("checkpoint");
  ExhaustResult result;
  int runs = 0;
  do {
    QuietListener interrupting;
    // Asked once for each tenth of a second, and at each finding. Each run may take twice as long as the one before:
    // it ends on the slowest machine.
    interrupting.interrupts = [left = 1 << runs]() mutable { return left-- <= 0; };
    options.search.workers.jobs = static_cast<std::uint32_t>(runs % 3 + 1);
    result = run_exhaust(toy(Fault::none), options, interrupting);
    ASSERT_FALSE(result.search.error) << result.search.error->message;
  } while (result.search.interrupted && ++runs < 20);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(result.rows[i].traces, whole.rows[i].traces);
    EXPECT_EQ(result.rows[i].operations, whole.rows[i].operations);
    EXPECT_EQ(result.rows[i].states, whole.rows[i].states);
  }
  // Once more: there is nothing to do.
  result = run_exhaust(toy(Fault::none), options, view);
  EXPECT_EQ(result.search.progress.sum().counters.traces, 0U);
  EXPECT_EQ(result.rows[1].traces, whole.rows[1].traces);
}

TEST(Exhaust, RefusesTheCheckpointOfAnotherSearch) {
  TemporaryDirectory directory;
  ExhaustOptions options = options_in(directory, 1);
  options.checkpoint = directory.file("checkpoint");
  QuietListener view;
  EXPECT_FALSE(run_exhaust(toy(Fault::none), options, view).search.error);
  options.traces.walk.operations = 2;
  const ExhaustResult result = run_exhaust(toy(Fault::none), options, view);
  ASSERT_TRUE(result.search.error);
  EXPECT_NE(
      result.search.error->message.find("is of another search: cyclecheck exhaust --alphabet standard --objects 2"),
      std::string::npos)
      << result.search.error->message;
}

TEST(Checkpoint, ComesBackAsItWasWritten) {
  Checkpoint checkpoint;
  checkpoint.search = "cyclecheck exhaust";
  checkpoint.shard = 2;
  checkpoint.shards = 5;
  checkpoint.is_done = true;
  checkpoint.chunks = {1234567890123, {1234567890125, 1234567890129}};
  checkpoint.rows = {{"python2.7", 10, 60, 1, 2, {4, 1024, std::uint64_t{1} << 63}}, {"python3.11", 1, 2, 3, 0, {}}};
  const std::string bytes = print_checkpoint(checkpoint);
  const auto parsed = parse_checkpoint("x", bytes);
  ASSERT_TRUE(std::holds_alternative<Checkpoint>(parsed)) << std::get<FileError>(parsed).message;
  EXPECT_EQ(std::get<Checkpoint>(parsed), checkpoint);
  // Whatever is cut off is missed.
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto error = parse_checkpoint("x", bytes.substr(0, size));
    ASSERT_TRUE(std::holds_alternative<FileError>(error)) << size;
    EXPECT_TRUE(std::get<FileError>(error).message.starts_with("x: "));
  }
  EXPECT_TRUE(std::holds_alternative<FileError>(parse_checkpoint("x", bytes + "y")));
}

CommandRun program(const std::string& arguments) {
  return shell(std::string{CYCLECHECK_PROGRAM} + " exhaust " + arguments);
}

// The lines of the table, which say nothing of time.
std::string table_of(const std::string& output) {
  const std::size_t begin = output.find("profile  ");
  return begin == std::string::npos ? output : output.substr(begin, output.find("\n\n", begin) - begin);
}

TEST(ExhaustProgram, SurvivesKillMinusNine) {
  TemporaryDirectory directory;
  const std::string search = "--ops 4 --alphabet finalizers --findings " + directory.file("findings");
  const CommandRun whole = program(search);
  ASSERT_EQ(whole.status, 0) << whole.output;
  const std::string checkpoint = directory.file("checkpoint");
  const std::string findings = directory.file("findings");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::freopen("/dev/null", "w", stdout);
    execl(CYCLECHECK_PROGRAM, CYCLECHECK_PROGRAM, "exhaust", "--ops", "4", "--alphabet", "finalizers", "--findings",
          findings.c_str(), "--resume", checkpoint.c_str(), nullptr);
    _exit(127);
  }
  while (!std::filesystem::exists(checkpoint)) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const CommandRun rest = program(search + " --resume " + checkpoint);
  EXPECT_EQ(rest.status, 0) << rest.output;
  EXPECT_EQ(table_of(rest.output), table_of(whole.output));
}

TEST(ExhaustProgram, PartsAddUp) {
  TemporaryDirectory directory;
  const std::string search = "--ops 3 --findings " + directory.file("findings");
  const CommandRun whole = program(search);
  std::string files;
  for (const char* part : {"1", "2", "3"}) {
    const std::string file = directory.file(part);
    files += " --combine " + file;
    EXPECT_EQ(program(search + " --shard " + part + "/3 --resume " + file).status, 0);
  }
  const CommandRun together = program(files);
  EXPECT_EQ(together.status, 0);
  EXPECT_EQ(table_of(together.output + "\n"), table_of(whole.output));
  EXPECT_NE(together.output.find("3 of 3 parts"), std::string::npos);
  const CommandRun twice = program("--combine " + directory.file("1") + " --combine " + directory.file("1"));
  EXPECT_EQ(twice.status, 2);
  EXPECT_NE(twice.output.find("part 1 comes twice"), std::string::npos) << twice.output;
}

TEST(ExhaustProgram, BadUsageHasStatusTwoAndAMessage) {
  TemporaryDirectory directory;
  const std::string bad = directory.write("bad", "hello\n");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"--shard 4/3", "expected a part such as 3/16"},
      {"--shard 1/2x", "expected a part such as 3/16"},
      {"--objects 7", "--objects"},
      {"--alphabet greek", "--alphabet"},
      {"--ops 1 --resume " + bad, "bad: is no checkpoint of cyclecheck exhaust"},
      {"--combine " + bad, "bad: is no checkpoint of cyclecheck exhaust"},
      {"--ops 1 --resume /no-such-directory/file", "/no-such-directory/file"},
  };
  for (const auto& [arguments, message] : cases) {
    // What is put together finds nothing: --findings is refused there.
    const std::string place = arguments.starts_with("--combine") ? "" : " --findings " + directory.file("findings");
    const CommandRun result = program(arguments + place);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_NE(result.output.find(message), std::string::npos) << arguments << "\n" << result.output;
  }
}

}  // namespace
}  // namespace cyclecheck

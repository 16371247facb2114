#include "properties/mutants/baseline.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "properties/mutants/program.hpp"
#include "properties/mutants/trial.hpp"

namespace cyclecheck {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kExhaustOperations = 5;
constexpr const char* kSeed = "1";
// Of one search, in processor time; RapidCheck's shrinking has as much again.
constexpr seconds kFuzzTime{10};
constexpr seconds kRapidCheckTime{5};
// A busy machine takes so many times the processor time that a search may have, and this much more.
constexpr int kBusy = 20;
constexpr milliseconds kSlack{60'000};
// The longest input that a fuzz target makes, as in fuzz/options; how long an input may take; and how much memory.
constexpr int kLongestInput = 1024;
constexpr int kInputSeconds = 2;
constexpr int kMegabytes = 2560;
constexpr int kKilledBySignal = 128;

std::string folder_of(const std::string& program) { return std::filesystem::path(program).parent_path().string(); }

// Of the mutant's options those that every way of testing has: profile and subject.
std::vector<std::string> shared_options(const Mutant& mutant) {
  std::vector<std::string> shared;
  for (std::size_t i = 0; i + 1 < mutant.options.size(); ++i) {
    if (mutant.options[i] != "--profile" && mutant.options[i] != "--subject") continue;
    shared.push_back(mutant.options[i]);
    shared.push_back(mutant.options[++i]);
  }
  return shared;
}

FileError odd_end(const std::string& program, const Ended& ended) {
  return FileError{
      fmt::format("{}: {}\n{}{}", program,
                  ended.status < 0 ? std::string{"did not end"} : fmt::format("exit status {}", ended.status),
                  ended.output, ended.errors)};
}

std::variant<Baseline, FileError> try_stored_alone(const std::string& program, const Mutant& mutant,
                                                   const std::string& sources) {
  std::vector<std::string> subject;
  const std::vector<std::string> options = shared_options(mutant);
  for (std::size_t i = 0; i < options.size(); i += 2) {
    if (options[i] == "--subject") subject.assign({options[i], options[i + 1]});
  }
  const auto replayed = try_stored(program, sources + "/corpus/conformance/test_gc", Level::order, subject);
  if (const auto* error = std::get_if<FileError>(&replayed)) return *error;
  return Baseline{std::get<Replayed>(replayed).failed, std::get<Replayed>(replayed).seconds, 0, 0};
}

std::variant<Baseline, FileError> try_every_trace(const std::string& program, const Mutant& mutant) {
  const auto tried =
      try_exhaustive(program, folder_of(program) + "/exhaustive-findings", kExhaustOperations, shared_options(mutant));
  if (const auto* error = std::get_if<FileError>(&tried)) return *error;
  const auto& kill = std::get<std::optional<Kill>>(tried);
  return kill ? Baseline{true, kill->seconds, double(kill->operations), kill->shrink_seconds} : Baseline{};
}

std::variant<Baseline, FileError> try_fuzzing(const std::string& program) {
  const std::string corpus = folder_of(program) + "/corpus";
  std::error_code error;
  std::filesystem::remove_all(corpus, error);
  std::filesystem::create_directories(corpus, error);
  if (error) return FileError{corpus + ": " + error.message()};
  // libFuzzer's own limit is one by the clock, so that the shell sets one of processor time.
  const Ended ended = run_program(
      {"/bin/sh", "-c", fmt::format("ulimit -S -t {} && exec \"$@\"", kFuzzTime.count()), "sh", program,
       fmt::format("-seed={}", kSeed), fmt::format("-max_len={}", kLongestInput), "-entropic=0",
       fmt::format("-timeout={}", kInputSeconds), fmt::format("-rss_limit_mb={}", kMegabytes),
       fmt::format("-max_total_time={}", kBusy * kFuzzTime.count()), "-artifact_prefix=" + corpus + "/found-", corpus},
      kBusy * kFuzzTime + kSlack);
  if (ended.status < 0 || ended.status == kCannotStart) return odd_end(program, ended);
  if (ended.status == 0 || ended.status == kKilledBySignal + SIGXCPU) return Baseline{};
  return Baseline{true, ended.processor_seconds, 0, 0};
}

std::variant<Baseline, FileError> try_rapidcheck(const std::string& program, const Mutant& mutant) {
  std::vector<std::string> command{program, kSeed, fmt::format("{}", kRapidCheckTime.count())};
  const std::vector<std::string> more = shared_options(mutant);
  command.insert(command.end(), more.begin(), more.end());
  const Ended ended = run_program(command, 2 * kBusy * kRapidCheckTime + kSlack);
  // Everything but 0, nothing found, 1, found, and 2 is the death of the program.
  if (ended.status == 0) return Baseline{};
  if (ended.status < 0 || ended.status == 2 || ended.status == kCannotStart) return odd_end(program, ended);
  // A line has the time of the first failure, each other one the length of a failing program and the time until then.
  std::optional<double> failed_after;
  std::optional<double> operations;
  double ended_after = ended.processor_seconds;
  for_each_line(ended.output, [&](const std::string& line) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) return;
    const std::string word = line.substr(0, space);
    // libc++ has no std::from_chars of floating-point numbers before its version 20.
    const double value = std::strtod(line.c_str() + space + 1, nullptr);
    if (word == "failed") failed_after = value;
    if (word == "operations") operations = value;
    if (word == "ended") ended_after = value;
  });
  Baseline killed{true, failed_after.value_or(ended.processor_seconds), 0, 0};
  if (operations && failed_after) {
    killed.operations = *operations;
    killed.shrink_seconds = ended_after - *failed_after;
  }
  return killed;
}

}  // namespace

std::string to_string(const Baseline& baseline, Way way) {
  if (!baseline.killed) return "survives";
  if (way == Way::test_gc) return "killed";
  if (baseline.operations == 0) return fmt::format("{:.2f} s", baseline.seconds);
  return fmt::format("{:.2f} s, {:g} ops in {:.2f} s", baseline.seconds, baseline.operations, baseline.shrink_seconds);
}

std::string settings_of(Way way) {
  switch (way) {
    case Way::test_gc:
      return "test_gc";
    case Way::exhaust:
      return fmt::format("operations {}", kExhaustOperations);
    case Way::fuzz:
      return fmt::format("seed {} time {}s", kSeed, kFuzzTime.count());
    case Way::rc:
      return fmt::format("seed {} time {}s", kSeed, kRapidCheckTime.count());
  }
  return {};
}

std::variant<Baseline, FileError> try_way(Way way, const std::string& program, const Mutant& mutant,
                                          const std::string& sources) {
  switch (way) {
    case Way::test_gc:
      return try_stored_alone(program, mutant, sources);
    case Way::exhaust:
      return try_every_trace(program, mutant);
    case Way::fuzz:
      return try_fuzzing(program);
    case Way::rc:
      return try_rapidcheck(program, mutant);
  }
  return FileError{"no such way of testing"};
}

}  // namespace cyclecheck

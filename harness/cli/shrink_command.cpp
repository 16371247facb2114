#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/live_line.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/output.hpp"
#include "harness/cli/report.hpp"
#include "harness/inputs/inputs.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"
#include "harness/system/system.hpp"
#include "trace/file.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{500};

struct ShrinkCommandOptions {
  SubjectOptions subject;
  std::string file;
  std::string output;
  std::chrono::milliseconds time{30'000};
};

// Writes the best trace so far, now and then, so that a search that is killed can be continued from it.
class BestSoFar {
 public:
  explicit BestSoFar(const std::string& output) : output_(output), last_(Clock::now()) {}

  void see(const Trace& best, const ShrinkProgress& progress) {
    line_.show(shrinking_progress(best, progress));
    const auto now = Clock::now();
    if (now - last_ < kPause) return;
    last_ = now;
    std::error_code ignored;
    const bool is_file =
        !std::filesystem::exists(output_, ignored) || std::filesystem::is_regular_file(output_, ignored);
    if (!output_.empty() && output_ != "-" && is_file) (void)save_trace(best, output_, TraceFormat::text);
  }

  void end_line() { line_.end(); }

 private:
  const std::string& output_;
  LiveLine line_;
  Clock::time_point last_;
};

int shrink_file(const ShrinkCommandOptions& options, const Registry& registry) {
  // A finding says itself which subject it is about, and at which level.
  const auto cases = find_cases({options.file});
  if (const auto* error = std::get_if<FileError>(&cases)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  const auto& found = std::get<std::vector<StoredCase>>(cases);
  if (found.size() != 1) {
    fmt::print(stderr, "{}: holds {} traces, expected one, or a finding\n", options.file, found.size());
    return kBadInput;
  }
  const StoredCase& stored = found.front();
  const std::string& path = stored.path;
  const auto loaded = load_any_trace(path);
  if (const auto* error = std::get_if<FileError>(&loaded)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  const Trace& trace = std::get<Trace>(loaded);
  watch_interrupts();
  const SubjectEntry subject = open_subject(registry, options.subject, stored.subject);
  const Level level = options.subject.level_for(stored.level);
  if (!subject.can_run(trace)) {
    fmt::print(stderr, "{}\n", cannot_run(subject, path));
    return kBadInput;
  }
  const std::chrono::milliseconds timeout = options.subject.timeout + subject.grace;
  auto before = load_before(stored);
  if (const auto* error = std::get_if<FileError>(&before)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  Isolated isolated(against_model(subject, level), Observe::digest, timeout);
  Behind behind(isolated, std::get<std::vector<Trace>>(std::move(before)));
  TraceChecker& checker = stored.before.empty() ? static_cast<TraceChecker&>(isolated) : behind;
  const Verdict verdict = checker.check(trace);
  if (verdict.left_out) {
    fmt::print("{}: CPython uses freed memory in this trace (rules W6 and C7): {} is spared it\n", path, subject.name);
    return kAgree;
  }
  if (verdict.outcome == Outcome::agree) {
    fmt::print("{}: {} agrees with the model: nothing to shrink\n", path, subject.name);
    return kAgree;
  }
  fmt::print(stderr, "{}: {}\n", path, one_line(verdict, trace));
  BestSoFar best(options.output);
  ShrinkOptions shrinking;
  shrinking.budget = options.time;
  shrinking.on_best = [&](const Trace& trace_so_far, const ShrinkProgress& progress) {
    best.see(trace_so_far, progress);
  };
  shrinking.stop = was_interrupted;
  Finding finding;
  finding.subject = subject.name;
  finding.level = level;
  finding.original = trace;
  finding.investigation = investigate(checker, trace, verdict, timeout, shrinking);
  best.end_line();
  const Investigation& result = finding.investigation;
  fmt::print(stderr, "{}, shrunk from {}: {}{}\n", counted(result.trace.operations.size(), "operation"),
             trace.operations.size(), result.shrink_verdict(), result.is_flaky() ? ", flaky" : "");
  if (result.examination.verdict.divergence) {
    const Divergence& divergence = *result.examination.verdict.divergence;
    fmt::print(stderr, "{} at {}\n{}", result.signature, name_operation(result.trace, divergence.operation),
               side_by_side(divergence, result.trace, subject.name));
  }
  const std::string text = print_trace(result.trace);
  if (!wrote_output(options.output.empty() ? "-" : options.output, text)) {
    if (!options.output.empty()) fmt::print("{}", text);
    return kBadInput;
  }
  return was_interrupted() ? kInterrupted : kFailed;
}

}  // namespace

void add_shrink(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<ShrinkCommandOptions>();
  CLI::App* command = app.add_subcommand("shrink", "Find the simplest trace that fails in the same way");
  command->footer(
      "With --output the best trace so far is saved while the search runs; give it as FILE to go on from there.\n"
      "Exit status: 0 the trace does not fail, 1 it fails and was shrunk, 2 bad usage or unreadable input,\n"
      "130 interrupted.");
  command->add_option("FILE", options->file, "A trace file, a fuzzer's input, or the folder of a finding")->required();
  command->add_option("-o,--output", options->output, "Where to write the trace, instead of standard output");
  add_duration(*command, "--time", options->time, "How long to search (default 30s)");
  add_subject_options(*command, options->subject, registry);
  command->callback(
      [options, &registry, &action] { action = [options, &registry] { return shrink_file(*options, registry); }; });
}

}  // namespace cyclecheck::cli

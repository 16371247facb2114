#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "harness/cli/checks.hpp"
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
  ReportOptions report;
};

// Writes the best trace so far, now and then, so that a search that is killed can be continued from it.
class BestSoFar {
 public:
  BestSoFar(const std::string& output, bool quiet) : output_(output), line_(quiet), last_(Clock::now()) {}

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

template <typename Value>
const Value& read(const std::variant<Value, FileError>& answer) {
  if (const auto* error = std::get_if<FileError>(&answer)) throw std::runtime_error(error->message);
  return std::get<Value>(answer);
}

// Prints the trace, or writes it. Returns nothing: all else is told on the way.
std::string shrink_file(const ShrinkCommandOptions& options, const Registry& registry, Summary& summary) {
  // A finding says itself which subject it is about, and at which level.
  const auto cases = find_cases({options.file});
  const auto& found = read(cases);
  if (found.size() != 1) {
    throw std::runtime_error(
        fmt::format("{}: holds {} traces, expected one, or a finding", options.file, found.size()));
  }
  const StoredCase& stored = found.front();
  const std::string& path = stored.path;
  const auto loaded = load_any_trace(path);
  const Trace& trace = read(loaded);
  watch_interrupts();
  const SubjectEntry subject = open_subject(registry, options.subject, stored.subject);
  const Level level = options.subject.level_for(stored.level);
  if (!subject.can_run(trace)) throw std::runtime_error(cannot_run(subject, path));
  const std::chrono::milliseconds timeout = options.subject.timeout + subject.grace;
  const auto before = load_before(stored);
  Isolated isolated(against_model(subject, level), Observe::digest, timeout);
  Behind behind(isolated, read(before));
  TraceChecker& checker = stored.before.empty() ? static_cast<TraceChecker&>(isolated) : behind;
  const Verdict verdict = checker.check(trace);
  Check& told = summary.checks.emplace_back(Check{subject.name, path});
  if (verdict.left_out) {
    told.outcome = Check::Outcome::left_out;
    told.message =
        fmt::format("CPython uses freed memory in this trace (rules W6 and C7): {} is spared it", subject.name);
    return fmt::format("{}: {}\n", path, told.message);
  }
  if (verdict.outcome == Outcome::agree) {
    return fmt::format("{}: {} agrees with the model: nothing to shrink\n", path, subject.name);
  }
  fmt::print(stderr, "{}: {}\n", path, one_line(verdict, trace));
  BestSoFar best(options.output, options.report.quiet);
  ShrinkOptions shrinking;
  shrinking.budget = options.time;
  shrinking.on_best = [&](const Trace& trace_so_far, const ShrinkProgress& progress) {
    best.see(trace_so_far, progress);
  };
  shrinking.stop = was_interrupted;
  const Investigation result = investigate(checker, trace, verdict, timeout, shrinking);
  best.end_line();
  const std::string summed =
      fmt::format("{}, shrunk from {}: {}{}", counted(result.trace.operations.size(), "operation"),
                  trace.operations.size(), result.shrink_verdict(), result.is_flaky() ? ", flaky" : "");
  fmt::print(stderr, "{}\n", summed);
  if (result.examination.verdict.divergence) {
    const Divergence& divergence = *result.examination.verdict.divergence;
    fmt::print(stderr, "{} at {}\n{}", result.signature, name_operation(result.trace, divergence.operation),
               side_by_side(divergence, result.trace, subject.name));
    told.line = line_of_operation(print_trace(result.trace), result.trace, divergence.operation);
  }
  const std::string text = print_trace(result.trace);
  told.outcome = Check::Outcome::failed;
  told.message = result.signature;
  told.details = summed + "\n" + text;
  told.file = options.output.empty() || options.output == "-" ? path : options.output;
  if (told.file == path) told.line = 0;
  summary.counts.push_back({subject.name,
                            {{"operations", result.trace.operations.size()},
                             {"operations_before", trace.operations.size()},
                             {"attempts", result.progress.attempts},
                             {"one_minimal", result.one_minimal ? 1 : 0}}});
  summary.interrupted = was_interrupted();
  summary.status = summary.interrupted ? kInterrupted : kFailed;
  if (options.output.empty()) return text;
  if (!wrote_output(options.output, text)) {
    fmt::print("{}", text);
    summary.add_error(options.output + ": cannot be written");
    summary.status = kBadInput;
  }
  return {};
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
  add_report_options(*command, options->report);
  command->callback([options, &registry, &action] {
    action = [options, &registry] {
      return report(options->report, "shrink",
                    [&](Summary& summary) { return shrink_file(*options, registry, summary); });
    };
  });
}

}  // namespace cyclecheck::cli

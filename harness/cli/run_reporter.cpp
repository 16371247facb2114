#include "harness/cli/run_reporter.hpp"

#include <fmt/format.h>

#include <utility>

#include "harness/cli/report.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {

RunReporter::RunReporter(std::string limit) : limit_(std::move(limit)) {}

bool RunReporter::interrupted() { return was_interrupted(); }

void RunReporter::progress(const RandomSearchProgress& progress) {
  std::uint64_t traces = 0;
  std::uint64_t operations = 0;
  std::uint64_t findings = 0;
  for (const ProfileProgress& row : progress.profiles) {
    traces += row.traces;
    operations += row.operations;
    findings += row.findings;
  }
  line_.show(fmt::format("{:.0f}s of {}: {} traces, {} operations, {} operations/s, {} findings",
                         progress.verifying.count(), limit_, grouped(traces), grouped(operations),
                         grouped(per_second(operations, progress.verifying)), findings));
}

void RunReporter::failed(const BatchFailure& failure, const Trace& trace) {
  line_.print(fmt::format("{}: trace {} of {} operations: {}; shrinking\n", profile(failure.profile).name,
                          failure.index, trace.operations.size(), one_line(failure.verdict, trace)));
}

void RunReporter::shrinking(const Trace& best, const ShrinkProgress& progress) {
  line_.show(shrinking_line(best, progress));
}

void RunReporter::found(const Finding& finding, const std::optional<StoredFinding>& stored,
                        const std::optional<FileError>& error) {
  line_.print(announce(finding, stored, error));
}

std::string summary(const RandomSearchResult& result) {
  const double seconds = result.progress.verifying.count();
  std::string text = fmt::format("{:<12}{:>14}{:>16}{:>16}{:>18}{:>10}{:>10}\n", "profile", "traces", "operations",
                                 "events", "operations/s", "failures", "findings");
  ProfileProgress sum;
  const auto line = [&](std::string_view name, const ProfileProgress& row, std::uint64_t rate) {
    text +=
        fmt::format("{:<12}{:>14}{:>16}{:>16}{:>18}{:>10}{:>10}\n", name, grouped(row.traces), grouped(row.operations),
                    grouped(row.events), rate == 0 ? "" : grouped(rate), grouped(row.failures), grouped(row.findings));
  };
  for (const ProfileProgress& row : result.progress.profiles) {
    sum.traces += row.traces;
    sum.operations += row.operations;
    sum.events += row.events;
    sum.failures += row.failures;
    sum.findings += row.findings;
    line(profile(row.profile).name, row, 0);
  }
  line("all", sum, per_second(sum.operations, result.progress.verifying));
  text += '\n' + reach_table(result.reach);
  const auto missing = not_reached(result.reach);
  for (const std::string& state : missing) text += fmt::format("never reached: {}\n", state);
  text += fmt::format("\n{:.1f}s verified{}{}\n", seconds, result.interrupted ? ", interrupted" : "",
                      result.stopped_at_max_findings ? ", stopped at --max-findings" : "");
  return text;
}

}  // namespace cyclecheck::cli

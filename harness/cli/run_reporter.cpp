#include "harness/cli/run_reporter.hpp"

#include <fmt/format.h>

#include <utility>

#include "harness/cli/report.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {

RunReporter::RunReporter(std::string limit) : limit_(std::move(limit)) {}

bool RunReporter::interrupted() { return was_interrupted(); }

void RunReporter::progress(const SearchProgress& progress) {
  const ProfileProgress sum = progress.sum();
  line_.show(fmt::format("{:.0f}s of {}: {} traces, {} operations, {} operations/s, {} findings",
                         progress.verifying.count(), limit_, grouped(sum.counters.traces),
                         grouped(sum.counters.operations),
                         grouped(per_second(sum.counters.operations, progress.verifying)), sum.findings));
}

void RunReporter::failed(const SearchFailure& failure, const Trace& trace) {
  line_.print(fmt::format("{}: trace {} of {} operations: {}; shrinking\n", profile(trace.profile).name,
                          failure.position, trace.operations.size(), one_line(failure.verdict, trace)));
}

void RunReporter::shrinking(const Trace& best, const ShrinkProgress& progress) {
  line_.show(shrinking_line(best, progress));
}

void RunReporter::found(const Finding& finding, const std::optional<StoredFinding>& stored,
                        const std::optional<FileError>& error) {
  line_.print(announce(finding, stored, error));
}

std::string summary(const SearchResult& result) {
  const double seconds = result.progress.verifying.count();
  std::string text = fmt::format("{:<14}{:>12}{:>16}{:>16}{:>18}{:>10}{:>10}\n", "profile", "traces", "operations",
                                 "events", "operations/s", "failures", "findings");
  const auto line = [&](std::string_view name, const ProfileProgress& row, std::uint64_t rate) {
    const ProfileCounters& of = row.counters;
    text +=
        fmt::format("{:<14}{:>12}{:>16}{:>16}{:>18}{:>10}{:>10}\n", name, grouped(of.traces), grouped(of.operations),
                    grouped(of.events), rate == 0 ? "" : grouped(rate), grouped(of.failures), grouped(row.findings));
  };
  for (const ProfileProgress& row : result.progress.profiles) line(profile(row.profile).name, row, 0);
  const ProfileProgress sum = result.progress.sum();
  line("all", sum, per_second(sum.counters.operations, result.progress.verifying));
  text += '\n' + reach_table(result.reach);
  const auto missing = not_reached(result.reach);
  for (const std::string& state : missing) text += fmt::format("never reached: {}\n", state);
  text += fmt::format("\n{:.1f}s verified{}{}\n", seconds, result.interrupted ? ", interrupted" : "",
                      result.stopped_at_max_findings ? ", stopped at --max-findings" : "");
  return text;
}

}  // namespace cyclecheck::cli

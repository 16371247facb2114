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
  line_.print(fmt::format("{}: trace {} of {} operations: {}; shrinking\n", profile(trace.profile).name, failure.index,
                          trace.operations.size(), one_line(failure.verdict, trace)));
}

void RunReporter::ran_again(const StoredAgain& again) {
  const char* what = again.is_mended() ? "mended" : again.finding.unshrunk ? "left to be shrunk" : "fails still";
  line_.print(fmt::format("{}: {}: {}\n", again.folder, what, again.signature));
}

void RunReporter::shrinking(const Trace& best, const ShrinkProgress& progress) {
  line_.show(shrinking_line(best, progress));
}

void RunReporter::found(const Finding& finding, const std::optional<StoredFinding>& stored,
                        const std::optional<FileError>& error) {
  line_.print(announce(finding, stored, error));
  folders_.push_back(stored ? stored->path : "not stored");
}

std::string counts_table(const SearchProgress& progress) {
  std::string text = fmt::format("{:<14}{:>12}{:>16}{:>16}{:>18}{:>10}{:>10}\n", "profile", "traces", "operations",
                                 "events", "operations/s", "failures", "findings");
  const auto line = [&](std::string_view name, const ProfileProgress& row, std::uint64_t rate) {
    const ProfileCounters& of = row.counters;
    text +=
        fmt::format("{:<14}{:>12}{:>16}{:>16}{:>18}{:>10}{:>10}\n", name, grouped(of.traces), grouped(of.operations),
                    grouped(of.events), rate == 0 ? "" : grouped(rate), grouped(of.failures), grouped(row.findings));
  };
  for (const ProfileProgress& row : progress.profiles) line(profile(row.profile).name, row, 0);
  const ProfileProgress sum = progress.sum();
  line("all", sum, per_second(sum.counters.operations, progress.verifying));
  return text;
}

std::string reach_report(const SearchResult& result) {
  std::string text = reach_table(result.reach);
  for (const std::string& state : not_reached(result.reach)) text += fmt::format("never reached: {}\n", state);
  return text;
}

std::string accepted_report(const AcceptedFailures& accepted, const SearchResult& result) {
  std::string text = fmt::format("{} accepted\n", counted(result.progress.sum().counters.accepted, "failure"));
  for (std::size_t i = 0; i < accepted.rows().size(); ++i) {
    if (result.accepted_seen.contains(i)) continue;
    const AcceptedFailures::Row& row = accepted.rows()[i];
    text += fmt::format("accepted, and did not come: {} # {}\n", row.signature, row.reason);
  }
  return text;
}

std::string verdict(const SearchResult& result, const std::vector<std::string>& folders, std::uint64_t seed) {
  std::string text;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    text += fmt::format("{}  {}\n", result.findings[i].investigation.signature, folders[i]);
  }
  const ProfileCounters counters = result.progress.sum().counters;
  for (const StoredAgain& again : result.still_failing) text += fmt::format("{}  {}\n", again.signature, again.folder);
  std::string what = result.findings.empty() && result.still_failing.empty()
                         ? fmt::format("{} agree", counted(counters.traces - counters.accepted, "trace"))
                         : counted(result.findings.size(), "finding");
  if (!result.still_failing.empty()) what += fmt::format(", {} from before", result.still_failing.size());
  if (!result.mended.empty()) what += fmt::format(", {} mended", result.mended.size());
  text += fmt::format("{}; seed {}; {:.1f}s verified{}{}\n", what, seed, result.progress.verifying.count(),
                      result.interrupted ? ", interrupted" : "",
                      result.stopped_at_max_findings ? ", stopped at --max-findings" : "");
  return text;
}

}  // namespace cyclecheck::cli

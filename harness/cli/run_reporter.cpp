#include "harness/cli/run_reporter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "harness/cli/report.hpp"
#include "harness/collector/collector.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {

RunReporter::RunReporter(Limits limits, bool quiet, std::string searched, std::string prefix)
    : limits_(limits), searched_(std::move(searched)), prefix_(std::move(prefix)), line_(quiet) {}

bool RunReporter::interrupted() { return was_interrupted(); }

void RunReporter::progress(const SearchProgress& progress) {
  const ProfileProgress sum = progress.sum();
  Progress shown = progress_of(progress.verifying, limits_.time, sum.counters.traces, limits_.traces);
  if (!limits_.time && !limits_.traces) {
    // How fast the rest goes is not known before something was done.
    double done = 0;
    for (const ProfileProgress& row : progress.profiles)
      done += row.done / static_cast<double>(progress.profiles.size());
    shown.done = done;
    const double before = begun_.value_or(done);
    begun_ = before;
    if (done > before) shown.left = progress.verifying * (1 - done) / (done - before);
  }
  if (!prefix_.empty()) shown.facts.push_back(prefix_);
  shown.facts.push_back(counted(sum.counters.traces, "trace"));
  shown.facts.push_back(counted(sum.findings, "finding"));
  shown.facts.push_back(grouped(per_second(sum.counters.operations, progress.verifying)) + " operations/s");
  shown.facts.push_back(counted(sum.counters.operations, "operation"));
  line_.show(shown);
}

void RunReporter::failed(const SearchFailure& failure, const Trace& trace) {
  line_.print(fmt::format("{}: trace {} of {}: {}; shrinking\n", profile(trace.profile).name, failure.index,
                          counted(trace.operations.size(), "operation"), one_line(failure.verdict, trace)));
}

void RunReporter::ran_again(const StoredAgain& again) {
  const char* what = again.is_mended() ? "mended" : again.finding.unshrunk ? "left to be shrunk" : "fails still";
  line_.print(fmt::format("{}: {}: {}\n", again.folder, what, again.signature));
}

void RunReporter::shrinking(const Trace& best, const ShrinkProgress& progress) {
  line_.show(shrinking_progress(best, progress));
}

void RunReporter::found(const Finding& finding, const std::optional<StoredFinding>& stored,
                        const std::optional<FileError>& error) {
  line_.print(announce(finding, stored, error));
  add_finding(checks_, finding, stored, searched_);
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

void add_search(Summary& summary, const SearchResult& result, const std::vector<Check>& findings,
                const std::string& searched) {
  const SearchProgress& progress = result.progress;
  const double operations = static_cast<double>(std::max<std::uint64_t>(progress.sum().counters.operations, 1));
  for (const ProfileProgress& row : progress.profiles) {
    const ProfileCounters& of = row.counters;
    const std::string suite = suite_of(searched, row.profile);
    summary.counts.push_back({suite,
                              {{"traces", of.traces},
                               {"operations", of.operations},
                               {"events", of.events},
                               {"failures", of.failures},
                               {"left_out", of.left_out},
                               {"findings", row.findings}}});
    const double seconds = progress.verifying.count() * static_cast<double>(of.operations) / operations;
    summary.checks.push_back(whole_check(findings, suite, "random traces", seconds));
  }
  summary.checks.insert(summary.checks.end(), findings.begin(), findings.end());
  for (const StoredAgain& again : result.still_failing) {
    summary.checks.push_back({searched + ": stored findings",
                              again.folder,
                              Check::Outcome::failed,
                              0,
                              again.signature,
                              {},
                              again.folder + "/trace.txt"});
  }
  for (const StoredAgain& again : result.mended) {
    summary.checks.push_back({searched + ": stored findings", again.folder});
  }
  if (result.error) summary.add_error(result.error->message);
  summary.interrupted = summary.interrupted || result.interrupted;
}

std::string reach_report(const SearchResult& result) {
  std::string text = reach_table(result.reach);
  for (const std::string& state : not_reached(result.reach)) text += fmt::format("never reached: {}\n", state);
  if (const std::string table = passage_table(result.passages); !table.empty()) text += "\n" + table;
  return text;
}

void add_known(CLI::App& app, std::string& path) {
  app.add_option("--known", path, "Failures that are accepted: a file with lines such as 'missing died node # why'")
      ->type_name("FILE");
}

AcceptedFailures read_known(const std::string& path) {
  if (path.empty()) return {};
  auto read = AcceptedFailures::read(path);
  if (const auto* error = std::get_if<FileError>(&read)) throw std::runtime_error(error->message);
  return std::get<AcceptedFailures>(std::move(read));
}

std::string accepted_report(const AcceptedFailures& accepted, std::uint64_t times, const std::set<std::size_t>& seen) {
  std::string text = fmt::format("{} accepted\n", counted(times, "failure"));
  for (std::size_t i = 0; i < accepted.rows().size(); ++i) {
    if (seen.contains(i)) continue;
    const AcceptedFailures::Row& row = accepted.rows()[i];
    text += fmt::format("accepted, and did not come: {} # {}\n", row.signature, row.reason);
  }
  return text;
}

std::string list_findings(const SearchResult& result, const std::vector<std::string>& folders) {
  const std::vector<Finding>& findings = result.findings;
  std::string text;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    if (!findings[i].same_as.empty()) continue;
    text += fmt::format("{}  {}\n", findings[i].investigation.signature, folders[i]);
    for (std::size_t other = i + 1; other < folders.size(); ++other) {
      const std::string& same_as = findings[other].same_as;
      if (!same_as.empty() && folders[i].ends_with("/" + same_as))
        text += fmt::format("  the same  {}\n", folders[other]);
    }
  }
  for (const StoredAgain& again : result.still_failing) text += fmt::format("{}  {}\n", again.signature, again.folder);
  return text;
}

std::string verdict(const SearchResult& result, const std::vector<std::string>& folders, std::uint64_t seed) {
  std::string text = list_findings(result, folders);
  const ProfileCounters counters = result.progress.sum().counters;
  std::string what = result.findings.empty() && result.still_failing.empty()
                         ? fmt::format("{} agree", counted(counters.traces - counters.accepted, "trace"))
                         : counted(result.findings.size(), "finding");
  const auto same = std::count_if(result.findings.begin(), result.findings.end(),
                                  [](const Finding& finding) { return !finding.same_as.empty(); });
  if (same > 0) what += fmt::format(" of {}", counted(result.findings.size() - static_cast<std::size_t>(same), "kind"));
  if (!result.still_failing.empty()) what += fmt::format(", {} from before", result.still_failing.size());
  if (!result.mended.empty()) what += fmt::format(", {} mended", result.mended.size());
  text += fmt::format("{}; seed {}; {:.1f}s verified{}{}\n", what, seed, result.progress.verifying.count(),
                      result.interrupted ? ", interrupted" : "",
                      result.stopped_at_max_findings ? ", stopped at --max-findings" : "");
  return text;
}

}  // namespace cyclecheck::cli

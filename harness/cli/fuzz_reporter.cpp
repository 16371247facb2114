#include "harness/cli/fuzz_reporter.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "harness/campaign/campaign.hpp"
#include "harness/cli/report.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

std::uint64_t rounded(double number) { return static_cast<std::uint64_t>(std::llround(std::max(0.0, number))); }

// What the estimates mean.
std::string unseen_lines(const StateTotals& states) {
  if (states.states == 0) return {};
  const Unseen unseen = estimate_unseen(states);
  std::string text =
      fmt::format("heap states: {} met in {}, {} of them by one execution, {} by two\n", grouped(states.states),
                  counted(states.executions, "execution"), grouped(states.once), grouped(states.twice));
  if (states.once == 0) return text + "  every one was met at least twice: new ones are not to be expected\n";
  text += fmt::format("  one in {} meets a new one (Good-Turing); about {} more are to be met at least (Chao)\n",
                      counted(std::max<std::uint64_t>(1, rounded(1 / unseen.per_execution)), "execution"),
                      grouped(rounded(unseen.states)));
  return text;
}

std::string waiting_line(std::uint64_t inputs, const std::string& campaign) {
  if (inputs == 0) return {};
  return fmt::format("the next session shrinks {} that failed, in {}/pending\n", counted(inputs, "input"), campaign);
}

}  // namespace

FuzzReporter::FuzzReporter(const FuzzOptions& options, bool quiet) : options_(options), line_(quiet) {}

bool FuzzReporter::interrupted() { return was_interrupted(); }

void FuzzReporter::note(const std::string& line) { line_.print(line + "\n"); }

void FuzzReporter::began(const SessionEntry& session, std::size_t earlier_sessions, std::size_t corpus,
                         std::size_t findings) {
  const std::string how =
      earlier_sessions == 0 ? "begins" : fmt::format("resumes after {}", counted(earlier_sessions, "session"));
  line_.print(fmt::format("{}: {} with {} and {}\nengine: {}; {}; seed {}; coverage is {}\n", options_.campaign, how,
                          counted(corpus, "input"), counted(findings, "finding"), session.engine,
                          counted(session.jobs, "job"), session.seed,
                          session.coverage_unit == "edges" ? "edges of the collector and heap states"
                                                           : "features of the heap states that the model meets"));
}

void FuzzReporter::progress(const FuzzProgress& progress) {
  std::optional<std::chrono::duration<double>> limit;
  if (options_.time) limit = *options_.time;
  Progress shown =
      progress_of(std::chrono::duration<double>{progress.seconds}, limit, progress.executions, options_.executions);
  shown.facts = {counted(progress.findings, "finding"),
                 counted(progress.executions, "execution"),
                 grouped(rounded(progress.executions_per_second)) + "/s",
                 fmt::format("{} {}", grouped(progress.coverage), progress.coverage_unit),
                 counted(progress.states.states, "state"),
                 counted(progress.corpus, "input")};
  if (!shown.done) shown.facts.insert(shown.facts.begin(), fmt::format("{:.0f}s", progress.seconds));
  line_.show(shown);
}

void FuzzReporter::failed(const Verdict& verdict, const Trace& trace) {
  line_.print(fmt::format("{}: input of {}: {}; shrinking\n", profile(trace.profile).name,
                          counted(trace.operations.size(), "operation"), one_line(verdict, trace)));
}

void FuzzReporter::shrinking(const Trace& best, const ShrinkProgress& progress) {
  line_.show(shrinking_progress(best, progress));
}

void FuzzReporter::found(const Finding& finding, const std::optional<StoredFinding>& stored,
                         const std::optional<FileError>& error) {
  line_.print(announce(finding, stored, error));
  add_finding(checks_, finding, stored, finding.subject);
}

void FuzzReporter::minimised(const Minimised& result) {
  if (!result.gave_up || !interrupted()) line_.print(describe_minimised(result));
}

std::string describe_minimised(const Minimised& result) {
  if (result.gave_up) {
    return fmt::format("corpus of {} not minimised: no time was left; fuzz --minimise does it\n",
                       counted(result.before, "input"));
  }
  return fmt::format("corpus minimised: {} of {} meet every heap state that all of them did\n", grouped(result.after),
                     counted(result.before, "input"));
}

std::string session_summary(const FuzzResult& result, const std::string& campaign) {
  const SessionEntry& session = result.session;
  const double seconds = std::max(session.seconds, 1e-9);
  std::string text = fmt::format(
      "{}: {} in {:.1f}s ({}/s) and {:.1f}s of CPU time ({}/s)\n", campaign, counted(session.executions, "execution"),
      session.seconds, grouped(rounded(static_cast<double>(session.executions) / seconds)), session.cpu_seconds,
      grouped(rounded(static_cast<double>(session.executions) / std::max(session.cpu_seconds, 1e-9))));
  text += fmt::format("corpus: {}; coverage: {} {}\n", counted(session.corpus, "input"), grouped(session.coverage),
                      session.coverage_unit);
  text += unseen_lines(result.progress.states);
  text += fmt::format("findings: {} new, {} in the campaign; {} that failed\npage: {}/index.html\n",
                      grouped(session.findings), grouped(result.progress.findings), counted(session.failures, "input"),
                      campaign);
  text += waiting_line(result.progress.pending, campaign);
  return text;
}

std::string ledger(const CampaignSummary& summary, const std::string& campaign) {
  std::string text =
      fmt::format("{}: {}, {}, {} of CPU time\n\n", campaign, counted(summary.sessions.size(), "session"),
                  counted(summary.executions, "execution"), short_time(summary.cpu_seconds));
  text += fmt::format("{:<25}{:<14}{:<20}{:>5}{:>10}{:>10}{:>16}{:>10}{:>10}  {:<12}{}\n", "began (UTC)", "host",
                      "commit", "jobs", "time", "CPU time", "executions", "failures", "findings", "end", "engine");
  for (const SessionEntry& session : summary.sessions) {
    text += fmt::format("{:<25}{:<14.13}{:<20.19}{:>5}{:>10}{:>10}{:>16}{:>10}{:>10}  {:<12}{}\n", session.started,
                        session.host, session.commit, session.jobs, short_time(session.seconds),
                        short_time(session.cpu_seconds), grouped(session.executions), grouped(session.failures),
                        grouped(session.findings), session.end, session.engine);
  }
  text += fmt::format("\ncorpus: {}\n", counted(summary.corpus, "input"));
  text += unseen_lines(summary.states);
  text += fmt::format("findings: {}\n", summary.findings.size());
  for (const KnownFinding& finding : summary.findings) {
    text += fmt::format("  {} ({}, {}, {}): {}/findings/{}\n", finding.signature, finding.profile,
                        counted(finding.operations, "operation"), finding.verdict, campaign, finding.folder);
  }
  text += waiting_line(summary.pending, campaign);
  return text;
}

}  // namespace cyclecheck::cli

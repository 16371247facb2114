#include "harness/cli/run_view.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "harness/cli/interrupt.hpp"
#include "harness/cli/report.hpp"

namespace cyclecheck::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTerminalPause{200};
constexpr std::chrono::seconds kPlainPause{5};

std::uint64_t per_second(std::uint64_t number, std::chrono::duration<double> time) {
  if (time.count() <= 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(number) / time.count());
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

RunView::RunView(std::string limit)
    : limit_(std::move(limit)), terminal_(isatty(STDOUT_FILENO) == 1), last_(Clock::now()) {}

bool RunView::interrupted() { return was_interrupted(); }

void RunView::show(const std::string& line) {
  const auto now = Clock::now();
  if (now - last_ < (terminal_ ? Clock::duration{kTerminalPause} : Clock::duration{kPlainPause})) return;
  last_ = now;
  print(terminal_ ? "\r" + line + "\x1B[K" : line + "\n");
  line_open_ = terminal_;
}

void RunView::end_line() {
  if (std::exchange(line_open_, false)) print("\r\x1B[K");
}

void RunView::progress(const CampaignProgress& progress) {
  std::uint64_t traces = 0;
  std::uint64_t operations = 0;
  std::uint64_t findings = 0;
  for (const ProfileProgress& row : progress.profiles) {
    traces += row.traces;
    operations += row.operations;
    findings += row.findings;
  }
  show(fmt::format("{:.0f}s of {}: {} traces, {} operations, {} operations/s, {} findings", progress.verifying.count(),
                   limit_, grouped(traces), grouped(operations), grouped(per_second(operations, progress.verifying)),
                   findings));
}

void RunView::failed(const BatchFailure& failure, const Trace& trace) {
  end_line();
  print(fmt::format("{}: trace {} of {} operations: {}; shrinking\n", profile(failure.profile).name, failure.index,
                    trace.operations.size(), one_line(failure.verdict, trace)));
}

void RunView::shrinking(const Trace& best, const ShrinkProgress& progress) {
  show(fmt::format("shrinking: {} operations after {} attempts", best.operations.size(), grouped(progress.attempts)));
}

void RunView::found(const Finding& finding, const std::optional<StoredFinding>& stored,
                    const std::optional<FileError>& error) {
  end_line();
  print(whole_finding(finding));
  if (stored) {
    print(fmt::format("  {}: {}\n  to run it again:  cyclecheck replay {}\n\n",
                      stored->existed ? "already stored" : "stored", stored->path, stored->path));
  } else if (error) {
    print(fmt::format("  NOT STORED: {}\n  to run it again:  {}\n\n", error->message, run_command(finding)));
  }
}

std::string summary(const CampaignResult& result) {
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

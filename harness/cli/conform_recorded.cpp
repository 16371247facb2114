#include "harness/cli/conform_recorded.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <utility>
#include <variant>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/report.hpp"
#include "harness/replay/replay.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

void add(const RecordingSummary& more, RecordingSummary& sum) {
  sum.traces += more.traces;
  sum.agree += more.agree;
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    sum.agreement.recorded[kind] += more.agreement.recorded[kind];
    sum.agreement.agreed[kind] += more.agreement.agreed[kind];
  }
}

// Checks one recording with the model and says so if it is a file of many traces.
RecordingSummary check(const Recording& recording, bool is_file, const SubjectEntry& model,
                       std::chrono::milliseconds timeout, std::uint32_t jobs, Summary& whole) {
  const auto begin = std::chrono::steady_clock::now();
  Check told{"model", recording.path};
  RecordingCheck check;
  check.timeout = timeout;
  check.jobs = jobs;
  check.stop = was_interrupted;
  check.on_disagreement = [&](const RecordedTrace& recorded, const Verdict& verdict) {
    const std::string line = recorded_difference(recording, recorded, verdict, model.name);
    fmt::print("{}", line);
    told.details += line;
  };
  const RecordingSummary summary = check_recording(recording, model, check);
  if (is_file) {
    fmt::print("{}: {}: {}, {} agree\n", recording.path, recording.interpreter, counted(summary.traces, "trace"),
               summary.agree);
  }
  told.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (summary.agree < summary.traces) {
    told.outcome = Check::Outcome::failed;
    told.message = "differs from the recording";
    told.details =
        fmt::format("{} of {}\n{}", summary.traces - summary.agree, counted(summary.traces, "trace"), told.details);
    told.file = recording.path;
  }
  whole.checks.push_back(std::move(told));
  return summary;
}

std::string agreement_table(const Agreement& agreement) {
  std::string text = fmt::format("\n{:<20}  {:>11}  {:>11}\n", "event", "recorded", "agree");
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    const std::size_t recorded = agreement.recorded[kind];
    if (recorded == 0) continue;
    text += fmt::format("{:<20}  {:>11}  {:>9.1f} %\n", info(static_cast<EventKind>(kind)).word, grouped(recorded),
                        100.0 * static_cast<double>(agreement.agreed[kind]) / static_cast<double>(recorded));
  }
  return text;
}

}  // namespace

std::string check_recorded(const std::vector<std::string>& paths, std::chrono::milliseconds timeout, std::uint32_t jobs,
                           Summary& summary) {
  watch_interrupts();
  const auto cases = find_cases(paths);
  if (const auto* error = std::get_if<FileError>(&cases)) throw std::runtime_error(error->message);
  RecordingSummary sum;
  const RuleCounts rules;
  const SubjectEntry model = rules.counted_model();
  bool bad = false;
  std::size_t files = 0;
  for (const StoredCase& item : std::get<std::vector<StoredCase>>(cases)) {
    if (was_interrupted()) break;
    if (!is_recording_file(item.path) && !(item.log && item.profile)) continue;
    ++files;
    const auto recording = load_recording(item);
    if (const auto* error = std::get_if<FileError>(&recording)) {
      fmt::print(stderr, "{}\n", error->message);
      summary.checks.push_back({"model", item.path, Check::Outcome::error, 0, error->message, {}, item.path});
      bad = true;
    } else {
      add(check(std::get<Recording>(recording), !item.log, model, timeout, jobs, summary), sum);
    }
  }
  summary.interrupted = was_interrupted();
  if (files == 0 && !summary.interrupted) {
    throw std::runtime_error(
        "there is no recording: no file x.conformance or x.conformance.gz, and no trace with an interpreter's log "
        "(x.trace, x.python3.11.log)");
  }
  summary.counts.push_back({"model", {{"traces", sum.traces}, {"agree", sum.agree}}});
  summary.status = summary.interrupted ? kInterrupted : bad ? kBadInput : sum.traces == sum.agree ? kAgree : kFailed;
  const auto rows = rules.rows();
  std::string text = agreement_table(sum.agreement) + fmt::format("\n{}", rule_table(rows));
  for (const std::string& rule : not_exercised(rows)) text += fmt::format("never acted: {}\n", rule);
  return text + fmt::format("\n{}, {} agree\n", counted(sum.traces, "trace"), sum.agree);
}

}  // namespace cyclecheck::cli

#include "harness/cli/conform_recorded.hpp"

#include <fmt/format.h>

#include <cstdio>
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
                       std::chrono::milliseconds timeout) {
  RecordingCheck check;
  check.timeout = timeout;
  check.stop = was_interrupted;
  check.on_disagreement = [&](const RecordedTrace& recorded, const Verdict& verdict) {
    fmt::print("{}", recorded_difference(recording, recorded, verdict, model.name));
  };
  const RecordingSummary summary = check_recording(recording, model, check);
  if (is_file) {
    fmt::print("{}: {}: {} traces, {} agree\n", recording.path, recording.interpreter, summary.traces, summary.agree);
  }
  return summary;
}

void print_agreement(const Agreement& agreement) {
  fmt::print("\n{:<20}  {:>11}  {:>11}\n", "event", "recorded", "agree");
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    const std::size_t recorded = agreement.recorded[kind];
    if (recorded == 0) continue;
    fmt::print("{:<20}  {:>11}  {:>9.1f} %\n", info(static_cast<EventKind>(kind)).word, grouped(recorded),
               100.0 * static_cast<double>(agreement.agreed[kind]) / static_cast<double>(recorded));
  }
}

}  // namespace

int check_recorded(const std::vector<std::string>& paths, std::chrono::milliseconds timeout) {
  watch_interrupts();
  const auto cases = find_cases(paths);
  if (const auto* error = std::get_if<FileError>(&cases)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  RecordingSummary sum;
  const RuleCounts rules;
  const SubjectEntry model = rules.counted_model();
  bool bad = false;
  std::size_t files = 0;
  for (const StoredCase& item : std::get<std::vector<StoredCase>>(cases)) {
    if (was_interrupted()) return kInterrupted;
    if (!is_recording_file(item.path) && !(item.log && item.profile)) continue;
    ++files;
    const auto recording = load_recording(item);
    if (const auto* error = std::get_if<FileError>(&recording)) {
      fmt::print(stderr, "{}\n", error->message);
      bad = true;
    } else {
      add(check(std::get<Recording>(recording), !item.log, model, timeout), sum);
    }
  }
  if (files == 0) {
    fmt::print(stderr,
               "cyclecheck: there is no recording: no file x.conformance or x.conformance.gz, and no trace with an "
               "interpreter's log (x.trace, x.python3.11.log)\n");
    return kBadInput;
  }
  print_agreement(sum.agreement);
  const auto rows = rules.rows();
  fmt::print("\n{}", rule_table(rows));
  for (const std::string& rule : not_exercised(rows)) fmt::print("never acted: {}\n", rule);
  fmt::print("\n{} traces, {} agree\n", sum.traces, sum.agree);
  if (was_interrupted()) return kInterrupted;
  if (bad) return kBadInput;
  return sum.traces == sum.agree ? kAgree : kFailed;
}

}  // namespace cyclecheck::cli

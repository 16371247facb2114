#include "harness/cli/side_check.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/isolate/isolate.hpp"
#include "harness/stored/stored.hpp"
#include "harness/system/system.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

enum class Report : std::uint8_t { line, summary, error };

std::string describe(const Recording& recording, const std::vector<RecordDifference>& differences) {
  std::string text = fmt::format("{} ({}): ", recording.id, recording.where);
  for (std::size_t i = 0; i < differences.size(); ++i) {
    const RecordDifference& difference = differences[i];
    if (i == 0) text += fmt::format("operation {}: ", difference.operation);
    text += fmt::format("{}{}: expected {}, found {}", i == 0 ? "" : "; ", to_string(difference.part),
                        difference.expected, difference.found);
  }
  return text + "\n";
}

}  // namespace

SideCheck recording_check(const std::string& traces, const std::string& version, ProfileId profile, bool verbose) {
  return [=](Subject& subject, const CanRun& can_run, const ReportLine& report) -> SideResult {
    Trace nothing;
    nothing.profile = profile;
    if (!can_run(nothing)) return FileError{subject.name() + " does not follow the recording's profile"};
    const auto result = check_recording(
        traces, version, profile, subject,
        [&](const Recording& recording, const Trace& trace, const std::vector<RecordDifference>& differences) {
          report(describe(recording, differences) + (verbose ? print_trace(trace) : ""));
        });
    if (const auto* error = std::get_if<FileError>(&result)) return *error;
    const auto& summary = std::get<RecordingSummary>(result);
    return SideSummary{summary.traces, summary.agree, 0};
  };
}

SideCheck conformance_check(std::string path, bool verbose) {
  return [=](Subject& subject, const CanRun& can_run, const ReportLine& report) -> SideResult {
    auto read = read_conformance(path);
    if (const auto* error = std::get_if<FileError>(&read)) return *error;
    auto& conformance = std::get<Conformance>(read);
    const std::size_t left_out =
        std::erase_if(conformance.cases, [&](const ConformanceCase& item) { return !can_run(item.trace); });
    const ConformanceSummary summary = check_conformance(
        conformance, subject, [&](const ConformanceCase& item, const ConformanceDifference& difference) {
          report(fmt::format("{}:{}: {}: operation {}: expected {}, found {}\n", path, item.line, item.name,
                             difference.operation, difference.expected, difference.found) +
                 (verbose ? print_trace(item.trace) : ""));
        });
    return SideSummary{summary.traces, summary.agree, left_out};
  };
}

SideOutcome check_side(const std::string& side, const std::function<std::unique_ptr<Subject>()>& make,
                       const CanRun& can_run, const SideCheck& check) {
  WorkerProcess worker([&](int socket) {
    const auto send = [&](Report kind, const std::string& text, SideSummary summary) {
      MessageWriter writer;
      writer.put(kind);
      writer.put(text);
      writer.put(summary);
      (void)send_message(socket, writer);
    };
    const auto subject = make();
    const SideResult result = check(*subject, can_run, [&](const std::string& line) { send(Report::line, line, {}); });
    if (const auto* error = std::get_if<FileError>(&result)) {
      send(Report::error, error->message, {});
    } else {
      send(Report::summary, {}, std::get<SideSummary>(result));
    }
  });
  std::vector<std::uint8_t> bytes;
  while (true) {
    const Receive received = receive_message(worker.socket(), std::chrono::milliseconds{-1}, bytes);
    if (received == Receive::interrupted) return {SideEnd::interrupted, {}, {}};
    if (received != Receive::message) break;
    MessageReader reader{bytes};
    const auto kind = reader.get<Report>();
    std::string text = reader.get_string();
    const auto summary = reader.get<SideSummary>();
    if (kind == Report::error) return {SideEnd::bad_input, {}, std::move(text)};
    if (kind == Report::summary) return {SideEnd::done, summary, {}};
    fmt::print("{}: {}", side, text);
  }
  const WorkerProcess::End end = worker.wait(kLastWords);
  return {SideEnd::died, {}, fmt::format("{}\n{}", signature_of(end), end.output)};
}

}  // namespace cyclecheck::cli

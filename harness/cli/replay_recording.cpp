#include "harness/cli/replay_recording.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include "harness/cli/exit_status.hpp"
#include "harness/message.hpp"
#include "harness/model_subject.hpp"
#include "harness/recording.hpp"
#include "harness/worker_process.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

constexpr double kEndSeconds = 20;

enum class Report : std::uint8_t { line, summary, error };

std::string describe(const std::string& side, const Recording& recording,
                     const std::vector<RecordDifference>& differences) {
  std::string text = fmt::format("{}: {} ({}): ", side, recording.id, recording.where);
  for (std::size_t i = 0; i < differences.size(); ++i) {
    const RecordDifference& difference = differences[i];
    if (i == 0) text += fmt::format("operation {}: ", difference.operation);
    text += fmt::format("{}{}: expected {}, found {}", i == 0 ? "" : "; ", to_string(difference.part),
                        difference.expected, difference.found);
  }
  return text + "\n";
}

// The worker: checks everything and reports.
void serve(const RecordingFiles& files, const std::string& side, Subject& subject, int socket) {
  const auto report = [&](Report kind, const std::string& text, const RecordingSummary& summary) {
    MessageWriter writer;
    writer.put(kind);
    writer.put(text);
    writer.put(std::uint64_t{summary.traces});
    writer.put(std::uint64_t{summary.agree});
    (void)send_message(socket, writer);
  };
  const auto result = check_recording(
      files.traces, files.version, files.profile, subject,
      [&](const Recording& recording, const Trace& trace, const std::vector<RecordDifference>& differences) {
        std::string text = describe(side, recording, differences);
        if (files.verbose) text += print_trace(trace);
        report(Report::line, text, {});
      });
  if (const auto* error = std::get_if<FileError>(&result)) {
    report(Report::error, error->message, {});
  } else {
    report(Report::summary, {}, std::get<RecordingSummary>(result));
  }
}

int check_side(const RecordingFiles& files, const std::string& side,
               const std::function<std::unique_ptr<Subject>()>& make) {
  WorkerProcess worker([&](int socket) {
    const auto subject = make();
    serve(files, side, *subject, socket);
  });
  std::vector<std::uint8_t> bytes;
  while (true) {
    const Receive received = receive_message(worker.socket(), std::chrono::milliseconds{-1}, bytes);
    if (received == Receive::interrupted) return kInterrupted;
    if (received != Receive::message) break;
    MessageReader reader{bytes};
    const auto kind = reader.get<Report>();
    const std::string text = reader.get_string();
    const auto traces = reader.get<std::uint64_t>();
    const auto agree = reader.get<std::uint64_t>();
    if (kind == Report::line) {
      fmt::print("{}", text);
    } else if (kind == Report::error) {
      fmt::print(stderr, "{}\n", text);
      return kBadInput;
    } else {
      fmt::print("{}: {} traces, {} agree\n", side, traces, agree);
      std::fflush(stdout);
      return traces == agree ? kAgree : kFailed;
    }
  }
  const WorkerProcess::End end = worker.wait(kEndSeconds);
  fmt::print("{}: {}\n{}", side, signature_of(end), end.output);
  return kFailed;
}

}  // namespace

int replay_recording(const RecordingFiles& files, const SubjectEntry& subject) {
  const int model = check_side(files, "model", [] { return std::make_unique<ModelSubject>(); });
  if (model >= kBadInput) return model;
  return std::max(model, check_side(files, subject.name, subject.make));
}

}  // namespace cyclecheck::cli

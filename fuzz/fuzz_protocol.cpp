// What others send us: logs, answers of subjects in other processes, recordings, foreign recordings.
//
// The first byte says which, the rest is its text: A answers, B a trace and its log, C a recording, D the two files of
// a foreign recording, E the program of one, F gzip data. Two texts are divided by the first zero byte.
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "fuzz/failure.hpp"
#include "fuzz/target.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/log_text.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck::fuzz {
namespace {

constexpr std::uint32_t kNames = 100;
constexpr std::size_t kUnpacked = std::size_t{1} << 20;

void require(bool condition, std::string_view what) {
  if (!condition) fail(what);
}

std::pair<std::string_view, std::string_view> divide(std::string_view text) {
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos) return {text, {}};
  return {text.substr(0, zero), text.substr(zero + 1)};
}

void answers(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const auto line = parse_answer_line(text.substr(0, end), kNames);
    if (line) {
      const auto* event = std::get_if<Event>(&*line);
      require(event == nullptr || event->label.name.value < kNames, "an event names what the trace does not");
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void log_of_trace(std::string_view text) {
  const auto [trace_text, log_text] = divide(text);
  const auto parsed = parse_trace(trace_text);
  if (!std::holds_alternative<Trace>(parsed)) return;
  const Trace& trace = std::get<Trace>(parsed);
  running(&trace);
  const auto log = parse_log(log_text, trace);
  if (std::holds_alternative<Log>(log)) {
    const std::string printed = print_log(std::get<Log>(log), trace);
    const auto again = parse_log(printed, trace);
    if (const auto* error = std::get_if<TextError>(&again)) fail("printed, not parsed: " + to_string(*error, "log"));
    require(std::get<Log>(again) == std::get<Log>(log), "the printed log parses to another log");
  }
  running(nullptr);
}

// Compares each log with the recording that it is from, and one without events: there is something to compare with
// everything that was recorded.
void compare_all(const Recording& recording) {
  for (const RecordedTrace& recorded : recording.traces) {
    running(&recorded.trace);
    Log itself;
    keep_recorded(recording, recorded, itself);
    require(!compare_with_recording(recording, recorded, itself), "a recording differs from itself");
    Log silent;
    for (std::size_t i = 0; i < recorded.trace.operations.size(); ++i) silent.end_operation();
    (void)compare_with_recording(recording, recorded, silent);
    running(nullptr);
  }
}

void recording(std::string_view text) {
  const auto read = parse_recording(text, "input");
  if (const auto* error = std::get_if<FileError>(&read)) return require(!error->message.empty(), "a silent error");
  const std::string printed = print_recording(std::get<Recording>(read));
  const auto again = parse_recording(printed, "printed");
  if (const auto* error = std::get_if<FileError>(&again)) fail("printed, not read: " + error->message);
  require(print_recording(std::get<Recording>(again)) == printed, "the printed recording reads otherwise");
  compare_all(std::get<Recording>(read));
}

// Programs for two profiles: the oldest has the most special cases.
void program(std::string_view text) {
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_11}) {
    const auto converted = convert_program(text, id);
    if (const auto* error = std::get_if<std::string>(&converted)) {
      require(!error->empty(), "a silent error");
      continue;
    }
    const Trace& trace = std::get<Trace>(converted);
    running(&trace);
    if (const auto defect = find_defect(trace)) fail("the converted program is not valid: " + *defect);
    require(trace == normalised(trace), "the converted program is not in normal form");
    running(nullptr);
  }
}

void foreign(std::string_view text) {
  const auto [traces, version] = divide(text);
  const auto read = parse_foreign(traces, version);
  if (const auto* error = std::get_if<FileError>(&read)) return require(!error->message.empty(), "a silent error");
  for (const ForeignProgram& each : std::get<ForeignRecording>(read).programs) program(each.text);
  const auto converted = convert_foreign(std::get<ForeignRecording>(read), ProfileId::python3_11);
  if (const auto* error = std::get_if<FileError>(&converted)) return require(!error->message.empty(), "a silent error");
  compare_all(std::get<Recording>(converted));
}

void compressed(std::string_view text) {
  if (!is_gzip(text)) {
    require(std::get<std::string>(gunzip(gzip(text), kUnpacked)) == text, "what was packed unpacks otherwise");
    return;
  }
  const auto unpacked = gunzip(text, kUnpacked);
  const auto* bytes = std::get_if<std::string>(&unpacked);
  require(bytes == nullptr || bytes->size() <= kUnpacked, "more was unpacked than is allowed");
}

void run(std::string_view input) {
  if (input.empty()) return;
  const std::string_view text = input.substr(1);
  switch (static_cast<unsigned char>(input[0] - 'A') % 6) {
    case 0:
      return answers(text);
    case 1:
      return log_of_trace(text);
    case 2:
      return recording(text);
    case 3:
      return foreign(text);
    case 4:
      return program(text);
    default:
      return compressed(text);
  }
}

}  // namespace
}  // namespace cyclecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cyclecheck::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}

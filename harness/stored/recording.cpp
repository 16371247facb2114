#include "harness/stored/recording.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/system/system.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kMagic = "cyclecheck-conformance ";

class Reader {
 public:
  Reader(std::string_view text, std::string path) : text_(text), path_(std::move(path)) {}

  std::variant<Recording, FileError> read() {
    Recording result;
    result.path = path_;
    if (!take("cyclecheck-conformance")) return error("expected 'cyclecheck-conformance 1'");
    if (rest_ != std::to_string(kRecordingVersion)) return error("this version of the format is not known");
    next_line();
    if (!take("interpreter") || rest_.empty()) return error("expected 'interpreter' and its name");
    result.interpreter = rest_;
    next_line();
    if (!take("observed") || (rest_ != "every" && rest_ != "full"))
      return error("expected 'observed every' or 'observed full'");
    result.observe = rest_ == "full" ? Observe::full : Observe::every;
    next_line();
    if (!take("events")) return error("expected 'events' and their kinds");
    for (std::string_view words = rest_; !words.empty();) {
      const std::string_view word = words.substr(0, words.find(' '));
      const auto kind = find_event(word);
      if (!kind) return error("'" + std::string(word) + "' is no kind of event");
      result.recorded.set(static_cast<std::size_t>(*kind));
      words.remove_prefix(std::min(words.size(), word.size() + 1));
    }
    next_line();
    while (!text_.empty()) {
      auto item = read_trace();
      if (auto* failed = std::get_if<FileError>(&item)) return *failed;
      result.traces.push_back(std::get<RecordedTrace>(std::move(item)));
    }
    return result;
  }

 private:
  std::variant<RecordedTrace, FileError> read_trace() {
    RecordedTrace result;
    result.line = line_;
    if (!take("trace") || rest_.empty()) return error("expected 'trace' and its name");
    result.name = rest_;
    next_line();
    const std::size_t trace_line = line_;
    const auto trace_text = section("log");
    if (!trace_text) return error("the file ends within trace '" + result.name + "'");
    auto trace = parse_trace(*trace_text);
    if (const auto* failed = std::get_if<TextError>(&trace)) return error(*failed, trace_line);
    result.trace = std::get<Trace>(std::move(trace));
    const std::size_t log_line = line_;
    const auto log_text = section("end");
    if (!log_text) return error("the file ends within the log of trace '" + result.name + "'");
    auto log = parse_log(*log_text, result.trace);
    if (const auto* failed = std::get_if<TextError>(&log)) return error(*failed, log_line);
    result.log = std::get<Log>(std::move(log));
    if (result.log.operations() != result.trace.operations.size()) {
      return error("the log of trace '" + result.name + "' ends before the trace does");
    }
    return result;
  }

  [[nodiscard]] std::string_view line() const { return text_.substr(0, text_.find('\n')); }

  void next_line() {
    text_.remove_prefix(std::min(text_.size(), line().size() + 1));
    ++line_;
  }

  // Whether the line begins with a word; then rest_ is what follows it.
  bool take(std::string_view word) {
    const std::string_view whole = line();
    if (!whole.starts_with(word)) return false;
    rest_ = whole.substr(word.size());
    if (!rest_.empty() && rest_.front() != ' ') return false;
    if (!rest_.empty()) rest_.remove_prefix(1);
    return true;
  }

  // The lines up to one that is `last`, which is passed over. None if the text ends before.
  std::optional<std::string_view> section(std::string_view last) {
    const std::string_view begin = text_;
    while (!text_.empty()) {
      if (line() == last) {
        const std::string_view found = begin.substr(0, begin.size() - text_.size());
        next_line();
        return found;
      }
      next_line();
    }
    return std::nullopt;
  }

  [[nodiscard]] FileError error(const std::string& message) const {
    return {path_ + ":" + std::to_string(line_) + ": " + message};
  }
  [[nodiscard]] FileError error(const TextError& failed, std::size_t first_line) const {
    TextError moved = failed;
    moved.line += first_line - 1;
    return {to_string(moved, path_)};
  }

  std::string_view text_;
  std::string path_;
  std::string_view rest_;
  std::size_t line_ = 1;
};

}  // namespace

std::string where(const Recording& recording, const RecordedTrace& trace) {
  if (trace.line == 0) return recording.path;
  return recording.path + ":" + std::to_string(trace.line);
}

EventSet all_recorded_kinds() {
  EventSet kinds;
  kinds.set();
  kinds.reset(static_cast<std::size_t>(EventKind::digest));
  return kinds;
}

bool is_recording_file(std::string_view path) {
  return path.ends_with(".conformance") || path.ends_with(".conformance.gz");
}

std::variant<Recording, FileError> read_recording(const std::string& path) {
  const auto text = read_plain_or_gzip(path);
  if (const auto* error = std::get_if<FileError>(&text)) return *error;
  return parse_recording(std::get<std::string>(text), path);
}

std::variant<Recording, FileError> parse_recording(std::string_view text, const std::string& path) {
  return Reader(text, path).read();
}

std::string print_recording(const Recording& recording) {
  std::string text = std::string(kMagic).append(std::to_string(kRecordingVersion)).append("\n");
  text.append("interpreter ").append(recording.interpreter).append("\nobserved ");
  text.append(recording.observe == Observe::full ? "full" : "every").append("\nevents");
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    if (recording.recorded.test(kind)) text.append(" ").append(info(static_cast<EventKind>(kind)).word);
  }
  text.append("\n");
  for (const RecordedTrace& item : recording.traces) {
    text.append("trace ").append(item.name).append("\n").append(print_trace(item.trace)).append("log\n");
    text.append(print_log(item.log, item.trace)).append("end\n");
  }
  return text;
}

std::variant<std::monostate, FileError> write_recording(const Recording& recording, const std::string& path) {
  const std::string text = print_recording(recording);
  return write_file(path, path.ends_with(".gz") ? gzip(text) : text);
}

}  // namespace cyclecheck

#include "trace/log_text.hpp"

#include <charconv>
#include <map>
#include <utility>

#include "trace/normal_form.hpp"
#include "trace/text_scanner.hpp"

namespace cyclecheck {
namespace {

using detail::LineReader;
using detail::LineScanner;
using detail::ParseFailure;
using detail::quoted;

constexpr std::string_view kTuple = "(callbacks)";
constexpr std::string_view kAttributes = ".__dict__";
constexpr std::string_view kFrame = ".gi_frame";

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::map<std::string_view, Name> names_by_spelling(const Trace& trace) {
  std::map<std::string_view, Name> names;
  for (std::size_t i = 0; i < trace.names.size(); ++i) {
    names.emplace(trace.names[i], Name{static_cast<std::uint16_t>(i)});
  }
  return names;
}

// Takes pieces between blanks from a line; a label is one piece whatever marks it contains.
class Pieces {
 public:
  Pieces(std::string_view line, std::size_t line_number) : line_(line), line_number_(line_number) { advance(); }

  [[nodiscard]] std::string_view peek() const { return piece_; }
  [[nodiscard]] bool at_end() const { return piece_.empty(); }

  std::string_view take() {
    const std::string_view taken = piece_;
    end_ = begin_ + taken.size();
    advance();
    return taken;
  }

  [[noreturn]] void fail_expected(std::string_view what) const {
    std::string message = std::string("expected ").append(what);
    const std::size_t start = line_.find_first_not_of(" \t");
    if (end_ > start) message.append(" after ").append(quoted(line_.substr(start, end_ - start)));
    message.append(", found ").append(at_end() ? "end of line" : quoted(piece_));
    fail(std::move(message));
  }

  [[noreturn]] void fail(std::string message) const {
    throw ParseFailure({line_number_, (at_end() ? end_ : begin_) + 1, std::move(message)});
  }

  std::uint32_t take_number() {
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(piece_.data(), piece_.data() + piece_.size(), value);
    if (at_end() || problem != std::errc{} || end != piece_.data() + piece_.size()) fail_expected("a number");
    take();
    return value;
  }

 private:
  void advance() {
    begin_ = end_;
    while (begin_ < line_.size() && is_space(line_[begin_])) ++begin_;
    std::size_t stop = begin_;
    while (stop < line_.size() && !is_space(line_[stop])) ++stop;
    piece_ = line_.substr(begin_, stop - begin_);
  }

  std::string_view line_;
  std::size_t line_number_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string_view piece_;
};

class LogParser {
 public:
  LogParser(std::string_view text, const Trace& trace)
      : lines_(text), trace_(trace), names_(names_by_spelling(trace)), name_count_(name_count(trace)) {}

  Log run() {
    parse_version();
    bool has_operation = false;
    while (next_line()) {
      if (!is_space(line_.front())) {
        if (has_operation) log_.end_operation();
        parse_operation();
        has_operation = true;
      } else if (has_operation) {
        parse_event();
      } else {
        Pieces(line_, lines_.number()).fail_expected("'0:' and the first operation");
      }
    }
    if (has_operation) log_.end_operation();
    return std::move(log_);
  }

 private:
  // Moves to the next line that is neither blank nor a comment.
  bool next_line() {
    while (lines_.next(line_)) {
      const std::size_t start = line_.find_first_not_of(" \t");
      if (start != std::string_view::npos && line_[start] != '#') return true;
    }
    return false;
  }

  void parse_version() {
    const std::string version = std::to_string(kLogVersion);
    if (!next_line()) {
      throw ParseFailure(
          {lines_.number() + 1, 1, "expected 'cyclecheck-log " + version + "', found the end of the text"});
    }
    LineScanner line(line_, lines_.number());
    line.expect("cyclecheck-log");
    if (!line.next_is(version)) line.fail_expected("version " + version + ", the only one that is known,");
    line.take();
    line.expect_end();
  }

  void parse_operation() {
    const std::size_t index = next_operation_++;
    Pieces pieces(line_, lines_.number());
    if (index >= trace_.operations.size()) {
      pieces.fail("the trace has only " + std::to_string(index) + " operations");
    }
    const std::string number = std::to_string(index) + ":";
    if (pieces.peek() != number) pieces.fail_expected("'" + number + "' and an operation, or an indented event");
    pieces.take();
    const std::string operation = to_string(trace_.operations[index], trace_);
    std::string_view rest =
        pieces.at_end() ? std::string_view{} : line_.substr(line_.find(pieces.peek(), number.size()));
    rest = rest.substr(0, rest.find_last_not_of(" \t") + 1);
    if (rest != operation) pieces.fail("expected '" + operation + "', the operation of the trace");
  }

  void parse_event() {
    Pieces pieces(line_, lines_.number());
    const auto kind = find_event(pieces.peek());
    if (!kind) pieces.fail_expected("an event");
    pieces.take();
    const EventInfo& row = info(*kind);
    Event event;
    event.kind = *kind;
    if (row.has_label) {
      if (pieces.peek() == "None") {
        event.none = true;
      } else {
        event.label = parse_label(pieces);
      }
      pieces.take();
    }
    for (std::uint8_t i = 0; i < row.numbers; ++i) event.number[i] = pieces.take_number();
    if (!pieces.at_end()) pieces.fail_expected("the end of the line");
    log_.add(event);
  }

  // name, name#serial, either with .__dict__ or .gi_frame, or (callbacks).
  [[nodiscard]] Label parse_label(const Pieces& pieces) const {
    std::string_view text = pieces.peek();
    Label label;
    if (text == kTuple) {
      label.part = Part::callback_tuple;
      return label;
    }
    if (text.ends_with(kAttributes)) {
      label.part = Part::attributes;
      text.remove_suffix(kAttributes.size());
    } else if (text.ends_with(kFrame)) {
      label.part = Part::frame;
      text.remove_suffix(kFrame.size());
    }
    const std::size_t mark = text.find('#');
    if (mark != std::string_view::npos) {
      const std::string_view serial = text.substr(mark + 1);
      const auto [end, problem] = std::from_chars(serial.data(), serial.data() + serial.size(), label.serial);
      // The first object of a name has no number in print, so #0 would not come back as it was.
      if (problem != std::errc{} || end != serial.data() + serial.size() || label.serial == 0) {
        pieces.fail_expected("a label such as 'x', 'x#2' or 'x.__dict__'");
      }
      text = text.substr(0, mark);
    }
    const auto name = find_name(text);
    if (!name) pieces.fail_expected("a label with a name of the trace");
    label.name = *name;
    return label;
  }

  [[nodiscard]] std::optional<Name> find_name(std::string_view word) const {
    const auto found = names_.find(word);
    if (found != names_.end()) return found->second;
    const auto name = name_of_default_spelling(word);
    if (!name || name->value < trace_.names.size() || name->value >= name_count_) return std::nullopt;
    return name;
  }

  LineReader lines_;
  std::string_view line_;
  const Trace& trace_;
  std::map<std::string_view, Name> names_;
  std::uint32_t name_count_;
  std::size_t next_operation_ = 0;
  Log log_;
};

}  // namespace

std::optional<EventKind> find_event(std::string_view word) {
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<EventKind>(i);
    if (info(kind).word == word) return kind;
  }
  return std::nullopt;
}

std::string print_log(const Log& log, const Trace& trace) {
  std::string text = "cyclecheck-log " + std::to_string(kLogVersion) + "\n";
  for (std::size_t i = 0; i < log.operations(); ++i) {
    text.append(std::to_string(i)).append(": ").append(to_string(trace.operations[i], trace)).append("\n");
    for (const Event& event : log.of(i)) text.append("  ").append(to_string(event, trace)).append("\n");
  }
  return text;
}

std::variant<Log, TextError> parse_log(std::string_view text, const Trace& trace) {
  try {
    return LogParser(text, trace).run();
  } catch (const ParseFailure& failure) {
    return failure.error();
  }
}

}  // namespace cyclecheck

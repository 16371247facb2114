#include "harness/stored/conformance.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "harness/system/system.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kMagic = "cyclecheck-conformance ";

// What the format of harness/stored/recording.hpp records.
constexpr std::array kRecordedKinds{
    EventKind::died,
    EventKind::finalizer,
    EventKind::raised,
    EventKind::callback,
    EventKind::collect,
    EventKind::returned,
    EventKind::garbage,
    EventKind::ran,
    EventKind::members,
    EventKind::listed,
    EventKind::count,
    EventKind::debug_collectable,
    EventKind::debug_uncollectable,
};

bool is_debug_line(EventKind kind) { return kind >= EventKind::debug_collecting && kind <= EventKind::debug_done; }

// --- reading ---

class Reader {
 public:
  Reader(std::string_view text, std::string path) : text_(text), path_(std::move(path)) {}

  std::variant<Conformance, FileError> read() {
    Conformance result;
    if (!take("cyclecheck-conformance")) return error("expected 'cyclecheck-conformance 1'");
    if (rest_ != std::to_string(kConformanceVersion)) return error("this version of the format is not known");
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
      auto item = read_case();
      if (auto* failed = std::get_if<FileError>(&item)) return *failed;
      result.cases.push_back(std::get<ConformanceCase>(std::move(item)));
    }
    return result;
  }

 private:
  std::variant<ConformanceCase, FileError> read_case() {
    ConformanceCase result;
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

// --- converting ---

Label label_of(const Trace& trace, const RecordedObject& object) {
  const std::string word = std::string(object.is_weak ? "w" : "n").append(std::to_string(object.number));
  const auto found = std::find(trace.names.begin(), trace.names.end(), word);
  return {{static_cast<std::uint16_t>(found - trace.names.begin())}, Part::object, 0};
}

// The numbers of the recordings' format as events. `raised` names the owner of the script by its number alone: it is
// the object or weak reference of this number whose script was entered last.
Event event_of(const Trace& trace, std::span<const std::uint32_t> before, std::uint32_t number) {
  constexpr std::uint32_t kStep = 10000;
  const std::uint32_t value = number % kStep;
  const auto label = [&](bool is_weak) { return label_of(trace, {is_weak, value}); };
  switch (number / kStep) {
    case 0:
      return Event::of(EventKind::died, label(false));
    case 1:
      return Event::of(EventKind::finalizer, label(false));
    case 2:
      return Event::of(EventKind::callback, label(true));
    case 3:
      return Event::numbers(EventKind::collect, value);
    case 4:
      return Event::numbers(EventKind::returned, value);
    default:
      break;
  }
  const auto entered = std::find_if(before.rbegin(), before.rend(), [&](std::uint32_t earlier) {
    return earlier == kStep + value || earlier == 2 * kStep + value;
  });
  return Event::of(EventKind::raised, label(entered != before.rend() && *entered == 2 * kStep + value));
}

void add_events(const Trace& trace, const Operation& operation, const Record& record, Log& log) {
  const bool collects = operation.code == OpCode::collect;
  if (collects) log.add(Event::numbers(EventKind::collect, static_cast<std::uint32_t>(operation.number[0])));
  const std::span<const std::uint32_t> events = record.events;
  for (std::size_t i = 0; i < events.size(); ++i) log.add(event_of(trace, events.first(i), events[i]));
  for (const RecordedDebugLine& line : record.debug) {
    log.add(Event::of(line.is_collectable ? EventKind::debug_collectable : EventKind::debug_uncollectable,
                      label_of(trace, line.object)));
  }
  if (record.returned) log.add(Event::numbers(EventKind::returned, *record.returned));
}

void add_lists(const Trace& trace, const Record& record, Log& log) {
  const auto& lists = *record.generations;
  const auto size = [&](std::size_t g) { return static_cast<std::uint32_t>(lists[g].size()); };
  log.add(Event::numbers(EventKind::members, size(0), size(1), size(2)));
  for (std::uint32_t g = 0; g < 3; ++g) {
    for (const RecordedObject& object : lists[g]) {
      Event event = Event::of(EventKind::listed, label_of(trace, object));
      event.number[0] = g;
      log.add(event);
    }
  }
}

Event count_event(const std::array<std::uint32_t, 3>& count) {
  return Event::numbers(EventKind::count, count[0], count[1], count[2]);
}

// What did not change since the operation before is left out.
ConformanceCase convert(const Recording& recording, Trace trace) {
  ConformanceCase result;
  result.name = recording.id;
  std::vector<Operation> operations;
  const Record* last = nullptr;
  for (std::size_t i = 0; i < recording.records.size(); ++i) {
    const Record& record = recording.records[i];
    const Operation& operation = trace.operations[i];
    operations.push_back(operation);
    add_events(trace, operation, record, result.log);
    const auto& ran = record.collections;
    if (ran != std::array<std::uint32_t, 3>{}) result.log.add(Event::numbers(EventKind::ran, ran[0], ran[1], ran[2]));
    if (record.generations && (last == nullptr || last->generations != record.generations)) {
      add_lists(trace, record, result.log);
    }
    if (record.count && (last == nullptr || last->count != record.count)) result.log.add(count_event(*record.count));
    result.log.end_operation();

    const bool garbage_changed = last == nullptr ? !record.garbage.empty() : last->garbage != record.garbage;
    last = &record;
    if (!garbage_changed) continue;
    operations.emplace_back().code = OpCode::garbage;
    for (const RecordedObject& object : record.garbage) {
      result.log.add(Event::of(EventKind::garbage, label_of(trace, object)));
    }
    result.log.end_operation();
  }
  trace.operations = std::move(operations);
  result.trace = std::move(trace);
  return result;
}

// --- comparing ---

// What an operation's events say, in the parts that are compared.
struct Parts {
  std::vector<Event> events;
  // Debug lines go to another stream than everything else, so their place among the events is not recorded.
  std::vector<Event> debug;
  // The answer of an operation `collect`: recordings keep it apart from the events.
  std::vector<Event> answer;
  // `members` and `listed`, `count`: those of the last operation that has any. (`get_count` answers the same `count`.)
  std::vector<Event> lists;
  std::vector<Event> count;
};

// Reads the operations of a log one after the other.
class PartReader {
 public:
  PartReader(const Conformance& conformance, const Trace& trace, const Log& log)
      : conformance_(conformance), trace_(trace), log_(log) {}

  const Parts& read(std::size_t operation) {
    parts_.events.clear();
    parts_.debug.clear();
    parts_.answer.clear();
    if (conformance_.observe == Observe::full) {
      parts_.lists.clear();
      parts_.count.clear();
    }
    std::vector<Event> lists;
    std::optional<Event> count;
    for (const Event& event : log_.of(operation)) {
      if (!conformance_.recorded.test(static_cast<std::size_t>(event.kind))) continue;
      if (event.kind == EventKind::members || event.kind == EventKind::listed) {
        lists.push_back(event);
      } else if (event.kind == EventKind::count) {
        count = event;
      } else if (is_debug_line(event.kind)) {
        parts_.debug.push_back(event);
      } else {
        parts_.events.push_back(event);
      }
    }
    if (trace_.operations[operation].code == OpCode::collect) take_answer();
    if (!lists.empty()) parts_.lists = std::move(lists);
    if (count) parts_.count = {*count};
    return parts_;
  }

 private:
  void take_answer() {
    const auto last = std::find_if(parts_.events.rbegin(), parts_.events.rend(),
                                   [](const Event& event) { return event.kind == EventKind::returned; });
    if (last == parts_.events.rend()) return;
    parts_.answer.push_back(*last);
    parts_.events.erase(std::next(last).base());
  }

  const Conformance& conformance_;
  const Trace& trace_;
  const Log& log_;
  Parts parts_;
};

std::string words(const std::vector<Event>& events, const Trace& trace) {
  std::string text;
  for (const Event& event : events) text.append(text.empty() ? "" : ", ").append(to_string(event, trace));
  return text.empty() ? "nothing" : text;
}

// Counts, kind by kind, which of the expected events stand in the same place among those of their kind.
void count(const std::vector<Event>& expected, const std::vector<Event>& found, ConformanceSummary& summary) {
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    const auto is_kind = [&](const Event& event) { return event.kind == static_cast<EventKind>(kind); };
    auto other = std::find_if(found.begin(), found.end(), is_kind);
    for (const Event& event : expected) {
      if (!is_kind(event)) continue;
      ++summary.recorded[kind];
      if (other == found.end()) continue;
      if (*other == event) ++summary.agreed[kind];
      other = std::find_if(std::next(other), found.end(), is_kind);
    }
  }
}

std::optional<ConformanceDifference> compare(const Conformance& conformance, const ConformanceCase& item,
                                             const Log& log, ConformanceSummary& summary) {
  std::optional<ConformanceDifference> first;
  PartReader expected_reader(conformance, item.trace, item.log);
  PartReader found_reader(conformance, item.trace, log);
  for (std::size_t i = 0; i < item.log.operations(); ++i) {
    const Parts& expected = expected_reader.read(i);
    const Parts& found = found_reader.read(i);
    for (const auto part : {&Parts::events, &Parts::debug, &Parts::answer, &Parts::lists, &Parts::count}) {
      count(expected.*part, found.*part, summary);
      if (first || expected.*part == found.*part) continue;
      first = ConformanceDifference{i, words(expected.*part, item.trace), words(found.*part, item.trace)};
    }
  }
  return first;
}

}  // namespace

bool is_conformance_file(std::string_view path) {
  return path.ends_with(".conformance") || path.ends_with(".conformance.gz");
}

std::variant<Conformance, FileError> read_conformance(const std::string& path) {
  auto bytes = read_file(path);
  if (const auto* error = std::get_if<FileError>(&bytes)) return *error;
  std::string text = std::get<std::string>(std::move(bytes));
  if (is_gzip(text)) {
    auto unpacked = gunzip(text, kMaxFileSize);
    if (const auto* error = std::get_if<GzipError>(&unpacked)) return FileError{path + ": " + error->message};
    text = std::get<std::string>(std::move(unpacked));
  }
  return parse_conformance(text, path);
}

std::variant<Conformance, FileError> parse_conformance(std::string_view text, const std::string& name) {
  return Reader(text, name).read();
}

std::string print_conformance(const Conformance& conformance) {
  std::string text = std::string(kMagic).append(std::to_string(kConformanceVersion)).append("\n");
  text.append("interpreter ").append(conformance.interpreter).append("\nobserved ");
  text.append(conformance.observe == Observe::full ? "full" : "every").append("\nevents");
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    if (conformance.recorded.test(kind)) text.append(" ").append(info(static_cast<EventKind>(kind)).word);
  }
  text.append("\n");
  for (const ConformanceCase& item : conformance.cases) {
    text.append("trace ").append(item.name).append("\n").append(print_trace(item.trace)).append("log\n");
    text.append(print_log(item.log, item.trace)).append("end\n");
  }
  return text;
}

std::variant<std::monostate, FileError> write_conformance(const Conformance& conformance, const std::string& path) {
  const std::string text = print_conformance(conformance);
  return write_file(path, path.ends_with(".gz") ? gzip(text) : text);
}

std::variant<Conformance, FileError> convert_recordings(const std::vector<Recording>& recordings, ProfileId profile,
                                                        const std::string& interpreter) {
  Conformance result;
  result.interpreter = interpreter;
  for (const EventKind kind : kRecordedKinds) result.recorded.set(static_cast<std::size_t>(kind));
  for (const Recording& recording : recordings) {
    auto trace = convert_program(recording.program, profile);
    if (const auto* message = std::get_if<std::string>(&trace)) return FileError{recording.where + ": " + *message};
    result.cases.push_back(convert(recording, std::get<Trace>(std::move(trace))));
  }
  return result;
}

std::bitset<kEventKinds> all_recorded_kinds() {
  std::bitset<kEventKinds> kinds;
  kinds.set();
  kinds.reset(static_cast<std::size_t>(EventKind::digest));
  return kinds;
}

void add_case(Conformance& conformance, std::string name, const Trace& trace, const Log& log) {
  conformance.cases.push_back({std::move(name), 0, trace, log});
}

ConformanceSummary check_conformance(
    const Conformance& conformance, Subject& subject,
    const std::function<void(const ConformanceCase&, const ConformanceDifference&)>& on_disagreement) {
  ConformanceSummary summary;
  Log log;
  for (const ConformanceCase& item : conformance.cases) {
    ++summary.traces;
    subject.run(item.trace, conformance.observe, log);
    const auto difference = compare(conformance, item, log, summary);
    if (difference) {
      on_disagreement(item, *difference);
    } else {
      ++summary.agree;
    }
  }
  return summary;
}

}  // namespace cyclecheck

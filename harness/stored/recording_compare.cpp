// Logs against recordings: compare_with_recording of harness/stored/recording.hpp.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "harness/stored/recording.hpp"

namespace cyclecheck {
namespace {

// The first number of each kind of recorded event.
constexpr std::uint32_t kEventStep = 10000;
// The last one never stands in a record: weak references have no token.
enum class RecordedEvent : std::uint8_t { died, finalizer, callback, collect, returned, raised, weak_died };
constexpr std::array<std::string_view, 7> kEventWords{"died",     "finalizer", "callback",           "collect",
                                                      "returned", "raised",    "weak reference died"};

constexpr std::array<std::string_view, 7> kPartWords{"events", "returned",    "garbage", "collections",
                                                     "count",  "generations", "debug"};

// What a log says about one operation, in the terms of a record.
struct Found {
  std::vector<std::uint32_t> events;
  std::optional<std::uint32_t> returned;
  std::vector<RecordedObject> garbage;
  std::array<std::uint32_t, 3> collections{};
  std::array<std::uint32_t, 3> count{};
  std::array<std::vector<RecordedObject>, 3> generations;
  std::vector<RecordedDebugLine> debug;
};

// The objects of a trace's names, which convert_program spelled n7 or w7.
std::vector<RecordedObject> objects_of_names(const Trace& trace) {
  std::vector<RecordedObject> objects;
  for (const std::string& name : trace.names) {
    RecordedObject object;
    object.is_weak = name.starts_with('w');
    std::from_chars(name.data() + 1, name.data() + name.size(), object.number);
    objects.push_back(object);
  }
  return objects;
}

class LogReader {
 public:
  LogReader(const Trace& trace, const Log& log) : trace_(trace), log_(log), objects_(objects_of_names(trace)) {}

  // REQUIRES: the log has the groups of the operation and of the `garbage` after it.
  [[nodiscard]] Found read(std::size_t operation) const {
    Found found;
    const auto events = log_.of(2 * operation);
    if (trace_.operations[operation].code == OpCode::collect) {
      // A record keeps the answer of an operation `collect` apart and logs only nested ones. The operation's own two
      // events are the first `collect` and the last `returned`.
      const auto is_own = [](EventKind kind) { return [kind](const Event& event) { return event.kind == kind; }; };
      const auto first = std::find_if(events.begin(), events.end(), is_own(EventKind::collect));
      const auto last = std::find_if(events.rbegin(), events.rend(), is_own(EventKind::returned));
      if (last != events.rend()) found.returned = last->number[0];
      const Event* begins = first == events.end() ? nullptr : &*first;
      const Event* ends = last == events.rend() ? nullptr : &*last;
      for (const Event& event : events) {
        if (&event != begins && &event != ends) add(event, found);
      }
    } else {
      for (const Event& event : events) add(event, found);
    }
    for (const Event& event : log_.of(2 * operation + 1)) {
      if (event.kind == EventKind::garbage) found.garbage.push_back(object(event.label));
    }
    return found;
  }

 private:
  [[nodiscard]] RecordedObject object(const Label& label) const {
    return label.name.value < objects_.size() ? objects_[label.name.value] : RecordedObject{};
  }

  static void add_event(Found& found, RecordedEvent kind, std::uint32_t number) {
    found.events.push_back(static_cast<std::uint32_t>(kind) * kEventStep + number);
  }

  void add(const Event& event, Found& found) const {
    switch (event.kind) {
      case EventKind::died:
        if (object(event.label).is_weak) return add_event(found, RecordedEvent::weak_died, object(event.label).number);
        return add_event(found, RecordedEvent::died, object(event.label).number);
      case EventKind::finalizer:
        return add_event(found, RecordedEvent::finalizer, object(event.label).number);
      case EventKind::callback:
        return add_event(found, RecordedEvent::callback, object(event.label).number);
      case EventKind::raised:
        return add_event(found, RecordedEvent::raised, object(event.label).number);
      case EventKind::collect:
        return add_event(found, RecordedEvent::collect, event.number[0]);
      case EventKind::returned:
        return add_event(found, RecordedEvent::returned, event.number[0]);
      case EventKind::ran:
        std::copy(std::begin(event.number), std::end(event.number), found.collections.begin());
        return;
      case EventKind::count:
        std::copy(std::begin(event.number), std::end(event.number), found.count.begin());
        return;
      case EventKind::listed:
        if (event.label.part == Part::object && event.number[0] < 3) {
          found.generations[event.number[0]].push_back(object(event.label));
        }
        return;
      case EventKind::debug_collectable:
      case EventKind::debug_uncollectable:
        found.debug.push_back({event.kind == EventKind::debug_collectable, object(event.label)});
        return;
      default:
        return;
    }
  }

  const Trace& trace_;
  const Log& log_;
  std::vector<RecordedObject> objects_;
};

// ---- words

std::string words(std::uint32_t number) { return std::to_string(number); }

std::string words(const RecordedObject& object) {
  std::string text = object.is_weak ? "w" : "n";
  return text.append(std::to_string(object.number));
}

std::string words(const RecordedDebugLine& line) {
  std::string text = line.is_collectable ? "collectable " : "uncollectable ";
  return text.append(words(line.object));
}

template <typename List>
std::string list_words(const List& list) {
  std::string text;
  for (const auto& element : list) text.append(text.empty() ? "" : ", ").append(words(element));
  return text.empty() ? "nothing" : text;
}

std::string event_words(const std::vector<std::uint32_t>& events) {
  std::string text;
  for (const std::uint32_t event : events) {
    const std::size_t kind = std::min<std::size_t>(event / kEventStep, kEventWords.size() - 1);
    text.append(text.empty() ? "" : ", ").append(kEventWords[kind]).append(" ");
    text.append(std::to_string(event - kind * kEventStep));
  }
  return text.empty() ? "nothing" : text;
}

std::string generation_words(const std::array<std::vector<RecordedObject>, 3>& generations) {
  std::string text;
  for (const auto& generation : generations) {
    text.append(text.empty() ? "[" : " [").append(list_words(generation)).append("]");
  }
  return text;
}

std::string optional_words(const std::optional<std::uint32_t>& number) {
  return number ? std::to_string(*number) : "nothing";
}

std::vector<RecordDifference> compare(std::size_t operation, const Record& record, const Found& found) {
  std::vector<RecordDifference> differences;
  const auto add = [&](RecordPart part, std::string expected, std::string actual) {
    differences.push_back({operation, part, std::move(expected), std::move(actual)});
  };
  if (record.events != found.events) {
    add(RecordPart::events, event_words(record.events), event_words(found.events));
  }
  if (record.returned != found.returned) {
    add(RecordPart::returned, optional_words(record.returned), optional_words(found.returned));
  }
  if (record.garbage != found.garbage) {
    add(RecordPart::garbage, list_words(record.garbage), list_words(found.garbage));
  }
  if (record.collections != found.collections) {
    add(RecordPart::collections, list_words(record.collections), list_words(found.collections));
  }
  if (record.count && *record.count != found.count) {
    add(RecordPart::count, list_words(*record.count), list_words(found.count));
  }
  if (record.generations && *record.generations != found.generations) {
    add(RecordPart::generations, generation_words(*record.generations), generation_words(found.generations));
  }
  if (record.debug != found.debug) add(RecordPart::debug, list_words(record.debug), list_words(found.debug));
  return differences;
}

}  // namespace

std::string_view to_string(RecordPart part) { return kPartWords[static_cast<std::size_t>(part)]; }

std::vector<RecordDifference> compare_with_recording(const Recording& recording, const Trace& trace, const Log& log) {
  const LogReader reader(trace, log);
  for (std::size_t i = 0; i < recording.records.size(); ++i) {
    if (log.operations() < 2 * i + 2) return {{i, RecordPart::events, "the events of the operation", "the log's end"}};
    auto differences = compare(i, recording.records[i], reader.read(i));
    if (!differences.empty()) return differences;
  }
  return {};
}

}  // namespace cyclecheck

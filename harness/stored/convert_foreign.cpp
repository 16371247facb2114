#include "harness/stored/convert_foreign.hpp"

#include <array>
#include <span>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "harness/stored/foreign_program.hpp"
#include "trace/operation.hpp"

namespace cyclecheck {
namespace {

// What every foreign recording tells.
constexpr std::array kAlways{
    EventKind::died,
    EventKind::finalizer,
    EventKind::raised,
    EventKind::callback,
    EventKind::collect,
    EventKind::returned,
    EventKind::garbage,
    EventKind::ran,
    EventKind::debug_collectable,
    EventKind::debug_uncollectable,
};

// What is wrong with a record.
class Problem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The numbers of recorded events: a kind, times this, plus the object or number.
constexpr std::uint32_t kStep = 10000;

// Makes the log of one program.
class LogMaker {
 public:
  explicit LogMaker(const Trace& trace) {
    for (std::size_t i = 0; i < trace.names.size(); ++i) {
      names_[trace.names[i]] = Name{static_cast<std::uint16_t>(i)};
    }
  }

  // The events of an operation, and those of the `garbage` behind it.
  void add(const Operation& operation, const ForeignRecord& record, Log& log) const {
    add_events(operation, record, log);
    const auto& ran = record.collections;
    if (ran != std::array<std::uint32_t, 3>{}) log.add(Event::numbers(EventKind::ran, ran[0], ran[1], ran[2]));
    if (record.generations) add_lists(*record.generations, log);
    if (const auto& count = record.count) {
      log.add(Event::numbers(EventKind::count, (*count)[0], (*count)[1], (*count)[2]));
    }
    log.end_operation();
    for (const ForeignObject& object : record.garbage) log.add(Event::of(EventKind::garbage, label(object)));
    log.end_operation();
  }

 private:
  [[nodiscard]] Label label(const ForeignObject& object) const {
    const std::string name = std::string(object.is_weak ? "w" : "n").append(std::to_string(object.number));
    const auto found = names_.find(name);
    if (found == names_.end()) throw Problem("the program does not have the object " + name);
    return {found->second, Part::object, 0};
  }

  // `raised` names the owner of the script by its number alone: it is the object or weak reference of this number whose
  // script was entered last.
  [[nodiscard]] Event event(std::span<const std::uint32_t> before, std::uint32_t number) const {
    const std::uint32_t value = number % kStep;
    switch (number / kStep) {
      case 0:
        return Event::of(EventKind::died, label({false, value}));
      case 1:
        return Event::of(EventKind::finalizer, label({false, value}));
      case 2:
        return Event::of(EventKind::callback, label({true, value}));
      case 3:
        return Event::numbers(EventKind::collect, value);
      case 4:
        return Event::numbers(EventKind::returned, value);
      case 5:
        break;
      default:
        throw Problem("expected events from 0 to 59999, found " + std::to_string(number));
    }
    bool is_weak = false;
    for (const std::uint32_t earlier : before) {
      if (earlier == kStep + value) is_weak = false;
      if (earlier == 2 * kStep + value) is_weak = true;
    }
    return Event::of(EventKind::raised, label({is_weak, value}));
  }

  void add_events(const Operation& operation, const ForeignRecord& record, Log& log) const {
    const bool collects = operation.code == OpCode::collect;
    if (collects) log.add(Event::numbers(EventKind::collect, static_cast<std::uint32_t>(operation.number[0])));
    const std::span<const std::uint32_t> events = record.events;
    for (std::size_t i = 0; i < events.size(); ++i) log.add(event(events.first(i), events[i]));
    for (const ForeignDebugLine& line : record.debug) {
      log.add(Event::of(line.is_collectable ? EventKind::debug_collectable : EventKind::debug_uncollectable,
                        label(line.object)));
    }
    if (record.returned) log.add(Event::numbers(EventKind::returned, *record.returned));
  }

  void add_lists(const std::array<std::vector<ForeignObject>, 3>& lists, Log& log) const {
    const auto size = [&](std::size_t g) { return static_cast<std::uint32_t>(lists[g].size()); };
    log.add(Event::numbers(EventKind::members, size(0), size(1), size(2)));
    for (std::uint32_t g = 0; g < 3; ++g) {
      for (const ForeignObject& object : lists[g]) {
        Event listed = Event::of(EventKind::listed, label(object));
        listed.number[0] = g;
        log.add(listed);
      }
    }
  }

  std::unordered_map<std::string, Name> names_;
};

class Converter {
 public:
  Converter(const ForeignRecording& foreign, ProfileId profile) : foreign_(foreign), profile_(profile) {}

  std::variant<Recording, FileError> convert() {
    Recording result;
    result.path = foreign_.traces_path;
    result.interpreter = "CPython " + std::string(profile(profile_).name.substr(std::string_view("python").size()));
    for (const EventKind kind : kAlways) result.recorded.set(static_cast<std::size_t>(kind));
    for (const ForeignProgram& program : foreign_.programs) {
      auto trace = convert_program(program.text, profile_);
      if (const auto* message = std::get_if<std::string>(&trace)) {
        return FileError{at_line(foreign_.traces_path, program.text_line) + ": " + *message};
      }
      std::size_t operation = 0;
      try {
        result.traces.push_back(convert(program, std::get<Trace>(std::move(trace)), operation));
      } catch (const Problem& problem) {
        return FileError{at_line(foreign_.version_path, program.records_line) + ": record " +
                         std::to_string(operation) + ": " + problem.what()};
      }
    }
    if (has_count_.value_or(false)) result.recorded.set(static_cast<std::size_t>(EventKind::count));
    if (has_lists_.value_or(false)) {
      result.recorded.set(static_cast<std::size_t>(EventKind::members));
      result.recorded.set(static_cast<std::size_t>(EventKind::listed));
    }
    return result;
  }

 private:
  RecordedTrace convert(const ForeignProgram& program, Trace trace, std::size_t& operation) {
    RecordedTrace result{program.id, program.text_line, {}, {}};
    const LogMaker maker(trace);
    std::vector<Operation> operations;
    for (operation = 0; operation < program.records.size(); ++operation) {
      const ForeignRecord& record = program.records[operation];
      like_others("c", record.count.has_value(), has_count_);
      like_others("g", record.generations.has_value(), has_lists_);
      operations.push_back(trace.operations[operation]);
      operations.emplace_back().code = OpCode::garbage;
      maker.add(trace.operations[operation], record, result.log);
    }
    trace.operations = std::move(operations);
    result.trace = std::move(trace);
    return result;
  }

  static void like_others(const char* key, bool has, std::optional<bool>& others) {
    if (others.value_or(has) != has) {
      throw Problem(
          std::string(has ? "has" : "lacks").append(" the key '").append(key).append("', unlike records before"));
    }
    others = has;
  }

  const ForeignRecording& foreign_;
  const ProfileId profile_;
  // Whether the records tell these; nothing: no record has been read.
  std::optional<bool> has_count_;
  std::optional<bool> has_lists_;
};

}  // namespace

std::variant<Recording, FileError> convert_foreign(const ForeignRecording& foreign, ProfileId profile) {
  return Converter(foreign, profile).convert();
}

std::variant<Recording, FileError> read_foreign_as_recording(const std::string& traces_path,
                                                             const std::string& version_path, ProfileId profile) {
  const auto read = read_foreign(traces_path, version_path);
  if (const auto* error = std::get_if<FileError>(&read)) return *error;
  return convert_foreign(std::get<ForeignRecording>(read), profile);
}

}  // namespace cyclecheck

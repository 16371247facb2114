#include "harness/stored/compare_recording.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

namespace cyclecheck {
namespace {

bool is_debug_line(EventKind kind) { return kind >= EventKind::debug_collecting && kind <= EventKind::debug_done; }

// Reads the operations of a log that was observed after each of them.
class EveryReader {
 public:
  // `is_sparse`: what is missing is as it was before.
  EveryReader(const EventSet& recorded, bool is_sparse) : recorded_(recorded), is_sparse_(is_sparse) {}

  void read(bool is_collect, std::span<const Event> events, Log& kept) {
    Found found;
    for (const Event& event : events) {
      if (recorded_.test(static_cast<std::size_t>(event.kind))) add(event, found);
    }
    // Nested collections have answers, too: the operation's own is the last.
    const auto answer = std::find_if(found.events.rbegin(), found.events.rend(),
                                     [](const Event& event) { return event.kind == EventKind::returned; });
    if (is_collect && answer != found.events.rend()) {
      found.debug.push_back(*answer);
      found.events.erase(std::next(answer).base());
    }
    if (is_sparse_) {
      if (found.lists.empty()) found.lists = before_.lists;
      if (!found.count) found.count = before_.count;
    }
    for (const auto* part : {&found.events, &found.debug, &found.lists}) {
      for (const Event& event : *part) kept.add(event);
    }
    if (found.count) kept.add(*found.count);
    before_ = std::move(found);
  }

 private:
  struct Found {
    std::vector<Event> events;
    std::vector<Event> debug;
    std::vector<Event> lists;
    std::optional<Event> count;
  };

  static void add(const Event& event, Found& found) {
    if (event.kind == EventKind::members || event.kind == EventKind::listed) {
      found.lists.push_back(event);
    } else if (event.kind == EventKind::count) {
      // The operation get_count answers one, too: the same.
      found.count = event;
    } else {
      (is_debug_line(event.kind) ? found.debug : found.events).push_back(event);
    }
  }

  const EventSet& recorded_;
  const bool is_sparse_;
  Found before_;
};

void keep(const Recording& recording, const Trace& trace, const Log& log, bool is_sparse, Log& kept) {
  kept.clear();
  EveryReader every(recording.recorded, is_sparse);
  for (std::size_t i = 0; i < log.operations(); ++i) {
    if (recording.observe == Observe::every) {
      const bool is_collect = i < trace.operations.size() && trace.operations[i].code == OpCode::collect;
      every.read(is_collect, log.of(i), kept);
    } else {
      for (const Event& event : log.of(i)) {
        if (recording.recorded.test(static_cast<std::size_t>(event.kind))) kept.add(event);
      }
    }
    kept.end_operation();
  }
}

std::span<const Event> group(const Log& log, std::size_t operation) {
  if (operation >= log.operations()) return {};
  return log.of(operation);
}

}  // namespace

void keep_recorded(const Recording& recording, const RecordedTrace& trace, Log& kept) {
  keep(recording, trace.trace, trace.log, true, kept);
}

void keep_recorded(const Recording& recording, const Trace& trace, const Log& log, Log& kept) {
  keep(recording, trace, log, false, kept);
}

std::optional<Divergence> compare_with_recording(const Recording& recording, const RecordedTrace& trace, const Log& log,
                                                 Level level) {
  Log expected;
  Log found;
  keep_recorded(recording, trace, expected);
  keep_recorded(recording, trace.trace, log, found);
  return compare(trace.trace, expected, found, level);
}

void count_agreement(const Log& expected, const Log& found, Agreement& agreement) {
  for (std::size_t i = 0; i < expected.operations(); ++i) {
    const std::span<const Event> others = group(found, i);
    // How far the events of a kind have been read in the other log.
    std::array<std::size_t, kEventKinds> read{};
    for (const Event& event : expected.of(i)) {
      const auto kind = static_cast<std::size_t>(event.kind);
      ++agreement.recorded[kind];
      const auto rest = others.subspan(read[kind]);
      const auto other =
          std::find_if(rest.begin(), rest.end(), [&](const Event& one) { return one.kind == event.kind; });
      read[kind] += static_cast<std::size_t>(other - rest.begin());
      if (other == rest.end()) continue;
      ++read[kind];
      if (*other == event) ++agreement.agreed[kind];
    }
  }
}

}  // namespace cyclecheck

#include "harness/compare/divergence.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "harness/compare/signature.hpp"

namespace cyclecheck {
namespace {

using Events = std::vector<Event>;

bool less(const Event& x, const Event& y) {
  const auto key = [](const Event& event) {
    return std::tuple(event.kind, event.none, event.label, event.number[0], event.number[1], event.number[2]);
  };
  return key(x) < key(y);
}

bool contains(std::span<const Event> events, const Event& event) {
  return std::find(events.begin(), events.end(), event) != events.end();
}

bool is_permutation(Events one, Events other) {
  if (one.size() != other.size()) return false;
  std::sort(one.begin(), one.end(), less);
  std::sort(other.begin(), other.end(), less);
  return one == other;
}

std::string name_event(std::string_view difference, const Event& event, const Trace& trace) {
  std::string text{difference};
  text += ' ';
  text += info(event.kind).word;
  const std::string_view object = object_word(trace, event);
  // Which object a `deref` answers is the answer's value, not the kind of what went wrong.
  if (!object.empty() && event.kind != EventKind::deref) {
    text += ' ';
    text += object;
  }
  return text;
}

// The signature of the first difference, by what became of the expected event.
std::string name_difference(const Divergence& divergence, const Trace& trace) {
  const std::span<const Event> expected{divergence.expected};
  const std::span<const Event> actual{divergence.actual};
  if (divergence.at >= expected.size()) return name_event("extra", actual[divergence.at], trace);
  const Event& wanted = expected[divergence.at];
  if (divergence.at >= actual.size()) return name_event("missing", wanted, trace);
  if (is_permutation(divergence.expected, divergence.actual)) return name_event("reordered", wanted, trace);
  const Event& got = actual[divergence.at];
  const bool wanted_comes = contains(actual.subspan(divergence.at), wanted);
  const bool got_comes = contains(expected.subspan(divergence.at), got);
  if (wanted.kind == got.kind && !wanted_comes && !got_comes) return name_event("changed", wanted, trace);
  if (!wanted_comes) return name_event("missing", wanted, trace);
  if (!got_comes) return name_event("extra", got, trace);
  return name_event("reordered", wanted, trace);
}

Divergence describe(const Trace& trace, std::size_t operation, Level level, Events expected, Events actual) {
  Divergence divergence{operation, level, std::move(expected), std::move(actual), 0, {}};
  const auto differ = std::mismatch(divergence.expected.begin(), divergence.expected.end(), divergence.actual.begin(),
                                    divergence.actual.end());
  divergence.at = static_cast<std::size_t>(differ.first - divergence.expected.begin());
  divergence.signature = name_difference(divergence, trace);
  return divergence;
}

Events copy(std::span<const Event> events) { return {events.begin(), events.end()}; }

std::span<const Event> group(const Log& log, std::size_t operation) {
  if (operation >= log.operations()) return {};
  return log.of(operation);
}

// The events of one operation that a level compares, apart from deaths that the level `liveness` defers.
void filter(std::span<const Event> events, Level level, Events& kept, Events& deferred) {
  for (const Event& event : events) {
    if (info(event.kind).level > level) continue;
    const bool defer = level == Level::liveness && event.kind == EventKind::died;
    (defer ? deferred : kept).push_back(event);
  }
}

bool ends_deferral(const Operation& operation) {
  return operation.code == OpCode::shutdown || (operation.code == OpCode::collect && operation.number[0] == 2);
}

std::optional<Divergence> compare_order(const Trace& trace, const Log& expected, const Log& actual) {
  const std::size_t operations = std::max(expected.operations(), actual.operations());
  for (std::size_t i = 0; i < operations; ++i) {
    const auto wanted = group(expected, i);
    const auto got = group(actual, i);
    if (std::equal(wanted.begin(), wanted.end(), got.begin(), got.end())) continue;
    return describe(trace, i, Level::order, copy(wanted), copy(got));
  }
  return std::nullopt;
}

std::optional<Divergence> compare_sets(const Trace& trace, const Log& expected, const Log& actual, Level level) {
  const std::size_t operations = std::max(expected.operations(), actual.operations());
  Events wanted;
  Events got;
  Events wanted_deaths;
  Events got_deaths;
  for (std::size_t i = 0; i < operations; ++i) {
    wanted.clear();
    got.clear();
    filter(group(expected, i), level, wanted, wanted_deaths);
    filter(group(actual, i), level, got, got_deaths);
    if (i < trace.operations.size() && ends_deferral(trace.operations[i])) {
      wanted.insert(wanted.end(), wanted_deaths.begin(), wanted_deaths.end());
      got.insert(got.end(), got_deaths.begin(), got_deaths.end());
      wanted_deaths.clear();
      got_deaths.clear();
    }
    std::sort(wanted.begin(), wanted.end(), less);
    std::sort(got.begin(), got.end(), less);
    if (wanted != got) return describe(trace, i, level, wanted, got);
  }
  return std::nullopt;
}

}  // namespace

void put_deaths_last(const Log& log, Log& arranged) {
  arranged.clear();
  Events deaths;
  for (std::size_t i = 0; i < log.operations(); ++i) {
    deaths.clear();
    for (const Event& event : log.of(i)) {
      if (event.kind == EventKind::died) {
        deaths.push_back(event);
      } else {
        arranged.add(event);
      }
    }
    std::sort(deaths.begin(), deaths.end(), less);
    for (const Event& event : deaths) arranged.add(event);
    arranged.end_operation();
  }
}

std::optional<Divergence> compare(const Trace& trace, const Log& expected, const Log& actual, Level level) {
  std::optional<Divergence> found =
      level == Level::order ? compare_order(trace, expected, actual) : compare_sets(trace, expected, actual, level);
  if (found || expected.operations() == actual.operations()) return found;
  // Both logs are alike in what they say, but one has no group for the operations at its end.
  Divergence divergence;
  divergence.operation = std::min(expected.operations(), actual.operations());
  divergence.level = level;
  divergence.signature = expected.operations() > actual.operations() ? "short log" : "long log";
  return divergence;
}

}  // namespace cyclecheck

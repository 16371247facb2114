#include "harness/subjects/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace cyclecheck {
namespace {

using Row = std::pair<std::string_view, EventKind>;

// The words of all events in alphabetical order, for a binary search.
std::array<Row, kEventKinds> sorted_words() {
  std::array<Row, kEventKinds> rows;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto kind = static_cast<EventKind>(i);
    rows[i] = {info(kind).word, kind};
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::optional<EventKind> find_word(std::string_view word) {
  static const auto rows = sorted_words();
  const auto* row = std::lower_bound(rows.begin(), rows.end(), word, [](const Row& r, auto w) { return r.first < w; });
  if (row == rows.end() || row->first != word) return std::nullopt;
  return row->second;
}

template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t size = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

// n7, n7#2, n7.__dict__, n7.gi_frame, (callbacks), None.
bool take_label(std::string_view& text, std::uint32_t names, Event& event) {
  if (take(text, "(callbacks)")) {
    event.label.part = Part::callback_tuple;
    return true;
  }
  if (take(text, "None")) {
    event.none = true;
    return true;
  }
  std::uint32_t name = 0;
  if (!take(text, "n") || !take_number(text, name) || name >= names) return false;
  event.label.name = Name{static_cast<std::uint16_t>(name)};
  if (take(text, "#") && !take_number(text, event.label.serial)) return false;
  if (take(text, ".__dict__")) event.label.part = Part::attributes;
  if (take(text, ".gi_frame")) event.label.part = Part::frame;
  return true;
}

std::optional<Event> parse_event(std::string_view text, std::uint32_t names) {
  const auto kind = find_word(take_word(text));
  if (!kind) return std::nullopt;
  Event event;
  event.kind = *kind;
  const EventInfo& row = info(*kind);
  if (row.has_label && (!take(text, " ") || !take_label(text, names, event))) return std::nullopt;
  for (std::uint8_t i = 0; i < row.numbers; ++i) {
    if (!take(text, " ") || !take_number(text, event.number[i])) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return event;
}

}  // namespace

std::optional<AnswerLine> parse_answer_line(std::string_view line, std::uint32_t names) {
  if (line.starts_with(' ')) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const auto event = parse_event(line, names);
    if (!event) return std::nullopt;
    return *event;
  }
  std::size_t number = 0;
  if (take(line, "end ")) {
    if (!take_number(line, number) || !line.empty()) return std::nullopt;
    return EndLine{number};
  }
  if (take(line, "error ")) return ErrorLine{line};
  // What stands behind the colon repeats the operation, for people.
  if (take_number(line, number) && line.starts_with(':')) return OperationLine{number};
  return std::nullopt;
}

}  // namespace cyclecheck

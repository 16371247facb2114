#include "trace/event.hpp"

#include <algorithm>
#include <array>

#include "trace/trace.hpp"

namespace cyclecheck {
namespace {

using enum Level;
constexpr bool kLabel = true;
constexpr bool kNoLabel = false;

constexpr std::array<EventInfo, kEventKinds> kTable{{
    {EventKind::died, "died", liveness, kLabel, 0},
    {EventKind::leaked, "leaked", liveness, kLabel, 0},
    {EventKind::finalizer, "finalizer", finalizers, kLabel, 0},
    {EventKind::raised, "raised", finalizers, kLabel, 0},
    {EventKind::callback, "callback", weakrefs, kLabel, 0},
    {EventKind::deref, "deref", weakrefs, kLabel, 0},
    {EventKind::used, "used", weakrefs, kNoLabel, 1},
    {EventKind::collect, "collect", garbage, kNoLabel, 1},
    {EventKind::returned, "returned", garbage, kNoLabel, 1},
    {EventKind::error, "error", garbage, kNoLabel, 1},
    {EventKind::garbage, "garbage", garbage, kLabel, 0},
    {EventKind::garbage_size, "garbage_size", garbage, kNoLabel, 1},
    {EventKind::threshold, "threshold", timing, kNoLabel, 3},
    {EventKind::flag, "flag", timing, kNoLabel, 1},
    {EventKind::references, "references", timing, kNoLabel, 1},
    {EventKind::freeze_count, "freeze_count", timing, kNoLabel, 1},
    {EventKind::count, "count", timing, kNoLabel, 3},
    {EventKind::stats, "stats", timing, kNoLabel, 3},
    {EventKind::gc_start, "gc_start", timing, kNoLabel, 1},
    {EventKind::gc_stop, "gc_stop", timing, kNoLabel, 3},
    {EventKind::ran, "ran", timing, kNoLabel, 3},
    {EventKind::members, "members", timing, kNoLabel, 3},
    {EventKind::object, "object", order, kLabel, 0},
    {EventKind::answer_end, "answer_end", order, kNoLabel, 0},
    {EventKind::listed, "listed", order, kLabel, 1},
    {EventKind::digest, "digest", order, kNoLabel, 3},
    {EventKind::debug_collecting, "debug_collecting", order, kNoLabel, 1},
    {EventKind::debug_sizes, "debug_sizes", order, kNoLabel, 3},
    {EventKind::debug_permanent, "debug_permanent", order, kNoLabel, 1},
    {EventKind::debug_collectable, "debug_collectable", order, kLabel, 0},
    {EventKind::debug_uncollectable, "debug_uncollectable", order, kLabel, 0},
    {EventKind::debug_done, "debug_done", order, kNoLabel, 3},
    {EventKind::no_memory, "no_memory", garbage, kNoLabel, 0},
    {EventKind::identity, "identity", timing, kLabel, 0},
    {EventKind::step, "step", order, kNoLabel, 0},
    {EventKind::made, "made", order, kLabel, 0},
    {EventKind::watch_start, "watch_start", timing, kLabel, 1},
    {EventKind::watch_stop, "watch_stop", timing, kLabel, 3},
}};

consteval bool in_kind_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_kind_order(), "info() indexes the table by kind");

constexpr std::array<std::string_view, kLevels> kLevelWords{"liveness", "finalizers", "weakrefs",
                                                            "garbage",  "timing",     "order"};

}  // namespace

std::string_view to_string(Level level) { return kLevelWords[static_cast<std::size_t>(level)]; }

std::optional<Level> find_level(std::string_view word) {
  const auto* found = std::find(kLevelWords.begin(), kLevelWords.end(), word);
  if (found == kLevelWords.end()) return std::nullopt;
  return static_cast<Level>(found - kLevelWords.begin());
}

const EventInfo& info(EventKind kind) { return kTable[static_cast<std::size_t>(kind)]; }

std::string to_string(const Label& label, const Trace& trace) {
  if (label.part == Part::callback_tuple) return "(callbacks)";
  std::string text = spelling(trace, label.name);
  if (label.serial != 0) text.append("#").append(std::to_string(label.serial));
  if (label.part == Part::attributes) text += ".__dict__";
  if (label.part == Part::frame) text += ".gi_frame";
  return text;
}

std::string to_string(const Event& event, const Trace& trace) {
  const EventInfo& row = info(event.kind);
  std::string text{row.word};
  if (row.has_label) text.append(" ").append(event.none ? "None" : to_string(event.label, trace));
  for (std::uint8_t i = 0; i < row.numbers; ++i) text.append(" ").append(std::to_string(event.number[i]));
  return text;
}

}  // namespace cyclecheck

#include "harness/explain/narration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/explain/changes.hpp"
#include "harness/explain/wording.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using model::CollectionPhase;

// More rows or items than this are left out.
constexpr std::size_t kMaxRows = 40;
constexpr std::size_t kMaxItems = 12;

}  // namespace

Narrator::Narrator(const Trace& trace, NarrationOptions options, std::function<void(const std::string&)> print)
    : trace_(trace), options_(options), print_(std::move(print)) {
  before_.threshold = trace.settings.threshold;
  before_.enabled = trace.settings.enabled;
}

void Narrator::hear(const Frame& frame) {
  const bool wanted = !options_.step || *options_.step == frame.operation;
  if (wanted && !options_.object) head(frame);
  if (wanted && frame.phase) tell_phase(frame);
  if (wanted && !frame.phase) {
    tell_events(frame, 2);
    tell_changes(frame, 2);
    if (nothing_happened_ && headed_ == frame.operation) print(2, "Nothing changes.");
  }
  if (!frame.phase) nothing_happened_ = true;
  before_ = frame.heap;
}

// The heading, once an operation.
void Narrator::head(const Frame& frame) {
  if (headed_ == frame.operation) return;
  headed_ = frame.operation;
  const Operation& operation = trace_.operations[frame.operation];
  print_(fmt::format("step {}: {}", frame.operation, to_string(operation, trace_)));
  print_("  " + sentence(operation, trace_));
}

void Narrator::print(std::size_t indent, const std::string& line) {
  nothing_happened_ = false;
  print_(std::string(indent, ' ') + line);
}

bool Narrator::concerns(const Frame& frame, model::Id id) const {
  if (!options_.object) return true;
  return id != model::kNone && frame.heap.objects[id].label == *options_.object;
}

bool Narrator::concerns(const Event& event) const {
  if (!options_.object) return true;
  return info(event.kind).has_label && !event.none && event.label == *options_.object;
}

void Narrator::tell_phase(const Frame& frame) {
  const PhaseFrame& phase = *frame.phase;
  const auto in = [&](const std::vector<model::Id>& ids) {
    return std::any_of(ids.begin(), ids.end(), [&](model::Id id) { return concerns(frame, id); });
  };
  const bool told =
      !options_.object || (phase.phase == CollectionPhase::scan
                               ? concerns(frame, phase.scanned) || in(phase.turned_grey) || in(phase.brought_back)
                               : in(phase.first) || in(phase.second));
  const std::string text = sentence(frame, trace_);
  if (told && !text.empty()) {
    head(frame);
    const bool opens = phase.phase == CollectionPhase::merge;
    const bool again = phase.second_look && phase.phase <= CollectionPhase::move_unreachable;
    print(opens ? 2 : 4, opens ? text : fmt::format("{}{}: {}", phase_name(phase.phase), again ? " again" : "", text));
  }
  const bool counts = phase.phase == CollectionPhase::subtract_refs && !phase.first.empty();
  if (told && counts) tell_counts(frame);
  // Deaths of one object after the other are what happens in these.
  const bool deducing = phase.phase >= CollectionPhase::update_refs && phase.phase <= CollectionPhase::move_unreachable;
  if (deducing) return;
  tell_events(frame, 6);
  tell_changes(frame, 6);
}

// The numbers on the objects after subtract_refs.
void Narrator::tell_counts(const Frame& frame) {
  std::vector<model::Id> rows;
  for (const model::Id id : frame.phase->first) {
    if (concerns(frame, id)) rows.push_back(id);
  }
  const std::size_t shown = std::min(rows.size(), kMaxRows);
  std::size_t width = 6;
  for (std::size_t i = 0; i < shown; ++i) {
    width = std::max(width, to_string(frame.heap.objects[rows[i]].label, trace_).size());
  }
  print(6, fmt::format("{:<{}}  {:>10}  {:>13}  {:>12}  colour", "object", width, "references", "from the list",
                       "from outside"));
  for (std::size_t i = 0; i < shown; ++i) {
    const ViewedObject& object = frame.heap.objects[rows[i]];
    print(6,
          fmt::format("{:<{}}  {:>10}  {:>13}  {:>12}  {}", to_string(object.label, trace_), width, object.references,
                      object.references - object.gc_refs, object.gc_refs, to_string(frame.colours[rows[i]])));
  }
  if (shown < rows.size()) print(6, fmt::format("... {} more", rows.size() - shown));
}

void Narrator::tell_events(const Frame& frame, std::size_t indent) {
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (const Event& event : frame.events) {
    if (!concerns(event) || event.kind == EventKind::digest) continue;
    if (shown == kMaxRows) {
      ++left_out;
      continue;
    }
    head(frame);
    ++shown;
    print(indent, fmt::format("event {}: {}", to_string(event, trace_), meaning(event, trace_)));
  }
  if (left_out > 0) print(indent, fmt::format("... {} more events", left_out));
}

void Narrator::tell_changes(const Frame& frame, std::size_t indent) {
  std::vector<Change> all = changes(before_, frame.heap, trace_);
  std::erase_if(all, [&](const Change& change) { return !concerns(frame, change.object); });
  for (std::size_t i = 0; i < all.size();) {
    const std::string topic = all[i].topic;
    std::string line;
    std::size_t items = 0;
    for (; i < all.size() && topic == all[i].topic; ++i, ++items) {
      if (items < kMaxItems) line += (items == 0 ? "" : "; ") + all[i].text;
    }
    if (items > kMaxItems) line += fmt::format("; ... {} more", items - kMaxItems);
    head(frame);
    print(indent, fmt::format("{}: {}", topic, line));
  }
}

}  // namespace cyclecheck

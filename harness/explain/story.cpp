#include "harness/explain/story.hpp"

#include <algorithm>
#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

using model::CollectionPhase;
using model::Id;

class Storyteller final : public model::Observer {
 public:
  Storyteller(const Trace& trace, const StoryOptions& options, const std::function<void(const Frame&)>& hear)
      : trace_(trace), options_(options), hear_(hear) {}

  void step_ended(std::size_t operation) override {
    tell(std::nullopt, {});
    operation_ = operation + 1;
  }

  // One may begin inside of another (rule G5).
  void collection_begins(std::size_t generation, model::CollectionCause cause) override {
    running_.push_back({generation, cause_of(cause), pace_of(heap()), 0, {}, log.all().size()});
  }

  void phase_ended(CollectionPhase phase, const model::List& first, const model::List& second, Id scanned) override {
    Collection& collection = running_.back();
    if (phase == CollectionPhase::update_refs) ++collection.looks;
    PhaseFrame frame;
    frame.phase = phase;
    frame.generation = collection.generation;
    frame.cause = collection.cause;
    frame.pace = collection.pace;
    frame.second_look = collection.looks > 1;
    frame.first.assign(first.begin(), first.end());
    frame.second.assign(second.begin(), second.end());
    frame.scanned = scanned;
    colour(frame, first, second);
    const bool deducing = phase >= CollectionPhase::update_refs && phase <= CollectionPhase::move_unreachable;
    // A second look without a finalizer or callback before it sees what the first one saw.
    const bool nothing_new = deducing && frame.second_look && !script_ran(collection);
    const bool too_many = phase == CollectionPhase::scan && first.size() + second.size() > options_.max_scans;
    if (!nothing_new && !too_many) tell(std::move(frame), deducing ? collection.colours : kNoColours);
    if (phase == CollectionPhase::end) running_.pop_back();
  }

  Log log;

 private:
  struct Collection {
    std::size_t generation;
    Cause cause;
    Pace pace;
    // How often C2 and C3 have begun.
    int looks;
    std::vector<Colour> colours;
    std::size_t first_event;
  };
  inline static const std::vector<Colour> kNoColours;

  [[nodiscard]] Cause cause_of(model::CollectionCause cause) const {
    switch (cause) {
      case model::CollectionCause::allocation:
        return Cause::allocation;
      case model::CollectionCause::callback_tuple:
        return Cause::callback_tuple;
      case model::CollectionCause::safepoint:
        return Cause::safepoint;
      case model::CollectionCause::call:  // S1, too
      case model::CollectionCause::shutdown:
        break;
    }
    return trace_.operations[operation_].code == OpCode::shutdown ? Cause::shutdown : Cause::explicit_call;
  }

  // Keeps the colours up to date, and finds out what a scan did.
  void colour(PhaseFrame& frame, const model::List& first, const model::List& second) {
    const model::Heap& heap = this->heap();
    std::vector<Colour>& colours = running_.back().colours;
    colours.resize(heap.size(), Colour::none);
    switch (frame.phase) {
      case CollectionPhase::update_refs:
        std::fill(colours.begin(), colours.end(), Colour::none);
        for (const Id id : first) colours[id] = Colour::white;
        break;
      case CollectionPhase::subtract_refs:
        for (const Id id : first) colours[id] = heap.object(id).gc_refs > 0 ? Colour::grey : Colour::white;
        break;
      case CollectionPhase::scan:
        if (heap.object(frame.scanned).list == &second) break;
        colours[frame.scanned] = Colour::black;
        heap.visit(frame.scanned, [&](Id referent) {
          if (heap.object(referent).list != &first || colours[referent] != Colour::white) return;
          const bool was_moved = moved_.size() > referent && moved_[referent];
          (was_moved ? frame.brought_back : frame.turned_grey).push_back(referent);
          colours[referent] = Colour::grey;
        });
        break;
      default:
        break;
    }
    moved_.assign(heap.size(), false);
    for (const Id id : second) moved_[id] = true;
  }

  [[nodiscard]] bool script_ran(const Collection& collection) const {
    const auto events = log.all().subspan(collection.first_event);
    return std::any_of(events.begin(), events.end(), [](const Event& event) {
      return event.kind == EventKind::finalizer || event.kind == EventKind::callback;
    });
  }

  void tell(std::optional<PhaseFrame> phase, const std::vector<Colour>& colours) {
    Frame frame;
    frame.operation = operation_;
    frame.phase = std::move(phase);
    const auto events = log.all().subspan(told_);
    frame.events.assign(events.begin(), events.end());
    told_ = log.all().size();
    frame.colours = colours;
    frame.heap = view_of(heap(), run().roots());
    frame.pace = pace_of(heap());
    hear_(frame);
  }

  const Trace& trace_;
  const StoryOptions& options_;
  const std::function<void(const Frame&)>& hear_;
  std::size_t operation_ = 0;
  std::size_t told_ = 0;
  std::vector<Collection> running_;
  // Which objects were in the unreachable list at the frame before.
  std::vector<bool> moved_;
};

}  // namespace

const char* to_string(Colour colour) {
  switch (colour) {
    case Colour::white:
      return "white";
    case Colour::grey:
      return "grey";
    case Colour::black:
      return "black";
    case Colour::none:
      break;
  }
  return "none";
}

Log tell(const Trace& trace, const StoryOptions& options, const std::function<void(const Frame&)>& hear) {
  Storyteller storyteller(trace, options, hear);
  on_large_stack([&] { model::run(trace, options.observe, storyteller.log, &storyteller); });
  return std::move(storyteller.log);
}

}  // namespace cyclecheck

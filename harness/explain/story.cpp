#include "harness/explain/story.hpp"

#include <algorithm>
#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

using model::CollectionPhase;
using model::Id;

class Storyteller final : public model::Probe, public model::Watcher {
 public:
  Storyteller(const Trace& trace, const StoryOptions& options, const std::function<void(const Frame&)>& hear)
      : trace_(trace), options_(options), hear_(hear) {}

  void after_operation(std::size_t operation, const model::Heap& heap, const std::vector<model::Root>& roots) override {
    tell(std::nullopt, {}, heap, roots);
    operation_ = operation + 1;
  }

  [[nodiscard]] bool wants_phases() const override { return true; }
  void at_place(model::CollectionPlace place) override { place_ = place; }
  void automatic_collection(std::size_t, bool) override { automatic_ = true; }
  // C1 of the next collection follows. One may begin inside of another (rule G5).
  void collection_begins(const model::Heap&, std::size_t generation) override {
    running_.push_back({generation, cause(), 0, {}, log.all().size()});
    automatic_ = false;
  }
  void garbage_found(const model::Heap&, const model::List&) override {}

  void phase_ended(CollectionPhase phase, const model::List& first, const model::List& second, Id scanned,
                   const model::Heap& heap, const std::vector<model::Root>& roots) override {
    Collection& collection = running_.back();
    if (phase == CollectionPhase::update_refs) ++collection.looks;
    PhaseFrame frame;
    frame.phase = phase;
    frame.generation = collection.generation;
    frame.cause = collection.cause;
    frame.second_look = collection.looks > 1;
    frame.first.assign(first.begin(), first.end());
    frame.second.assign(second.begin(), second.end());
    frame.scanned = scanned;
    colour(frame, first, second, heap);
    const bool deducing = phase >= CollectionPhase::update_refs && phase <= CollectionPhase::move_unreachable;
    // A second look without a finalizer or callback before it sees what the first one saw.
    const bool nothing_new = deducing && frame.second_look && !script_ran(collection);
    const bool too_many = phase == CollectionPhase::scan && first.size() + second.size() > options_.max_scans;
    if (!nothing_new && !too_many) tell(std::move(frame), deducing ? collection.colours : kNoColours, heap, roots);
    if (phase == CollectionPhase::end) running_.pop_back();
  }

  Log log;

 private:
  struct Collection {
    std::size_t generation;
    Cause cause;
    // How often C2 and C3 have begun.
    int looks;
    std::vector<Colour> colours;
    std::size_t first_event;
  };
  inline static const std::vector<Colour> kNoColours;

  [[nodiscard]] Cause cause() const {
    if (automatic_) {
      switch (place_) {
        case model::CollectionPlace::allocation:
          return Cause::allocation;
        case model::CollectionPlace::callback_tuple:
          return Cause::callback_tuple;
        case model::CollectionPlace::safepoint:
          return Cause::safepoint;
      }
    }
    return trace_.operations[operation_].code == OpCode::shutdown ? Cause::shutdown : Cause::explicit_call;
  }

  // Keeps the colours up to date, and finds out what a scan did.
  void colour(PhaseFrame& frame, const model::List& first, const model::List& second, const model::Heap& heap) {
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

  void tell(std::optional<PhaseFrame> phase, const std::vector<Colour>& colours, const model::Heap& heap,
            const std::vector<model::Root>& roots) {
    Frame frame;
    frame.operation = operation_;
    frame.phase = std::move(phase);
    const auto events = log.all().subspan(told_);
    frame.events.assign(events.begin(), events.end());
    told_ = log.all().size();
    frame.colours = colours;
    frame.heap = view_of(heap, roots);
    hear_(frame);
  }

  const Trace& trace_;
  const StoryOptions& options_;
  const std::function<void(const Frame&)>& hear_;
  std::size_t operation_ = 0;
  std::size_t told_ = 0;
  model::CollectionPlace place_ = model::CollectionPlace::allocation;
  bool automatic_ = false;
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
  on_large_stack([&] {
    model::Reach reach;
    model::run(trace, options.observe, storyteller.log, reach, &storyteller, &storyteller);
  });
  return std::move(storyteller.log);
}

}  // namespace cyclecheck

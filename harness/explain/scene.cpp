#include "harness/explain/scene.hpp"

#include <algorithm>

namespace cyclecheck {

using model::CollectionPhase;

const Scene::Collection* Scene::finder(model::Id id) const {
  for (const Collection& collection : collections) {
    const auto& found = collection.unreachable;
    if (std::find(found.begin(), found.end(), id) != found.end()) return &collection;
  }
  return nullptr;
}

bool Scene::happened(EventKind kind, const Label& label, std::size_t before_operation) const {
  return std::any_of(history.begin(), history.end(), [&](const auto& item) {
    const Event& event = item.second;
    return item.first < before_operation && event.kind == kind && !event.none && event.label == label;
  });
}

Scene scene_of(const Trace& trace, std::size_t operation) {
  Scene scene;
  StoryOptions options;
  options.max_scans = 0;
  scene.before.threshold = trace.settings.threshold;
  scene.before.enabled = trace.settings.enabled;
  // The collections that run, as indices: one may begin inside of another (G5).
  std::vector<std::size_t> running;
  (void)tell(trace, options, [&](const Frame& frame) {
    for (const Event& event : frame.events) {
      if (info(event.kind).has_label && frame.operation <= operation) {
        scene.history.emplace_back(frame.operation, event);
      }
    }
    if (frame.operation + 1 == operation && !frame.phase) scene.before = frame.heap;
    if (frame.operation != operation) return;
    if (!frame.phase) {
      scene.after = frame.heap;
      scene.pace_after = frame.pace;
      return;
    }
    const PhaseFrame& phase = *frame.phase;
    if (phase.phase == CollectionPhase::merge) {
      running.push_back(scene.collections.size());
      scene.collections.push_back({phase.generation, phase.cause, phase.pace, {}, {}, {}});
    }
    if (running.empty()) return;
    Scene::Collection& collection = scene.collections[running.back()];
    if (phase.phase == CollectionPhase::move_unreachable && !phase.second_look) collection.unreachable = phase.second;
    if (phase.phase == CollectionPhase::legacy_finalizers) collection.set_aside = phase.second;
    if (phase.phase == CollectionPhase::still_unreachable) collection.cleared = phase.first;
    if (phase.phase == CollectionPhase::end) running.pop_back();
  });
  return scene;
}

Guilty guilty_event(const Divergence& divergence) {
  const auto event_at = [&](const std::vector<Event>& events) -> std::optional<Event> {
    if (divergence.at < events.size()) return events[divergence.at];
    return std::nullopt;
  };
  Guilty guilty;
  guilty.expected = event_at(divergence.expected);
  guilty.actual = event_at(divergence.actual);
  guilty.difference = divergence.signature.substr(0, divergence.signature.find(' '));
  const bool extra = guilty.difference == "extra";
  guilty.event = extra && guilty.actual ? guilty.actual : guilty.expected ? guilty.expected : guilty.actual;
  return guilty;
}

}  // namespace cyclecheck

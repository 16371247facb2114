#include "harness/promises/graph_history.hpp"

#include <utility>

#include "model/machine.hpp"

namespace cyclecheck {
namespace {

class Photographer final : public model::Observer {
 public:
  explicit Photographer(const Trace& trace) {
    GraphSnapshot start;
    start.enabled = trace.settings.enabled;
    start.threshold = trace.settings.threshold[0];
    snapshots.push_back(std::move(start));
  }

  void step_ended(std::size_t) override {
    const model::Heap& heap = this->heap();
    GraphSnapshot snapshot;
    for (model::Id id = 0; id < heap.size(); ++id) {
      const model::Object& object = heap.object(id);
      snapshot.objects.push_back({object.label, object.finalizer, object.dead, object.freed, false,
                                  object.freed ? model::kNone : object.referent, object.has_callback});
    }
    for (std::size_t g = 0; g < 3; ++g) {
      for (const model::Id id : heap.generation(g)) snapshot.objects[id].listed = true;
    }
    snapshot.graph = heap.graph();
    snapshot.live = model::live(snapshot.graph, model::ids_of(run().roots()));
    snapshot.from_garbage = model::live(snapshot.graph, heap.garbage());
    for (model::Id id = 0; id < heap.size(); ++id) {
      const model::Object& object = heap.object(id);
      if (object.kind != model::Kind::custom || object.freed || snapshot.live[id]) continue;
      std::size_t members = 0;
      heap.visit(id, [&](model::Id) { ++members; });
      for (std::size_t i = members; i < object.slots.size(); ++i) snapshot.payload.push_back(object.slots[i]);
    }
    snapshot.enabled = heap.enabled;
    snapshot.threshold = heap.threshold[0];
    snapshots.push_back(std::move(snapshot));
  }

  std::vector<GraphSnapshot> snapshots;
};

}  // namespace

GraphHistory::GraphHistory(std::vector<GraphSnapshot> snapshots) : snapshots_(std::move(snapshots)) {
  const std::size_t count = last().objects.size();
  for (GraphSnapshot& snapshot : snapshots_) {
    snapshot.objects.resize(count);
    snapshot.graph.edges.resize(count);
    snapshot.live.resize(count);
    snapshot.from_garbage.resize(count);
  }
  for (model::Id id = 0; id < count; ++id) {
    const Label& label = last().objects[id].label;
    if (label.part != Part::callback_tuple) ids_.emplace(label, id);
  }
}

std::optional<model::Id> GraphHistory::find(const Label& label) const {
  const auto found = ids_.find(label);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

GraphHistory graph_history(const Trace& trace) {
  Photographer photographer(trace);
  Log log;
  model::run(trace, Observe::digest, log, &photographer);
  // After `shutdown` the model stops.
  while (photographer.snapshots.size() <= trace.operations.size()) {
    photographer.snapshots.push_back(photographer.snapshots.back());
  }
  return GraphHistory(std::move(photographer.snapshots));
}

}  // namespace cyclecheck

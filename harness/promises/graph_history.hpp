// The reference graph after each operation of a trace, as the model has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "model/liveness.hpp"
#include "model/object.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// An object, by the model's number for it.
struct GraphObject {
  Label label;
  FinalizerKind finalizer = FinalizerKind::none;
  // Its token is released (rule D1); its memory is given back.
  bool dead = false;
  bool freed = false;
  // In one of the generations 0 to 2.
  bool listed = false;
  // Of a weak reference; kNone: of none, or cleared.
  model::Id referent = model::kNone;
  bool has_callback = false;
};

struct GraphSnapshot {
  std::vector<GraphObject> objects;
  model::Graph graph;
  // Reachable from variables, scopes and gc.garbage; from gc.garbage alone.
  std::vector<bool> live;
  std::vector<bool> from_garbage;
  // What unreachable custom objects hold in their payload, which the collector is not shown (rule N18).
  std::vector<model::Id> payload;
  bool enabled = true;
  // The first threshold.
  std::int32_t threshold = 0;
};

// All snapshots have the same number of objects: those that are not created yet are neither live, listed nor dead.
class GraphHistory {
 public:
  explicit GraphHistory(std::vector<GraphSnapshot> snapshots);

  // Snapshot 0 is that before the first operation, snapshot i + 1 that after operation i.
  const GraphSnapshot& operator[](std::size_t index) const { return snapshots_[index]; }
  [[nodiscard]] const GraphSnapshot& last() const { return snapshots_.back(); }
  // The object with a label; none for the tuple of rule W6. O(log objects).
  [[nodiscard]] std::optional<model::Id> find(const Label& label) const;

 private:
  std::vector<GraphSnapshot> snapshots_;
  std::map<Label, model::Id> ids_;
};

// Runs the trace on the model. O(operations * (objects + references)).
[[nodiscard]] GraphHistory graph_history(const Trace& trace);

}  // namespace cyclecheck

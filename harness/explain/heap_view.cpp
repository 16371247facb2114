#include "harness/explain/heap_view.hpp"

#include <algorithm>
#include <deque>

namespace cyclecheck {
namespace {

Lane lane_of(const model::Heap& heap, const model::Object& object) {
  if (object.list == nullptr) return Lane::untracked;
  for (std::size_t g = 0; g < 3; ++g) {
    if (object.list == &heap.generation(g)) return static_cast<Lane>(static_cast<std::size_t>(Lane::generation0) + g);
  }
  return object.list == &heap.permanent() ? Lane::permanent : Lane::set_apart;
}

}  // namespace

const char* to_string(Lane lane) {
  switch (lane) {
    case Lane::untracked:
      return "untracked";
    case Lane::generation0:
      return "generation 0";
    case Lane::generation1:
      return "generation 1";
    case Lane::generation2:
      return "generation 2";
    case Lane::permanent:
      return "permanent generation";
    case Lane::set_apart:
      break;
  }
  return "set apart by the collector";
}

std::optional<model::Id> HeapView::find(const Label& label) const {
  for (std::size_t i = objects.size(); i-- > 0;) {
    if (objects[i].label == label) return static_cast<model::Id>(i);
  }
  return std::nullopt;
}

HeapView view_of(const model::Heap& heap, const std::vector<model::Root>& roots) {
  HeapView view;
  model::Graph graph = heap.graph();
  const std::vector<bool> live = model::live(graph, model::ids_of(roots));
  view.objects.reserve(heap.size());
  for (model::Id id = 0; id < heap.size(); ++id) {
    const model::Object& object = heap.object(id);
    ViewedObject seen;
    seen.label = object.label;
    seen.kind = object.kind;
    if (object.kind == model::Kind::integer) seen.says = std::to_string(object.value);
    if (object.kind == model::Kind::string) seen.says = "\"" + object.text + "\"";
    seen.references = object.references;
    seen.gc_refs = object.gc_refs;
    seen.lane = lane_of(heap, object);
    seen.finalizer = object.finalizer;
    seen.finalized = object.finalized;
    seen.dead = object.dead;
    seen.freed = object.freed;
    seen.reachable = live[id];
    seen.referent = object.freed ? model::kNone : object.referent;
    seen.has_callback = object.has_callback;
    seen.referents = std::move(graph.edges[id]);
    std::erase(seen.referents, model::kNone);
    view.objects.push_back(std::move(seen));
  }
  for (const model::Id id : heap.garbage()) view.objects[id].in_garbage = true;
  view.roots = roots;
  view.counts = heap.counts();
  view.threshold = heap.threshold;
  view.enabled = heap.enabled;
  view.debug = heap.debug;
  return view;
}

std::string name_of(const model::Root& root, const Trace& trace) {
  switch (root.kind) {
    case model::Root::Kind::global:
      return "variable " + spelling(trace, root.name);
    case model::Root::Kind::local:
      return "local variable " + spelling(trace, root.name) + " of call " + std::to_string(root.scope);
    case model::Root::Kind::argument:
      return "argument " + std::to_string(root.index + 1) + " of call " + std::to_string(root.scope);
    case model::Root::Kind::interpreter:
      return "the interpreter";
    case model::Root::Kind::held:
      return std::to_string(root.index) + " of `hold`";
    case model::Root::Kind::watcher:
      return "gc.callbacks[" + std::to_string(root.index) + "]";
    case model::Root::Kind::garbage:
      break;
  }
  return "gc.garbage[" + std::to_string(root.index) + "]";
}

std::vector<std::string> holders(const HeapView& view, model::Id id, const Trace& trace) {
  std::vector<std::string> names;
  for (const model::Root& root : view.roots) {
    if (root.id == id) names.push_back(name_of(root, trace));
  }
  for (const ViewedObject& object : view.objects) {
    for (const model::Id referent : object.referents) {
      if (referent == id) names.push_back(to_string(object.label, trace));
    }
  }
  const auto known = static_cast<std::int64_t>(names.size());
  if (view.objects[id].references > known) {
    names.push_back(std::to_string(view.objects[id].references - known) +
                    " held by the operation, finalizer or callback that runs");
  }
  return names;
}

std::string chain_to(const HeapView& view, model::Id id, const Trace& trace) {
  std::vector<model::Id> parent(view.objects.size(), model::kNone);
  std::vector<const model::Root*> root_of(view.objects.size(), nullptr);
  std::vector<bool> seen(view.objects.size(), false);
  std::deque<model::Id> queue;
  for (const model::Root& root : view.roots) {
    if (seen[root.id]) continue;
    seen[root.id] = true;
    root_of[root.id] = &root;
    queue.push_back(root.id);
  }
  while (!queue.empty() && !seen[id]) {
    const model::Id from = queue.front();
    queue.pop_front();
    for (const model::Id to : view.objects[from].referents) {
      if (seen[to]) continue;
      seen[to] = true;
      parent[to] = from;
      queue.push_back(to);
    }
  }
  if (!seen[id]) return {};
  std::string chain = to_string(view.objects[id].label, trace);
  while (parent[id] != model::kNone) {
    id = parent[id];
    chain.insert(0, to_string(view.objects[id].label, trace) + " -> ");
  }
  return name_of(*root_of[id], trace) + " -> " + chain;
}

}  // namespace cyclecheck

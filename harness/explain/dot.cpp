#include "harness/explain/dot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "harness/explain/story.hpp"

namespace cyclecheck {

namespace {

// What the colours say, below the picture. {}: rows above it.
constexpr const char* kKey =
    "  fontsize=11;\n  label=<<table border=\"0\" cellspacing=\"4\">{}<tr><td border=\"1\" "
    "bgcolor=\"#d7f0dc\">reachable</td>"
    "<td border=\"1\" bgcolor=\"#ffd9b0\">not reachable</td></tr>"
    "<tr><td border=\"2\" color=\"#c8102e\" colspan=\"2\">has a finalizer, or is in gc.garbage</td></tr></table>>;\n";
constexpr const char* kTooLarge = "<tr><td colspan=\"2\">too large to draw whole: {} more objects left out</td></tr>";

}  // namespace

HeapView heap_after(const Trace& trace, std::optional<std::size_t> step) {
  HeapView view;
  (void)tell(trace, {Observe::digest, 0}, [&](const Frame& frame) {
    if (frame.phase) return;
    const bool is_end = trace.operations[frame.operation].code == OpCode::shutdown;
    if (step ? frame.operation <= *step : !is_end) view = frame.heap;
  });
  return view;
}

std::string to_dot(const HeapView& view, const Trace& trace, std::size_t max_objects) {
  std::vector<model::Id> drawn;
  std::size_t left_out = 0;
  for (model::Id id = 0; id < view.objects.size(); ++id) {
    if (view.objects[id].freed) continue;
    if (drawn.size() < max_objects) {
      drawn.push_back(id);
    } else {
      ++left_out;
    }
  }
  const auto is_drawn = [&](model::Id id) { return std::binary_search(drawn.begin(), drawn.end(), id); };

  std::string text =
      "digraph heap {\n  graph[fontname=\"sans-serif\"];\n  node[shape=box, style=\"filled,rounded\", "
      "fontname=\"sans-serif\"];\n";
  text += "  edge[fontname=\"sans-serif\"];\n";
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    std::string nodes;
    for (const model::Id id : drawn) {
      const ViewedObject& object = view.objects[id];
      if (static_cast<std::size_t>(object.lane) != lane) continue;
      const bool framed = object.finalizer != FinalizerKind::none || object.in_garbage;
      nodes += fmt::format("    o{}[label=\"{}\\nrefs {}\", fillcolor=\"{}\"{}];\n", id, to_string(object.label, trace),
                           object.references, object.reachable ? "#d7f0dc" : "#ffd9b0",
                           framed ? ", color=\"#c8102e\", penwidth=2" : "");
    }
    if (nodes.empty()) continue;
    const char* name = to_string(static_cast<Lane>(lane));
    text +=
        fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n    color=\"#98a2b3\";\n{}  }}\n", lane, name, nodes);
  }
  for (std::size_t i = 0; i < view.roots.size(); ++i) {
    if (!is_drawn(view.roots[i].id)) continue;
    text +=
        fmt::format("  r{0}[label=\"{1}\", shape=plaintext, fillcolor=\"#ffffff00\"];\n  r{0} -> o{2}[style=bold];\n",
                    i, name_of(view.roots[i], trace), view.roots[i].id);
  }
  for (const model::Id id : drawn) {
    const ViewedObject& object = view.objects[id];
    for (const model::Id to : object.referents) {
      if (is_drawn(to)) text += fmt::format("  o{} -> o{};\n", id, to);
    }
    if (object.referent != model::kNone && is_drawn(object.referent)) {
      text += fmt::format("  o{} -> o{}[style=dashed, constraint=false];\n", id, object.referent);
    }
  }
  text += fmt::format(kKey, left_out > 0 ? fmt::format(kTooLarge, left_out) : std::string());
  return text + "}\n";
}

}  // namespace cyclecheck

// Pictures as text, for Graphviz and for people.
#include <algorithm>
#include <cstdio>

#include "impl/internal/quoted.hpp"
#include "impl/objgraph.hpp"

namespace cyclegc {

using internal::quoted;

namespace {

struct Shade {
  double hue = 0;
  double saturation = 0;
  double value = 1;
};

// Between two shades, by how far away a node is.
Shade gradient(Shade near, Shade far, std::size_t depth, std::size_t max_depth) {
  if (max_depth == 0) return near;
  const double f = static_cast<double>(depth) / static_cast<double>(max_depth);
  return {near.hue * (1 - f) + far.hue * f, near.saturation * (1 - f) + far.saturation * f,
          near.value * (1 - f) + far.value * f};
}

// Digits as printf's %g gives them, as in objgraph's files.
std::string color(const Shade& shade) {
  char text[64];
  std::snprintf(text, sizeof text, "%g,%g,%g", shade.hue, shade.saturation, shade.value);
  return text;
}

std::string node_id(Objgraph::Node node) { return (node.root ? "r" : "o") + std::to_string(node.index); }

}  // namespace

std::string Objgraph::to_dot(const Picture& picture, const Options& options) const {
  std::string text = "digraph ObjectGraph {\n  node[shape=box, style=filled, fillcolor=white];\n";
  const auto line = [&](const std::string& statement) { text += "  " + statement + ";\n"; };
  for (std::size_t i = 0; i < picture.starts; ++i) line(node_id(picture.nodes[i].node) + "[fontcolor=red]");
  for (const Picture::Drawn& drawn : picture.nodes) {
    const Node node = drawn.node;
    const std::string id = node_id(node);
    std::string label = type_name(node);
    if (options.refcounts && !node.root) label += " [" + std::to_string(references(node)) + "]";
    label += "\n" + repr(node);
    if (options.extra_info) label += "\n" + options.extra_info(node);
    line(id + "[label=\"" + quoted(label) + "\"]");
    Shade shade = gradient({0, 0, 1}, {0, 0, .3}, drawn.depth, picture.max_depth);
    if (is_proper_module(node)) shade = {.3, 1, shade.value};
    if (options.highlight && options.highlight(node)) shade = {.6, .6, 0.5 + shade.value * 0.5};
    line(id + "[fillcolor=\"" + color(shade) + "\"]");
    if (shade.value < 0.5) line(id + "[fontcolor=white]");
    if (has_finalizer(node) || is_garbage(node)) line(id + "[color=red,penwidth=2]");
    if (has_finalizer(node)) {
      line(std::string(id).append("->").append(id).append("_has_a_del[color=red,style=dotted,len=0.25,weight=10]"));
      line(id +
           "_has_a_del[label=\"__del__\",shape=doublecircle,height=0.25,color=red,fillcolor=\"0,.5,1\",fontsize=6]");
    }
    if (drawn.skipped > 0) {
      const Shade red = gradient({0, 1, 1}, {0, 1, .3}, drawn.depth + 1, picture.max_depth);
      const std::string more = "too_many_" + id;
      const auto& [from, to] = picture.backwards ? std::tie(more, id) : std::tie(id, more);
      line(std::string(from).append("->").append(to).append("[color=red,style=dotted,len=0.25,weight=10]"));
      std::string box = more + "[label=\"";
      box.append(std::to_string(drawn.skipped)).append(" more ").append(picture.backwards ? "back" : "");
      box.append("references\",shape=box,height=0.25,color=red,fillcolor=\"")
          .append(color(red))
          .append("\",fontsize=6]");
      line(box);
      line(more + "[fontcolor=white]");
    }
  }
  for (const Edge& edge : picture.edges) {
    const std::string label = edge.label.empty() ? ""
                                                 : " [label=\"" + quoted(edge.label) +
                                                       "\",weight=" + (edge.label == "__dict__" ? "10" : "2") + "]";
    line(node_id(edge.from) + " -> " + node_id(edge.to) + label);
  }
  if (picture.left_out > 0) {
    line("label=\"too large to draw whole: " + std::to_string(picture.left_out) + " more objects left out\"");
  }
  return text + "}\n";
}

std::string Objgraph::to_text(const Picture& picture, const Options& options) const {
  std::string text;
  const auto name = [&](Node node) { return type_name(node) + " " + repr(node); };
  for (const Picture::Drawn& drawn : picture.nodes) {
    text += std::string(2 * drawn.depth, ' ') + name(drawn.node);
    if (options.refcounts && !drawn.node.root) text += " [" + std::to_string(references(drawn.node)) + "]";
    if (has_finalizer(drawn.node)) text += " (has a finalizer)";
    if (is_garbage(drawn.node)) text += " (in gc.garbage)";
    if (drawn.skipped > 0) {
      text += " (" + std::to_string(drawn.skipped) + " more " + (picture.backwards ? "back" : "") + "references)";
    }
    text += "\n";
  }
  for (const Edge& edge : picture.edges) {
    text += name(edge.from) + " -> " + name(edge.to) + (edge.label.empty() ? "" : "  " + edge.label) + "\n";
  }
  return text;
}

}  // namespace cyclegc

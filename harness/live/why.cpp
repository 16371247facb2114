#include "harness/live/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace cyclecheck {
namespace {

using cyclegc::ObjectId;
using cyclegc::Objgraph;
using Node = Objgraph::Node;

constexpr std::size_t kListed = 8;

// A reference as a program writes it. ".peer", "[3]".
std::string spelled(const std::string& label) {
  if (label.empty()) return " (unnamed)";
  if (label.front() == '[') return label;
  return "." + label;
}

// The attribute that the key of a __dict__ stands for: "name" of "['name']". Empty: none.
std::string attribute(const std::string& key) {
  constexpr std::size_t kMarks = 2;
  if (key.size() <= 2 * kMarks || key.compare(0, kMarks, "['") != 0) return {};
  return key.substr(kMarks, key.size() - 2 * kMarks);
}

// One reference of a chain. A __dict__ and the key in it are one: the attribute.
struct Link {
  std::string label;
  Node to;
};

std::vector<Link> links_of(const Objgraph& objgraph, const Objgraph::Chain& chain) {
  std::vector<Link> links;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    const std::string label = objgraph.edge_label(chain[i - 1], chain[i]);
    if (label == "__dict__" && i + 1 < chain.size()) {
      const std::string name = attribute(objgraph.edge_label(chain[i], chain[i + 1]));
      if (!name.empty()) {
        links.push_back({"." + name, chain[++i]});
        continue;
      }
    }
    links.push_back({spelled(label), chain[i]});
  }
  return links;
}

// `owner`: whose __dict__ reference.from is, if that is known.
std::string reference_text(const Objgraph& objgraph, const Objgraph::Reference& reference,
                           const std::optional<Node>& owner = std::nullopt) {
  const std::string label = objgraph.edge_label(reference.from, reference.to);
  const std::string name = owner ? attribute(label) : std::string{};
  if (!name.empty()) return objgraph.repr(*owner) + "." + name;
  if (label.empty()) return "a reference of " + objgraph.repr(reference.from);
  return objgraph.repr(reference.from) + spelled(label);
}

std::string objects(std::size_t number) { return number == 1 ? "1 object" : fmt::format("{} objects", number); }

// The root of the last resort, or one that a program has.
bool is_outside(const Objgraph& objgraph, Node root) { return objgraph.repr(root).rfind("C code", 0) == 0; }

void tell_release(const Objgraph& objgraph, Node object, const Objgraph::Chain& chain,
                  std::vector<std::string>& lines) {
  const auto releases = objgraph.what_would_free(object);
  const char* begin = "It is freed when";
  if (releases.back().references.size() > 1) {
    const Objgraph::Release& all = releases.back();
    lines.push_back(fmt::format("It is freed when all of these {} references are gone ({}):", all.references.size(),
                                objects(all.objects)));
    for (std::size_t i = 0; i < std::min(kListed, all.references.size()); ++i) {
      lines.push_back("  " + reference_text(objgraph, all.references[i]));
    }
    if (all.references.size() > kListed) {
      lines.push_back(fmt::format("  and {} more", all.references.size() - kListed));
    }
    begin = "Or when";
  }
  // The nearest and the farthest; a dictionary goes with its owner.
  std::vector<Objgraph::Release> told;
  for (const Objgraph::Release& release : releases) {
    if (release.references.size() > 1) continue;
    const Objgraph::Reference& reference = release.references.front();
    if (objgraph.edge_label(reference.from, reference.to) == "__dict__" && releases.size() > 1) continue;
    if (told.size() == 2) told.pop_back();
    told.push_back(release);
  }
  for (const Objgraph::Release& release : told) {
    const Objgraph::Reference& reference = release.references.front();
    const auto place = std::find(chain.begin(), chain.end(), reference.from);
    std::optional<Node> owner;
    if (place != chain.begin() && objgraph.edge_label(*(place - 1), *place) == "__dict__") owner = *(place - 1);
    lines.push_back(fmt::format("{} this reference is gone: {} ({})", begin, reference_text(objgraph, reference, owner),
                                objects(release.objects)));
    begin = "Or when";
  }
}

// The cycle that keeps what no root leads to: its own, or that of something that refers to it.
std::optional<Objgraph::Chain> cycle_behind(const Objgraph& objgraph, Node object) {
  const auto in_cycle = [&](Node node) { return !node.root && objgraph.find_cycle(node, SIZE_MAX).size() > 1; };
  const Objgraph::Chain chain = objgraph.find_backref_chain(object, in_cycle);
  if (!in_cycle(chain.front())) return std::nullopt;
  return objgraph.find_cycle(chain.front(), SIZE_MAX);
}

void tell_garbage(const Objgraph& objgraph, Node object, const WhyFacts& facts, std::vector<std::string>& lines) {
  const std::string name = objgraph.repr(object);
  const Objgraph::Chain kept = objgraph.find_frozen_chain(object);
  if (!kept.empty()) {
    const std::string frozen = objgraph.repr(kept.front());
    lines.push_back(fmt::format("{} is garbage: no root leads to it, and a frozen cycle {}:", name,
                                kept.size() == 1 ? "keeps it" : "refers to it"));
    lines.push_back("  " + chain_text(objgraph, objgraph.find_cycle(kept.front(), SIZE_MAX)));
    if (kept.size() > 1) lines.push_back("  " + chain_text(objgraph, kept));
    lines.push_back(fmt::format("{} is frozen (gc.freeze()): no collection frees it before gc.unfreeze().", frozen));
    return;
  }
  const auto cycle = cycle_behind(objgraph, object);
  if (!cycle) {
    lines.push_back(fmt::format("No root leads to {}, and no cycle does: {} come from C code or a running call.", name,
                                objgraph.references_from_outside(object.id())));
    return;
  }
  const bool own = std::find(cycle->begin(), cycle->end(), object) != cycle->end();
  lines.push_back(own ? fmt::format("{} is garbage: no root leads to it, and a cycle keeps it:", name)
                      : fmt::format("{} is garbage: no root leads to it, and garbage in a cycle refers to it:", name));
  lines.push_back("  " + chain_text(objgraph, *cycle));
  const auto finalizer =
      std::find_if(cycle->begin(), cycle->end(), [&](Node node) { return objgraph.has_finalizer(node); });
  if (facts.legacy_finalizers && finalizer != cycle->end()) {
    lines.push_back(fmt::format("{} has a __del__, so the collector never frees the cycle: it moves it to gc.garbage.",
                                objgraph.repr(*finalizer)));
    lines.push_back("It is freed when the program breaks the cycle.");
  } else if (facts.saves_all) {
    lines.push_back(
        "gc.set_debug has DEBUG_SAVEALL: the next collection moves it to gc.garbage instead of freeing it.");
  } else if (!facts.gc_enabled) {
    lines.push_back("The collector is off (gc.disable()). It is freed by gc.collect(), or after gc.enable().");
  } else {
    lines.push_back("It is freed by the next collection of its generation, or by gc.collect().");
  }
}

// What is to be said where the chain goes through gc.garbage.
void tell_kept_garbage(const Objgraph& objgraph, const Objgraph::Chain& chain, const WhyFacts& facts,
                       std::vector<std::string>& lines) {
  const bool kept =
      chain.size() > 1 &&
      (objgraph.repr(chain.front()) == "gc.garbage" ||
       (objgraph.repr(chain.front()) == "module gc" && objgraph.edge_label(chain[0], chain[1]) == "garbage"));
  if (!kept) return;
  if (facts.saves_all) {
    lines.push_back("The collector found it unreachable. gc.set_debug has DEBUG_SAVEALL, so it is kept in gc.garbage.");
    return;
  }
  // Without that flag the collector puts there what has a finalizer that it does not call: __del__ in Python 2.
  const bool is_list = chain.size() > 2 && objgraph.type_name(chain[1]) == "list";
  const Node first = chain[is_list ? 2 : 1];
  if (!facts.legacy_finalizers) {
    lines.push_back("The collector kept it: its type has a tp_del, or gc.set_debug had DEBUG_SAVEALL then.");
  } else if (objgraph.has_finalizer(first)) {
    lines.push_back("The collector found it unreachable, in a cycle with a __del__, and does not free these.");
  } else {
    lines.push_back("The collector kept it, since gc.set_debug had DEBUG_SAVEALL then.");
  }
}

// A chain without what makes it this one: "module app .cache [] -> Entry".
std::string shape_of(const Objgraph& objgraph, const Objgraph::Chain& chain) {
  std::string shape = objgraph.repr(chain.front());
  for (const Link& link : links_of(objgraph, chain)) {
    shape += link.label.front() == '[' ? std::string("[]") : link.label;
    shape += " -> " + objgraph.type_name(link.to);
  }
  return shape;
}

}  // namespace

std::string chain_text(const Objgraph& objgraph, const Objgraph::Chain& chain) {
  std::string text = objgraph.repr(chain.front());
  for (const Link& link : links_of(objgraph, chain)) {
    text += " " + link.label + " -> " + objgraph.repr(link.to);
  }
  return text;
}

std::vector<std::string> why_alive(const Objgraph& objgraph, Node object, const WhyFacts& facts) {
  std::vector<std::string> lines;
  const std::string name = objgraph.repr(object);
  if (object.root) return {name + " is a root: the program itself holds it."};
  const Objgraph::Chain chain = objgraph.find_root_chain(object, SIZE_MAX);
  if (chain.size() < 2) {
    tell_garbage(objgraph, object, facts, lines);
    return lines;
  }
  const Node root = chain.front();
  lines.push_back(
      is_outside(objgraph, root)
          ? fmt::format("{} is alive: no module and no call leads to it, but C code or a running call does:", name)
          : fmt::format("{} is alive: {} leads to it:", name, objgraph.repr(root)));
  lines.push_back("  " + objgraph.repr(root));
  for (const Link& link : links_of(objgraph, chain)) {
    lines.push_back(fmt::format("    {} -> {}", link.label, objgraph.repr(link.to)));
  }
  tell_kept_garbage(objgraph, chain, facts, lines);
  tell_release(objgraph, object, chain, lines);
  return lines;
}

std::vector<std::string> why_alive(const Objgraph& objgraph, const std::string& type, const WhyFacts& facts,
                                   std::size_t ways) {
  struct Way {
    std::size_t objects = 0;
    Node example;
  };
  const Objgraph::Paths paths = objgraph.paths_from_roots();
  std::map<std::string, std::size_t> index;
  std::vector<std::pair<std::string, Way>> found;
  std::size_t all = 0;
  for (const ObjectId id : objgraph.objects()) {
    const Node node = Node::object(id);
    if (objgraph.type_name(node) != type) continue;
    ++all;
    const Objgraph::Chain chain = paths.chain_to(node);
    const std::string shape = chain.empty() ? "garbage" : shape_of(objgraph, chain);
    const auto [place, is_new] = index.emplace(shape, found.size());
    if (is_new) found.push_back({shape, {0, node}});
    ++found[place->second].second.objects;
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& x, const auto& y) { return x.second.objects > y.second.objects; });
  std::vector<std::string> lines;
  if (all == 0) return lines;
  lines.push_back(all == 1 ? fmt::format("There is 1 {}.", type)
                           : fmt::format("There are {} {}, alive in {} way{}.", all, type, found.size(),
                                         found.size() == 1 ? "" : "s"));
  for (std::size_t i = 0; i < std::min(ways, found.size()); ++i) {
    const auto& [shape, way] = found[i];
    lines.emplace_back();
    lines.push_back(fmt::format("{}: {}", way.objects, shape));
    for (const std::string& line : why_alive(objgraph, way.example, facts)) lines.push_back("  " + line);
  }
  if (found.size() > ways) lines.push_back(fmt::format("\n{} more ways", found.size() - ways));
  return lines;
}

}  // namespace cyclecheck

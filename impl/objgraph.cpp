#include "impl/objgraph.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace cyclegc {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

// By the number, largest first; stable.
template <class Row, class Number>
void sort_and_cut(std::vector<Row>& rows, std::size_t limit, const Number& number) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& x, const Row& y) { return number(x) > number(y); });
  if (limit != 0 && rows.size() > limit) rows.resize(limit);
}

}  // namespace

Objgraph::Objgraph(Heap& heap, Names names) : heap_(&heap), gc_(heap), names_(std::move(names)) {}

// --- Counting ---

std::size_t Objgraph::count(const std::string& type) const { return by_type(type).size(); }

std::vector<ObjectId> Objgraph::by_type(const std::string& type) const {
  std::vector<ObjectId> objects = gc_.get_objects();
  std::erase_if(objects, [&](ObjectId id) { return type_name(Node::object(id)) != type; });
  return objects;
}

std::vector<ObjectId> Objgraph::objects() const {
  std::vector<ObjectId> found;
  for (ObjectId id{0}; found.size() < heap_->size(); ++id.index) {
    if (heap_->exists(id)) found.push_back(id);
  }
  return found;
}

std::map<std::string, std::size_t> Objgraph::typestats() const {
  std::map<std::string, std::size_t> stats;
  for (const ObjectId id : gc_.get_objects()) ++stats[type_name(Node::object(id))];
  return stats;
}

std::vector<Objgraph::TypeCount> Objgraph::most_common_types(std::size_t limit) const {
  std::vector<TypeCount> rows;
  std::map<std::string, std::size_t> index;
  for (const ObjectId id : gc_.get_objects()) {
    const auto [place, first] = index.emplace(type_name(Node::object(id)), rows.size());
    if (first) rows.emplace_back(place->first, 0);
    ++rows[place->second].second;
  }
  sort_and_cut(rows, limit, [](const TypeCount& row) { return row.second; });
  return rows;
}

std::string Objgraph::show_most_common_types(std::size_t limit) const {
  const std::vector<TypeCount> rows = most_common_types(limit);
  std::size_t width = 0;
  for (const auto& [type, number] : rows) width = std::max(width, type.size());
  std::string text;
  for (const auto& [type, number] : rows) text += padded(type, width) + " " + std::to_string(number) + "\n";
  return text;
}

std::vector<Objgraph::Growth> Objgraph::growth(std::size_t limit) {
  gc_.collect();
  std::vector<Growth> rows;
  for (const auto& [type, number] : most_common_types(0)) {
    std::size_t& peak = peak_[type];
    if (number > peak) rows.push_back({type, number, number - std::exchange(peak, number)});
  }
  // objgraph keeps the order of first objects among equal deltas.
  std::map<std::string, std::size_t> first;
  for (const ObjectId id : gc_.get_objects()) first.emplace(type_name(Node::object(id)), first.size());
  std::sort(rows.begin(), rows.end(), [&](const Growth& x, const Growth& y) { return first[x.type] < first[y.type]; });
  sort_and_cut(rows, limit, [](const Growth& row) { return row.delta; });
  return rows;
}

std::string Objgraph::show_growth(std::size_t limit) {
  const std::vector<Growth> rows = growth(limit);
  std::size_t width = 0;
  for (const Growth& row : rows) width = std::max(width, row.type.size());
  std::string text;
  for (const Growth& row : rows) {
    text += padded(row.type, width) + right(std::to_string(row.count), 9) + " " +
            right("+" + std::to_string(row.delta), 9) + "\n";
  }
  return text;
}

std::vector<ObjectId> Objgraph::leaking_objects() {
  gc_.collect();
  std::vector<ObjectId> objects = gc_.get_objects();
  std::set<std::uint32_t> referred;
  for (const ObjectId id : objects) {
    for (const ObjectId to : gc_.get_referents(id)) referred.insert(to.index);
  }
  std::erase_if(objects, [&](ObjectId id) { return referred.count(id.index) > 0; });
  return objects;
}

// --- Neighbours and names ---

std::vector<Objgraph::Node> Objgraph::referents(Node node) const {
  std::vector<Node> nodes;
  if (node == garbage_node()) {
    for (std::size_t i = 0; i < gc_.garbage_size(); ++i) nodes.push_back(Node::object(gc_.garbage(i)));
  } else if (node.root) {
    for (const auto& [name, id] : names_.roots[node.index].variables) nodes.push_back(Node::object(id));
  } else {
    for (const ObjectId id : gc_.get_referents(node.id())) nodes.push_back(Node::object(id));
  }
  return nodes;
}

std::vector<Objgraph::Node> Objgraph::referrers(Node node) const {
  std::vector<Node> nodes;
  if (node.root) return nodes;
  for (const ObjectId id : gc_.get_referrers(node.id())) nodes.push_back(Node::object(id));
  for (std::uint32_t i = 0; i <= names_.roots.size(); ++i) {
    const std::vector<Node> held = referents({true, i});
    if (std::find(held.begin(), held.end(), node) != held.end()) nodes.push_back({true, i});
  }
  return nodes;
}

std::string Objgraph::type_name(Node node) const {
  if (node == garbage_node()) return "list";
  if (node.root) return "module";
  if (names_.type_name) return names_.type_name(node.id());
  const std::string& name = heap_->type(heap_->type_of(node.id())).name;
  // The library's own types as CPython calls them.
  if (heap_->type(heap_->type_of(node.id())).layout != Layout::built_in) return name;
  if (name == "callback_tuple") return "tuple";
  if (name == "proxy") return "weakproxy";
  return heap_->is_weak_reference(node.id()) ? name : "dict";
}

std::string Objgraph::repr(Node node) const {
  if (node == garbage_node()) return "gc.garbage";
  if (node.root) return names_.roots[node.index].name;
  if (names_.repr) return names_.repr(node.id());
  return "object " + std::to_string(node.index);
}

bool Objgraph::has_finalizer(Node node) const {
  if (node.root) return false;
  const Type& type = heap_->type(heap_->type_of(node.id()));
  return static_cast<bool>(type.finalize) || static_cast<bool>(type.legacy_finalize);
}

bool Objgraph::is_frozen(Node node) const { return !node.root && gc_.is_frozen(node.id()); }

std::size_t Objgraph::references(Node node) const {
  return names_.references ? names_.references(node.id()) : heap_->references(node.id());
}

bool Objgraph::is_garbage(Node node) const {
  const std::vector<Node> garbage = referents(garbage_node());
  return std::find(garbage.begin(), garbage.end(), node) != garbage.end();
}

// --- Pictures ---

Objgraph::Picture Objgraph::show_backrefs(const std::vector<Node>& objects, const Options& options) const {
  return draw(objects, options, true);
}

Objgraph::Picture Objgraph::show_refs(const std::vector<Node>& objects, const Options& options) const {
  return draw(objects, options, false);
}

Objgraph::Picture Objgraph::show_chain(const std::vector<Chain>& chains, Options options, bool backrefs) const {
  std::set<Node> in_chains;
  std::vector<Node> start;
  std::size_t longest = 1;
  for (const Chain& chain : chains) {
    if (chain.empty()) continue;
    in_chains.insert(chain.begin(), chain.end());
    start.push_back(backrefs ? chain.back() : chain.front());
    longest = std::max(longest, chain.size());
  }
  options.max_depth = longest - 1;
  options.filter = [&](Node node) { return in_chains.count(node) > 0; };
  return draw(start, options, backrefs);
}

// Breadth first, as objgraph's _show_graph: the same nodes, depths and edges.
Objgraph::Picture Objgraph::draw(const std::vector<Node>& start, const Options& options, bool backwards) const {
  Picture picture;
  picture.max_depth = options.max_depth;
  picture.backwards = backwards;
  std::map<Node, std::size_t> depth;
  std::deque<Node> queue;
  const auto reach = [&](Node node, std::size_t distance) {
    if (depth.count(node) > 0) return true;
    if (depth.size() >= options.max_nodes) return false;
    depth.emplace(node, distance);
    queue.push_back(node);
    return true;
  };
  for (const Node node : start) reach(node, 0);
  picture.starts = queue.size();
  std::set<Node> left_out;
  while (!queue.empty()) {
    const Node node = queue.front();
    queue.pop_front();
    Picture::Drawn drawn{node, depth.at(node), 0};
    const bool ends = drawn.depth >= options.max_depth || (backwards && is_proper_module(node));
    std::size_t shown = 0;
    for (const Node next : ends ? std::vector<Node>{} : backwards ? referrers(node) : referents(node)) {
      if (options.filter && !options.filter(next)) continue;
      if (shown >= options.too_many) {
        ++drawn.skipped;
        continue;
      }
      if (!reach(next, drawn.depth + 1)) {
        left_out.insert(next);
        continue;
      }
      const Node from = backwards ? next : node;
      const Node to = backwards ? node : next;
      picture.edges.push_back({from, to, edge_label(from, to)});
      ++shown;
    }
    picture.nodes.push_back(drawn);
  }
  picture.left_out = left_out.size();
  return picture;
}

// What the owner calls the reference: a variable, `__dict__`, a key, the place in a list.
std::string Objgraph::edge_label(Node from, Node to) const {
  if (from == garbage_node()) return "";
  if (from.root) {
    for (const auto& [name, id] : names_.roots[from.index].variables) {
      if (Node::object(id) == to) return name;
    }
    return "";
  }
  if (names_.label && !to.root) return names_.label(from.id(), to.id());
  const Semantics& rules = heap_->semantics();
  const Layout layout = heap_->type(heap_->type_of(from.id())).layout;
  const bool has_dictionary = (layout == Layout::instance && rules.own_dictionary) ||
                              (layout == Layout::classic && (rules.own_dictionary || rules.classic_instances));
  if (has_dictionary) return "__dict__";
  for (std::uint32_t i = 0; i < heap_->slot_count(from.id()); ++i) {
    if (heap_->slot(from.id(), i) == to.id()) return "[" + std::to_string(i) + "]";
  }
  return "";
}

}  // namespace cyclegc

// What is in a heap and who refers to whom: the functions of Python's package objgraph (3.5), for any heap.
//
// They see what the collector sees: objects that are tracked in generations 0 to 2 are counted and are referrers; what
// these refer to can be reached. Roots, which hold objects from outside of the heap, stand where objgraph has modules.
// Not thread-safe. Nothing here holds an object; answers are valid until the heap changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "impl/gc_module.hpp"
#include "impl/heap.hpp"
#include "impl/named_root.hpp"

namespace cyclegc {

class Objgraph {
 public:
  // How the embedder calls things; every member may be empty.
  struct Names {
    // What stands for an object in a picture, below the name of its type.
    std::function<std::string(ObjectId)> repr;
    // Instead of Type::name.
    std::function<std::string(ObjectId)> type_name;
    // What the first object calls its reference to the second one. Without it: `__dict__`, or the place in a list.
    std::function<std::string(ObjectId from, ObjectId to)> label;
    // Instead of Heap::references: of the program that the heap is a copy of.
    std::function<std::size_t(ObjectId)> references;
    std::vector<NamedRoot> roots;
  };

  // An object, or a root: an index into Names::roots, or their number for gc.garbage.
  struct Node {
    bool root = false;
    std::uint32_t index = 0;

    static Node object(ObjectId id) { return {false, id.index}; }
    // REQUIRES: !root
    [[nodiscard]] ObjectId id() const { return {index}; }
    friend auto operator<=>(const Node&, const Node&) = default;
  };
  using Predicate = std::function<bool(Node)>;
  using Chain = std::vector<Node>;
  using TypeCount = std::pair<std::string, std::size_t>;

  // The heap outlives it.
  explicit Objgraph(Heap& heap, Names names = {});

  // Roots change as the program runs.
  void set_roots(std::vector<NamedRoot> roots) { names_.roots = std::move(roots); }

  // --- Counting. O(tracked objects). ---

  [[nodiscard]] std::size_t count(const std::string& type) const;
  [[nodiscard]] std::vector<ObjectId> by_type(const std::string& type) const;
  // Every object that exists, tracked or not, in the order of their numbers. O(heap).
  [[nodiscard]] std::vector<ObjectId> objects() const;
  // Sorted by name.
  [[nodiscard]] std::map<std::string, std::size_t> typestats() const;
  // Most frequent first; equally frequent ones in the order of their first objects. limit 0: all.
  [[nodiscard]] std::vector<TypeCount> most_common_types(std::size_t limit = 10) const;
  // The table that objgraph prints: "dict     953".
  [[nodiscard]] std::string show_most_common_types(std::size_t limit = 10) const;

  struct Growth {
    std::string type;
    std::size_t count = 0;
    std::size_t delta = 0;
    friend bool operator==(const Growth&, const Growth&) = default;
  };
  // Collects, and answers by how much the counts exceed the highest ones seen by earlier calls; largest first.
  std::vector<Growth> growth(std::size_t limit = 10);
  // "dict      953        +7".
  std::string show_growth(std::size_t limit = 10);
  // Collects, and answers tracked objects that no tracked object refers to. What only a root refers to is among them,
  // as it is in objgraph for references from C. O(tracked objects and their references).
  std::vector<ObjectId> leaking_objects();

  // --- Chains: breadth first, so a shortest one. A chain of n + 1 nodes has n references: its depth. ---
  //
  // Forwards, a chain leads through whatever the collector sees of an object, also of a frozen one. Backwards it leads
  // through tracked objects alone, as gc.get_referrers does. Other than objgraph, none of them collects first: they
  // must not change what they show.

  static constexpr std::size_t kChainDepth = 20;

  // A root, by any name.
  [[nodiscard]] static bool is_proper_module(Node node) { return node.root; }
  // From something that fulfils the predicate to the object; only the object if there is no such chain.
  // O(heap) for each object that it looks at.
  [[nodiscard]] Chain find_backref_chain(Node object, const Predicate& predicate,
                                         std::size_t max_depth = kChainDepth) const;
  // From the object to something that fulfils it; only the object if there is no such chain. O(heap).
  [[nodiscard]] Chain find_ref_chain(Node object, const Predicate& predicate,
                                     std::size_t max_depth = kChainDepth) const;
  // From a frozen object in a cycle forwards to the object: no collection frees what such a chain leads to. Empty if
  // there is none. O(heap) for each frozen object that leads to the object and is in no cycle.
  [[nodiscard]] Chain find_frozen_chain(Node object) const;
  // From any root, or gc.garbage, forwards to the object; only the object if there is no such chain. O(heap).
  [[nodiscard]] Chain find_root_chain(Node object, std::size_t max_depth = kChainDepth) const;
  // From the object back to it, so that it begins and ends with it; only the object if it is in no cycle. O(heap).
  [[nodiscard]] Chain find_cycle(Node object, std::size_t max_depth = kChainDepth) const;

  // --- Why an object is alive ---

  // All references of one node to another one: as many as there are labels.
  struct Reference {
    Node from;
    Node to;
    friend bool operator==(const Reference&, const Reference&) = default;
  };
  // What roots lead to, each by one shortest chain.
  class Paths {
   public:
    [[nodiscard]] bool lead_to(Node node) const { return at(node) < parent_.size() && parent_[at(node)] != kNone; }
    // Empty if they do not lead there.
    [[nodiscard]] Chain chain_to(Node node) const;
    // Objects that they lead to.
    [[nodiscard]] std::size_t objects() const { return objects_; }

   private:
    friend class Objgraph;
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};
    explicit Paths(std::uint32_t roots) : roots_(roots) {}
    // False: it was reached before. A start is its own parent.
    bool reach(Node node, Node parent);
    // REQUIRES: lead_to(node)
    [[nodiscard]] Node parent(Node node) const { return node_at(parent_[at(node)]); }
    [[nodiscard]] std::uint32_t at(Node node) const { return node.root ? node.index : roots_ + 1 + node.index; }
    [[nodiscard]] Node node_at(std::uint32_t place) const {
      return place <= roots_ ? Node{true, place} : Node{false, place - roots_ - 1};
    }

    std::uint32_t roots_;
    // By place: roots, gc.garbage, then objects.
    std::vector<std::uint32_t> parent_;
    std::size_t objects_ = 0;
  };
  // Those that do not need a reference that `without` names, if it is given. O(heap).
  [[nodiscard]] Paths paths_from_roots(const std::function<bool(Reference)>& without = {}) const;

  struct Release {
    std::vector<Reference> references;
    // Objects that no root leads to any more once these are gone.
    std::size_t objects = 0;
  };
  // What would free an object that roots lead to: each single reference whose loss is enough, the nearest to the object
  // first. If none of these is a reference to the object itself, there is one more: all references to it from what
  // roots lead to without its help, together. Empty if no root leads to it. O(heap * length of the chain).
  [[nodiscard]] std::vector<Release> what_would_free(Node object) const;
  // References to the object that neither tracked objects nor roots account for: those of C code. O(heap).
  [[nodiscard]] std::size_t references_from_outside(ObjectId object) const;

  // --- Pictures ---

  struct Options {
    std::size_t max_depth = 3;
    // More neighbours of one node than this are only counted.
    std::size_t too_many = 10;
    // More nodes than this are not drawn: those nearest to where it begins are.
    std::size_t max_nodes = 250;
    // Objects that it refuses are left out. Empty: none.
    Predicate filter;
    // Drawn in blue.
    Predicate highlight;
    // A further line for an object.
    std::function<std::string(Node)> extra_info;
    bool refcounts = false;
  };
  struct Edge {
    Node from;
    Node to;
    std::string label;
  };
  struct Picture {
    struct Drawn {
      Node node;
      std::size_t depth = 0;
      // Neighbours that were too many.
      std::size_t skipped = 0;
    };
    // In the order in which they were reached.
    std::vector<Drawn> nodes;
    std::vector<Edge> edges;
    std::size_t max_depth = 0;
    // The arrows of what was skipped lead to the node, not from it.
    bool backwards = false;
    // Objects that were reached and not drawn because of Options::max_nodes.
    std::size_t left_out = 0;
    // How many nodes there are where it begins.
    std::size_t starts = 0;
  };
  [[nodiscard]] Picture show_backrefs(const std::vector<Node>& objects, const Options& options) const;
  [[nodiscard]] Picture show_refs(const std::vector<Node>& objects, const Options& options) const;
  // Chains as find_backref_chain (`backrefs`) or find_ref_chain answers them, and nothing beside them.
  [[nodiscard]] Picture show_chain(const std::vector<Chain>& chains, Options options, bool backrefs = true) const;

  // A graph for Graphviz, in objgraph's colours: roots green, the darker the farther away, a circle for a finalizer;
  // and with a red frame what has a finalizer or is in gc.garbage.
  [[nodiscard]] std::string to_dot(const Picture& picture, const Options& options) const;
  // The same as lines: "c1 -> c1.__dict__  __dict__".
  [[nodiscard]] std::string to_text(const Picture& picture, const Options& options) const;

  // "instance", "module", "list" (gc.garbage).
  [[nodiscard]] std::string type_name(Node node) const;
  [[nodiscard]] std::string repr(Node node) const;
  [[nodiscard]] bool has_finalizer(Node node) const;
  // No collection looks at it before gc.unfreeze().
  [[nodiscard]] bool is_frozen(Node node) const;
  [[nodiscard]] bool is_garbage(Node node) const;
  // REQUIRES: !node.root
  [[nodiscard]] std::size_t references(Node node) const;
  // What the owner calls its references to `to`, the first of them if it has several: a variable, `__dict__`, a key.
  [[nodiscard]] std::string edge_label(Node from, Node to) const;
  // Those of Names::roots, then gc.garbage.
  [[nodiscard]] std::vector<Node> roots() const;

 private:
  using Neighbours = std::vector<Node> (Objgraph::*)(Node) const;
  [[nodiscard]] std::vector<Node> referents(Node node) const;
  [[nodiscard]] std::vector<Node> referrers(Node node) const;
  [[nodiscard]] Node garbage_node() const { return {true, root_count()}; }
  // From a start to something that fulfils the predicate; empty if there is no such chain. `leave`: starts do not
  // count, so that a chain may lead back to one.
  [[nodiscard]] Chain find_chain(const std::vector<Node>& starts, const Predicate& predicate, std::size_t max_depth,
                                 Neighbours neighbours, bool leave = false) const;
  [[nodiscard]] std::uint32_t root_count() const { return static_cast<std::uint32_t>(names_.roots.size()); }
  // Those from which chains begin first, or those of the last resort.
  [[nodiscard]] std::vector<Node> roots(bool last_resort) const;
  [[nodiscard]] Picture draw(const std::vector<Node>& start, const Options& options, bool backwards) const;

  Heap* heap_;
  GcModule gc_;
  Names names_;
  // The highest counts that growth() saw.
  std::map<std::string, std::size_t> peak_;
};

}  // namespace cyclegc

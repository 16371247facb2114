// What a heap holds, as nodes and edges.
#include "impl/snapshot.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {
namespace internal {

class SnapshotTaker {
 public:
  SnapshotTaker(const Heap& heap, const SnapshotNames& names)
      : heap_(heap), names_(names), was_quiet_(std::exchange(heap.quiet_, true)) {}
  SnapshotTaker(const SnapshotTaker&) = delete;
  SnapshotTaker& operator=(const SnapshotTaker&) = delete;
  ~SnapshotTaker() { heap_.quiet_ = was_quiet_; }

  Snapshot run() {
    find_objects();
    count_references();
    find_roots();
    first_object_ = static_cast<std::uint32_t>(1 + roots_.size());
    add_roots();
    for (const Id id : objects_) add_object(id);
    return std::move(snapshot_);
  }

 private:
  using NodeKind = Snapshot::NodeKind;
  using EdgeKind = Snapshot::EdgeKind;

  struct Reference {
    EdgeKind kind;
    std::uint32_t name;
    Id to;
  };
  struct Root {
    NodeKind kind;
    std::string name;
    std::vector<Reference> references = {};
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool exists(Id id) const {
    return id < heap_.cells_.size() && heap_.cells_[id].shape() != Shape::vacant;
  }
  // Of Heap::releasing_, where ends of deaths lie as well.
  [[nodiscard]] bool is_reference(Id id) const { return (id & Heap::kMark) == 0 && exists(id); }

  void find_objects() {
    objects_.reserve(heap_.live_);
    places_.resize(heap_.cells_.size());
    for (Id id = 0; id < heap_.cells_.size(); ++id) {
      places_[id] = static_cast<std::uint32_t>(objects_.size());
      if (exists(id)) objects_.push_back(id);
    }
  }

  // Calls visit(kind, number, Id) for all that an object refers to, also what the collector does not see. What is
  // `named` is the object that a callback needs.
  template <class Visit>
  void visit_all(Id id, Visit&& visit) const {
    const Cell& cell = heap_.cells_[id];
    if (cell.shape() == Shape::custom) {
      const auto payload = heap_.custom_[cell.type].payload;
      std::uint32_t number = 0;
      heap_.visit_custom(id, [&](Id to) { visit(EdgeKind::numbered, number++, to); });
      if (payload != nullptr) {
        heap_.visit_members(id, payload, [&](Id to) { visit(EdgeKind::hidden, number++, to); });
      }
    } else if (cell.shape() == Shape::weak) {
      const Id referent = cell.near[weak_part::referent];
      if (referent != kNone) visit(EdgeKind::weak, 0, referent);
      if (cell.has(kHasObject)) visit(EdgeKind::named, 0, heap_.weak_objects_[id]);
    } else {
      const Id* const slots = heap_.slots(cell);
      const EdgeKind kind = cell.shape() == Shape::opaque ? EdgeKind::hidden : EdgeKind::numbered;
      for (std::uint32_t i = 0; i < cell.size(); i += Heap::slot_step(cell.shape())) {
        const bool is_key = cell.shape() == Shape::dict && (slots[i + 1] & Heap::kMark) != 0;
        if (slots[i] != kNone) visit(kind, cell.shape() == Shape::dict ? slots[i + 1] & ~Heap::kMark : i, slots[i]);
        if (is_key) visit(kind, slots[i + 1] & ~Heap::kMark, slots[i + 1] & ~Heap::kMark);
      }
    }
  }

  void count_references() {
    seen_.resize(heap_.cells_.size());
    for (const Id id : objects_) {
      seen_[id] += heap_.held_[id];
      visit_all(id, [this](EdgeKind kind, std::uint32_t /*number*/, Id to) {
        if (kind != EdgeKind::weak && exists(to)) ++seen_[to];
      });
    }
    for (const Id id : heap_.gc_.garbage) ++seen_[id];
    for (const Id id : heap_.releasing_) {
      if (is_reference(id)) ++seen_[id];
    }
  }

  void find_roots() {
    std::vector<std::uint32_t> named(heap_.cells_.size());
    for (const NamedRoot& root : names_.roots) {
      Root found{NodeKind::named, root.name};
      for (const auto& [name, object] : root.variables) {
        if (!exists(object.index)) continue;
        ++named[object.index];
        found.references.push_back({EdgeKind::named, string(name), object.index});
      }
      roots_.push_back(std::move(found));
    }
    Root handles{NodeKind::handles, "handles"};
    Root frozen{NodeKind::frozen, "frozen"};
    Root garbage{NodeKind::garbage, "gc.garbage"};
    Root dying{NodeKind::dying, "references of what dies"};
    Root unseen{NodeKind::unseen, "references that nothing shows"};
    for (const Id id : objects_) {
      if (heap_.held_[id] > named[id]) add(handles, id);
      if (heap_.cells_[id].list == ListId::permanent) add(frozen, id);
      if (heap_.cells_[id].refs > seen_[id]) add(unseen, id);
    }
    for (const Id id : heap_.gc_.garbage) add(garbage, id);
    for (const Id id : heap_.releasing_) {
      if (is_reference(id)) add(dying, id);
    }
    for (Id id = heap_.newest_waiting_; id != kNone; id = heap_.cells_[id].place) add(dying, id);
    for (Root* const root : {&handles, &frozen, &garbage, &dying, &unseen}) {
      if (!root->references.empty()) roots_.push_back(std::move(*root));
    }
    if (names_.all_external_bytes != 0) {
      roots_.push_back({NodeKind::external, "external bytes", {}, names_.all_external_bytes});
    }
  }
  static void add(Root& root, Id id) {
    root.references.push_back({EdgeKind::numbered, static_cast<std::uint32_t>(root.references.size()), id});
  }

  void add_roots() {
    snapshot_.nodes.reserve(first_object_ + objects_.size());
    add_node(NodeKind::start, "roots", 0);
    for (std::uint32_t i = 0; i < roots_.size(); ++i) add_edge(EdgeKind::numbered, i, 1 + i);
    for (const Root& root : roots_) {
      add_node(root.kind, root.name, root.bytes);
      for (const Reference& reference : root.references) add_edge(reference.kind, reference.name, at(reference.to));
    }
  }
  [[nodiscard]] std::uint32_t at(Id id) const { return first_object_ + places_[id]; }

  void add_object(Id id) {
    const Cell& cell = heap_.cells_[id];
    const ObjectId object = heap_.named(id);
    std::string name = heap_.types_[cell.type].name;
    if (names_.text) {
      const std::string text = names_.text(object);
      if (!text.empty()) name += " " + text;
    }
    std::size_t bytes = sizeof(Cell) + (cell.has(Flag::far) ? cell.far.capacity * sizeof(Id) : 0);
    if (cell.shape() == Shape::custom) bytes += heap_.custom_[cell.type].size;
    if (names_.external_bytes) bytes += names_.external_bytes(object);
    Snapshot::Node& node = add_node(NodeKind::object, name, bytes);
    node.object = object;
    node.references = cell.refs;
    // Apart: the embedder's functions do not run inside of its `traverse`.
    visit_all(id, [this](EdgeKind kind, std::uint32_t number, Id to) {
      if (exists(to)) found_.push_back({kind, number, to});
    });
    for (const Reference& reference : found_) add_reference(object, reference);
    found_.clear();
  }

  void add_reference(ObjectId from, const Reference& reference) {
    if (reference.kind == EdgeKind::weak) return add_edge(EdgeKind::weak, string("referent"), at(reference.to));
    if (reference.kind == EdgeKind::named) {
      return add_edge(EdgeKind::named, string("what its callback needs"), at(reference.to));
    }
    std::string name = names_.reference ? names_.reference(from, reference.name) : std::string();
    const Shape shape = heap_.cells_[from.index].shape();
    if (name.empty() && (shape == Shape::with_dictionary || shape == Shape::old_style)) name = "__dict__";
    if (reference.kind == EdgeKind::hidden) {
      if (name.empty()) name = std::to_string(reference.name);
      return add_edge(EdgeKind::hidden, string(name), at(reference.to));
    }
    if (name.empty()) return add_edge(EdgeKind::numbered, reference.name, at(reference.to));
    add_edge(EdgeKind::named, string(name), at(reference.to));
  }

  Snapshot::Node& add_node(NodeKind kind, const std::string& name, std::size_t bytes) {
    Snapshot::Node node;
    node.kind = kind;
    node.name = string(name);
    node.bytes = bytes;
    return snapshot_.nodes.emplace_back(node);
  }

  void add_edge(EdgeKind kind, std::uint32_t name, std::uint32_t to) {
    if (snapshot_.edges.size() == Snapshot::kNothing) throw std::length_error("cyclegc: too many edges");
    snapshot_.edges.push_back({kind, name, to});
    ++snapshot_.nodes.back().edges;
  }

  std::uint32_t string(const std::string& text) {
    const auto [found, is_new] = places_of_strings_.try_emplace(text, snapshot_.strings.size());
    if (is_new) snapshot_.strings.push_back(text);
    return found->second;
  }

  const Heap& heap_;
  const SnapshotNames& names_;
  bool was_quiet_;
  std::vector<Id> objects_;
  // Of each id: its place in objects_, and the references that are shown.
  std::vector<std::uint32_t> places_;
  std::vector<std::uint32_t> seen_;
  std::vector<Root> roots_;
  std::uint32_t first_object_ = 0;
  std::vector<Reference> found_;
  std::unordered_map<std::string, std::uint32_t> places_of_strings_;
  Snapshot snapshot_;
};

}  // namespace internal

Snapshot take_snapshot(const Heap& heap, const SnapshotNames& names) {
  return internal::SnapshotTaker(heap, names).run();
}

std::uint32_t Snapshot::find(ObjectId object) const {
  const auto is_before = [object](const Node& node) {
    return node.kind != NodeKind::object || node.object.index < object.index;
  };
  const auto found = std::partition_point(nodes.begin(), nodes.end(), is_before);
  return found == nodes.end() || !(found->object == object) ? kNothing
                                                            : static_cast<std::uint32_t>(found - nodes.begin());
}

}  // namespace cyclegc

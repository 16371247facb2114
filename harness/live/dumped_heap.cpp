#include "harness/live/dumped_heap.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace cyclecheck {

using cyclegc::Heap;
using cyclegc::Layout;
using cyclegc::ObjectId;
using cyclegc::Objgraph;

namespace {

// Counts from here on are of objects that are never freed.
constexpr std::uint32_t kImmortal = 1U << 28;

}  // namespace

DumpedHeap::DumpedHeap(HeapDump dump) : dump_(std::move(dump)) {
  make_objects();
  make_references();
  name_types();
  make_roots();
  objgraph_.emplace(heap_, names());
}

// What is not tracked is opaque. Frozen objects come first, so that they can be frozen before there are others.
void DumpedHeap::make_objects() {
  cyclegc::GcModule gc(heap_);
  gc.disable();
  const auto define = [&](Layout layout, bool finalizer) {
    cyclegc::Type::Hook finalize;
    if (finalizer) finalize = [](Heap&, ObjectId) {};
    return heap_.define({"object", layout, finalize, {}, {}, {}});
  };
  const cyclegc::TypeId types[2][2] = {{define(Layout::node, false), define(Layout::node, true)},
                                       {define(Layout::opaque, false), define(Layout::opaque, true)}};
  ids_.resize(dump_.objects.size());
  ordinals_.resize(dump_.objects.size());
  const auto make = [&](bool frozen) {
    for (std::size_t i = 0; i < dump_.objects.size(); ++i) {
      const HeapDump::Object& object = dump_.objects[i];
      if ((object.how == HeapDump::How::frozen) != frozen) continue;
      const bool opaque = object.how == HeapDump::How::untracked;
      cyclegc::Handle made = heap_.create(types[opaque ? 1 : 0][dump_.types[object.type].finalizer ? 1 : 0]);
      ids_[i] = made.get();
      if (made.get().index >= numbers_.size()) numbers_.resize(made.get().index + std::size_t{1});
      numbers_[made.get().index] = static_cast<std::uint32_t>(i);
      // It stays held: a dump does not change.
      made.abandon();
    }
  };
  make(true);
  gc.freeze();
  make(false);
  std::vector<std::uint32_t> of_type(dump_.types.size());
  for (std::size_t i = 0; i < dump_.objects.size(); ++i) ordinals_[i] = ++of_type[dump_.objects[i].type];
}

// What a root tells again leads through the root alone: a variable of a module is one reference.
void DumpedHeap::make_references() {
  std::vector<bool> told_again(dump_.objects.size());
  for (const HeapDump::Root& root : dump_.roots) {
    if (root.same != HeapDump::kNone) told_again[root.same] = true;
  }
  for (std::size_t i = 0; i < dump_.objects.size(); ++i) {
    if (told_again[i]) continue;
    for (std::size_t e = dump_.objects[i].edges; e < dump_.end_of(i); ++e) {
      heap_.append(ids_[i], ids_[dump_.edges[e].to]);
    }
  }
}

void DumpedHeap::name_types() {
  std::map<std::string, std::size_t> uses;
  for (const HeapDump::Type& type : dump_.types) ++uses[type.short_name];
  for (const HeapDump::Type& type : dump_.types) {
    shown_.push_back(uses[type.short_name] > 1 ? type.name : type.short_name);
  }
}

void DumpedHeap::make_roots() {
  // References that something accounts for.
  std::vector<std::uint32_t> known(dump_.objects.size());
  for (const HeapDump::Edge& edge : dump_.edges) ++known[edge.to];
  for (const HeapDump::Root& root : dump_.roots) {
    roots_.push_back({root.name, {}});
    for (const HeapDump::Edge& edge : root.edges) {
      roots_.back().variables.emplace_back(dump_.labels[edge.label], ids_[edge.to]);
      if (root.counted) ++known[edge.to];
    }
  }
  roots_.push_back({"C code or a running call", {}, true});
  for (std::size_t i = 0; i < dump_.objects.size(); ++i) {
    const std::uint32_t references = dump_.objects[i].references;
    if (references > known[i] || references >= kImmortal) roots_.back().variables.emplace_back("", ids_[i]);
  }
}

Objgraph::Names DumpedHeap::names() const {
  Objgraph::Names names;
  names.repr = [this](ObjectId id) { return name_of(id); };
  names.type_name = [this](ObjectId id) { return shown_[dump_.objects[numbers_[id.index]].type]; };
  names.label = [this](ObjectId from, ObjectId to) { return label(from, to); };
  names.references = [this](ObjectId id) { return std::size_t{dump_.objects[numbers_[id.index]].references}; };
  names.roots = roots_;
  return names;
}

std::string DumpedHeap::label(ObjectId from, ObjectId to) const {
  const std::uint32_t owner = numbers_[from.index];
  const std::uint32_t wanted = numbers_[to.index];
  constexpr std::size_t kFew = 64;
  if (dump_.end_of(owner) - dump_.objects[owner].edges > kFew) {
    auto [place, is_new] = labels_of_many_.try_emplace(owner);
    for (std::size_t e = dump_.objects[owner].edges; is_new && e < dump_.end_of(owner); ++e) {
      place->second.emplace(dump_.edges[e].to, dump_.edges[e].label);
    }
    const auto found = place->second.find(wanted);
    return found == place->second.end() ? std::string{} : dump_.labels[found->second];
  }
  for (std::size_t e = dump_.objects[owner].edges; e < dump_.end_of(owner); ++e) {
    if (dump_.edges[e].to == wanted) return dump_.labels[dump_.edges[e].label];
  }
  return {};
}

std::string DumpedHeap::name_of(ObjectId id) const {
  const std::uint32_t number = numbers_[id.index];
  const HeapDump::Object& object = dump_.objects[number];
  if (object.name != 0) return dump_.names[object.name];
  return dump_.types[object.type].name + "#" + std::to_string(ordinals_[number]);
}

std::optional<Objgraph::Node> DumpedHeap::find(std::string_view name) const {
  std::uint64_t address = 0;
  if (name.substr(0, 2) == "0x") {
    const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), address, 16);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  }
  for (std::uint32_t i = 0; i < roots_.size(); ++i) {
    if (roots_[i].name == name) return Objgraph::Node{true, i};
  }
  const std::size_t number_sign = name.rfind('#');
  const std::string_view type = name.substr(0, number_sign);
  const std::string ordinal(number_sign == std::string_view::npos ? "" : name.substr(number_sign + 1));
  for (std::size_t i = 0; i < dump_.objects.size(); ++i) {
    const HeapDump::Object& object = dump_.objects[i];
    const HeapDump::Type& its = dump_.types[object.type];
    const bool is_it = address != 0       ? object.address == address
                       : object.name != 0 ? dump_.names[object.name] == name
                       : ordinal.empty()
                           ? false
                           : (its.name == type || its.short_name == type) && std::to_string(ordinals_[i]) == ordinal;
    if (is_it) return Objgraph::Node::object(ids_[i]);
  }
  return std::nullopt;
}

std::optional<std::string> DumpedHeap::type_named(std::string_view name) const {
  for (std::size_t i = 0; i < dump_.types.size(); ++i) {
    if (dump_.types[i].name == name || dump_.types[i].short_name == name) return shown_[i];
  }
  return std::nullopt;
}

}  // namespace cyclecheck

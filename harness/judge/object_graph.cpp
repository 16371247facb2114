#include "harness/judge/object_graph.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

constexpr std::size_t kAttributes = 16;

}  // namespace

void ObjectGraph::start(const Trace& trace) {
  trace_ = &trace;
  size_ = 0;
  living_.clear();
  place_.clear();
  reached_.clear();
  globals_.clear();
  globals_.resize(name_count(trace));
  bound_.clear();
  scopes_.clear();
  unreferenced_.clear();
  traversal_ = 0;
  is_traversed_ = false;
}

ObjectIndex ObjectGraph::with_label(const Label& label) const {
  if (label.part != Part::object || label.name.value >= globals_.size()) return kNoObject;
  const std::vector<ObjectIndex>& created = globals_[label.name.value].created;
  return label.serial < created.size() ? created[label.serial] : kNoObject;
}

Label ObjectGraph::next_label(Name name) const {
  return {name, Part::object, static_cast<std::uint32_t>(globals_[name.value].created.size())};
}

ObjectIndex ObjectGraph::make(Name name, GraphNode::Kind kind) {
  const auto index = static_cast<ObjectIndex>(size_++);
  if (size_ > objects_.size()) objects_.emplace_back();
  GraphNode& object = objects_[index];
  // The memory of its slots is used again.
  std::vector<ObjectIndex> slots = std::move(object.slots);
  slots.clear();
  object = {};
  object.slots = std::move(slots);
  object.label = next_label(name);
  object.kind = kind;
  if (object.has_attributes()) object.slots.assign(kAttributes, kNoObject);
  globals_[name.value].created.push_back(index);
  place_.push_back(static_cast<std::uint32_t>(living_.size()));
  living_.push_back(index);
  reached_.push_back(0);
  return index;
}

void ObjectGraph::die(ObjectIndex index) {
  GraphNode& object = objects_[index];
  object.dead = true;
  for (const ObjectIndex to : object.slots) {
    if (to != kNoObject) unrefer(to);
  }
  object.slots.clear();
  for (const auto& [key, value] : std::exchange(object.entries, {})) unrefer(value);
  for (const ObjectIndex map : std::exchange(object.maps, {})) {
    std::erase_if(objects_[map].entries, [&](const auto& entry) {
      if (entry.first == index) unrefer(entry.second);
      return entry.first == index;
    });
  }
  const std::uint32_t place = place_[index];
  living_[place] = living_.back();
  place_[living_[place]] = place;
  living_.pop_back();
}

void ObjectGraph::unrefer(ObjectIndex to) {
  GraphNode& object = objects_[to];
  if (--object.referrers == 0 && object.holders == 0) unreferenced_.push_back(to);
}

void ObjectGraph::hold(ObjectIndex index) {
  ++objects_[index].holders;
  is_traversed_ = false;
}

void ObjectGraph::release(ObjectIndex index) {
  GraphNode& object = objects_[index];
  if (--object.holders == 0 && object.referrers == 0) unreferenced_.push_back(index);
  is_traversed_ = false;
}

// --- Variables ---

ObjectIndex ObjectGraph::look_up(Name name, bool in_script) const {
  if (!in_script && !scopes_.empty()) {
    for (const auto& [local, value] : scopes_.back().locals) {
      if (local == name && value != kNoObject) return value;
    }
  }
  return globals_[name.value].value;
}

ObjectIndex ObjectGraph::find(const Operand& operand, ObjectIndex self, bool in_script) const {
  ObjectIndex found = kNoObject;
  if (operand.kind == Operand::Kind::variable) found = look_up(operand.name, in_script);
  if (operand.kind == Operand::Kind::self) found = self;
  if (operand.kind == Operand::Kind::label) {
    const std::vector<ObjectIndex>& created = globals_[operand.name.value].created;
    if (!created.empty()) found = created.back();
  }
  if (found == kNoObject || objects_[found].dead) return kNoObject;
  if (operand.slot == Operand::kWhole) return found;
  const std::vector<ObjectIndex>& slots = objects_[found].slots;
  const auto slot = static_cast<std::size_t>(operand.slot);
  found = slot < slots.size() ? slots[slot] : kNoObject;
  return found == kNoObject || objects_[found].dead ? kNoObject : found;
}

void ObjectGraph::bind_globally(Name name, ObjectIndex value) {
  Variable& global = globals_[name.value];
  if (value == kNoObject && global.value == kNoObject) return;
  if (!std::exchange(global.was_bound, true)) bound_.push_back(name);
  const ObjectIndex old = std::exchange(global.value, value);
  if (value != kNoObject) hold(value);
  if (old != kNoObject) release(old);
}

void ObjectGraph::bind(Name name, ObjectIndex value, bool in_script) {
  if (in_script || scopes_.empty()) return bind_globally(name, value);
  auto& locals = scopes_.back().locals;
  auto found = std::find_if(locals.begin(), locals.end(), [name](const auto& local) { return local.first == name; });
  if (found == locals.end()) {
    if (value == kNoObject) return;
    found = locals.emplace(locals.end(), name, kNoObject);
  }
  const ObjectIndex old = std::exchange(found->second, value);
  if (value != kNoObject) hold(value);
  if (old != kNoObject) release(old);
}

void ObjectGraph::drop(Name name, bool in_script) {
  if (!in_script && !scopes_.empty()) {
    for (auto& [local, value] : scopes_.back().locals) {
      if (local == name && value != kNoObject) return release(std::exchange(value, kNoObject));
    }
  }
  bind_globally(name, kNoObject);
}

void ObjectGraph::enter(ObjectIndex a, ObjectIndex b) {
  for (const ObjectIndex argument : {a, b}) {
    if (argument != kNoObject) hold(argument);
  }
  scopes_.emplace_back().arguments = {a, b};
}

std::vector<ObjectIndex> ObjectGraph::leave() {
  std::vector<ObjectIndex> held;
  for (const ObjectIndex argument : scopes_.back().arguments) {
    if (argument != kNoObject) held.push_back(argument);
  }
  for (const auto& [name, value] : scopes_.back().locals) {
    if (value != kNoObject) held.push_back(value);
  }
  scopes_.pop_back();
  return held;
}

// --- Slots ---

void ObjectGraph::append(ObjectIndex object, ObjectIndex value) {
  std::vector<ObjectIndex>& slots = objects_[object].slots;
  if (objects_[object].has_attributes()) {
    const auto unset = std::find(slots.begin(), slots.end(), kNoObject);
    if (unset == slots.end()) return;
    *unset = value;
  } else {
    slots.push_back(value);
  }
  objects_[object].was_filled = true;
  refer(value);
  is_traversed_ = false;
}

void ObjectGraph::remove(ObjectIndex object, ObjectIndex value) {
  const std::vector<ObjectIndex>& slots = objects_[object].slots;
  const auto found = std::find(slots.begin(), slots.end(), value);
  if (found != slots.end()) erase(object, static_cast<std::size_t>(found - slots.begin()));
}

void ObjectGraph::store(ObjectIndex object, std::size_t slot, ObjectIndex value) {
  std::vector<ObjectIndex>& slots = objects_[object].slots;
  if (slot >= slots.size()) return;
  objects_[object].was_filled = true;
  refer(value);
  const ObjectIndex old = std::exchange(slots[slot], value);
  if (old != kNoObject) unrefer(old);
  is_traversed_ = false;
}

void ObjectGraph::erase(ObjectIndex object, std::size_t slot) {
  std::vector<ObjectIndex>& slots = objects_[object].slots;
  if (slot >= slots.size()) return;
  const ObjectIndex old = slots[slot];
  if (objects_[object].has_attributes()) {
    slots[slot] = kNoObject;
  } else {
    slots.erase(slots.begin() + static_cast<std::ptrdiff_t>(slot));
  }
  if (old != kNoObject) unrefer(old);
  is_traversed_ = false;
}

void ObjectGraph::clear(ObjectIndex object) {
  for (const ObjectIndex to : std::exchange(objects_[object].slots, {})) {
    if (to != kNoObject) unrefer(to);
  }
  is_traversed_ = false;
}

void ObjectGraph::map_to(ObjectIndex map, ObjectIndex key, ObjectIndex value) {
  refer(value);
  is_traversed_ = false;
  auto& entries = objects_[map].entries;
  const auto found = std::find_if(entries.begin(), entries.end(), [key](const auto& one) { return one.first == key; });
  if (found != entries.end()) return unrefer(std::exchange(found->second, value));
  entries.emplace_back(key, value);
  objects_[key].maps.push_back(map);
}

ObjectIndex ObjectGraph::mapped(ObjectIndex map, ObjectIndex key) const {
  for (const auto& [one, value] : objects_[map].entries) {
    if (one == key) return value;
  }
  return kNoObject;
}

// --- Reachability ---

void ObjectGraph::find_reachable() {
  if (std::exchange(is_traversed_, true)) return;
  ++traversal_;
  for (const ObjectIndex index : living_) {
    if (objects_[index].holders == 0) continue;
    reached_[index] = traversal_;
    grey_.push_back(index);
  }
  blacken();
  // Ephemerons, until no entry reaches anything new.
  for (bool is_new = true; is_new;) {
    is_new = false;
    for (const ObjectIndex map : living_) {
      if (objects_[map].entries.empty() || reached_[map] != traversal_) continue;
      for (const auto& [key, value] : objects_[map].entries) {
        if (reached_[key] != traversal_ || reached_[value] == traversal_) continue;
        reached_[value] = traversal_;
        grey_.push_back(value);
        is_new = true;
      }
    }
    blacken();
  }
}

void ObjectGraph::blacken() {
  while (!grey_.empty()) {
    const GraphNode& object = objects_[grey_.back()];
    grey_.pop_back();
    for (const ObjectIndex to : object.slots) {
      if (to == kNoObject || reached_[to] == traversal_) continue;
      reached_[to] = traversal_;
      grey_.push_back(to);
    }
  }
}

bool ObjectGraph::is_reachable(ObjectIndex index) {
  if (objects_[index].holders > 0) return true;
  if (objects_[index].referrers == 0) return false;
  find_reachable();
  return reached_[index] == traversal_;
}

void ObjectGraph::note_unreachable(std::uint64_t moment) {
  find_reachable();
  for (const ObjectIndex index : living_) {
    GraphNode& object = objects_[index];
    if (reached_[index] == traversal_) {
      // A finalizer holds its own object.
      if (object.lost_at != moment) object.lost_at = 0;
      continue;
    }
    object.unreachable_at = moment;
    if (object.lost_at == 0) object.lost_at = moment;
  }
}

std::vector<bool> ObjectGraph::reached_from(const std::vector<ObjectIndex>& from) const {
  std::vector<bool> reached(size_, false);
  std::vector<ObjectIndex> grey;
  const auto reach = [&](ObjectIndex index) {
    if (index == kNoObject || reached[index] || objects_[index].dead) return;
    reached[index] = true;
    grey.push_back(index);
  };
  for (const ObjectIndex index : from) reach(index);
  while (!grey.empty()) {
    const GraphNode& object = objects_[grey.back()];
    grey.pop_back();
    for (const ObjectIndex to : object.slots) reach(to);
  }
  return reached;
}

std::string ObjectGraph::describe_root(ObjectIndex index) const {
  for (const Name name : bound_) {
    if (global(name) == index) return "the variable " + spelling(*trace_, name);
  }
  for (const Scope& scope : scopes_) {
    for (const auto& [name, value] : scope.locals) {
      if (value == index) return "the local variable " + spelling(*trace_, name);
    }
    for (const ObjectIndex argument : scope.arguments) {
      if (argument == index) return "an argument of a call";
    }
  }
  return "what runs";
}

std::string ObjectGraph::chain_to(ObjectIndex index) const {
  struct Link {
    ObjectIndex from = kNoObject;
    // Or the key of an entry.
    std::size_t slot = 0;
    bool is_entry = false;
    bool seen = false;
  };
  std::vector<Link> links(size_);
  std::vector<ObjectIndex> queue;
  for (ObjectIndex i = 0; i < size_; ++i) {
    if (objects_[i].dead || objects_[i].holders == 0) continue;
    links[i].seen = true;
    queue.push_back(i);
  }
  for (std::size_t at = 0; !links[index].seen; ++at) {
    if (at == queue.size()) {
      // What only an entry of a map reaches.
      for (std::size_t i = 0; i < at; ++i) {
        for (const auto& [key, value] : objects_[queue[i]].entries) {
          if (!links[key].seen || links[value].seen) continue;
          links[value] = {queue[i], key, true, true};
          queue.push_back(value);
        }
      }
      if (at == queue.size()) break;
    }
    const std::vector<ObjectIndex>& slots = objects_[queue[at]].slots;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const ObjectIndex to = slots[slot];
      if (to == kNoObject || links[to].seen) continue;
      links[to] = {queue[at], slot, false, true};
      queue.push_back(to);
    }
  }
  std::vector<ObjectIndex> chain{index};
  while (links[chain.back()].from != kNoObject) chain.push_back(links[chain.back()].from);
  std::string text = describe_root(chain.back());
  for (std::size_t i = chain.size(); i-- > 0;) {
    const Link& link = links[chain[i]];
    if (link.is_entry) {
      text += ", whose entry of " + to_string(objects_[link.slot].label, *trace_);
    } else if (i + 1 < chain.size()) {
      text += ", whose slot " + std::to_string(link.slot);
    }
    text += " holds " + to_string(objects_[chain[i]].label, *trace_);
  }
  return text;
}

}  // namespace cyclecheck

#include "model/heap.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace cyclecheck::model {

Heap::Heap(const Profile& profile, const Settings& settings, Program& program, Log& log, Observer* observer)
    : threshold(settings.threshold),
      enabled(settings.enabled),
      profile_(profile),
      program_(program),
      log_(log),
      observer_(observer),
      trashcan_(profile.trashcan),
      free_lists_(profile, settings.free_lists_filled) {}

// --- objects and references -----------------------------------------------------------------------------------------

Id Heap::add(Kind kind, Label label) {
  const Id id = static_cast<Id>(objects_.size());
  Object& object = *objects_.emplace_back(std::make_unique<Object>());
  object.kind = kind;
  object.label = label;
  object.references = 1;
  tell(Fact::made, id);
  return id;
}

// N4.
Id Heap::add_named(Kind kind, Name name) {
  if (name.value >= created_.size()) created_.resize(name.value + std::size_t{1});
  Created& created = created_[name.value];
  created.last = add(kind, {name, Part::object, created.count++});
  if (kind == Kind::node || kind == Kind::instance || kind == Kind::classic || kind == Kind::custom) {
    at(created.last).hash = ++hashed_;
  }
  return created.last;
}

// G2, G4. The object that is being allocated is not in any list yet. False: there is no memory for it, and nothing has
// happened (M2).
bool Heap::count_allocation(CollectionCause cause) {
  if (fails_in != 0 && --fails_in == 0) {
    tell(Fact::failed);
    return false;
  }
  ++count_[0];
  tell(Fact::counted);
  const bool above = threshold[0] != 0 && static_cast<std::int64_t>(count_[0]) > threshold[0];
  if (!above || !enabled || collecting_) return true;
  if (profile_.trigger == Profile::Trigger::at_safepoint) {
    pending_ = true;
    return true;
  }
  collecting_ = true;
  collect_automatically(cause);
  collecting_ = false;
  return true;
}

// D6.
void Heap::count_free() {
  if (count_[0] > 0) --count_[0];
}

Id Heap::allocate(Kind kind, Name name, FinalizerKind finalizer, ScriptId script) {
  if (kind == Kind::generator) return allocate_generator(name, finalizer, script, false);
  if (kind == Kind::classic && !profile_.classic_instances) kind = Kind::instance;  // N6
  const bool own_dictionary =
      kind == Kind::classic || (kind == Kind::instance && profile_.attributes == Profile::Attributes::own_dictionary);
  Id dictionary = kNone;
  if (kind == Kind::classic) {
    dictionary = allocate_attributes(kNone);
    if (dictionary == kNone) return kNone;
  }
  if (kind != Kind::opaque) {
    at_place(CollectionPlace::allocation);
    const bool from_free_list =
        (kind == Kind::list && free_lists_.take_list()) || (kind == Kind::dict && free_lists_.take_dictionary()) ||
        (kind == Kind::frame && free_lists_.take_frame(0)) || (kind == Kind::set && free_lists_.take_set());
    if (from_free_list) {
      tell(Fact::taken);
    } else if (!count_allocation(CollectionCause::allocation)) {
      if (dictionary != kNone) give_up(dictionary);
      return kNone;
    }
  }

  const Id id = add_named(kind, name);
  Object& object = at(id);
  if (kind == Kind::node || kind == Kind::instance || kind == Kind::classic || kind == Kind::custom) {
    object.finalizer = finalizer;
    object.script = script;
  }
  const bool numbered = kind == Kind::dict || kind == Kind::frame || (kind == Kind::instance && !own_dictionary);
  if (numbered) object.slots.assign(kAttributes, kNone);
  if (kind == Kind::set) object.slots.assign(kSmallestTable, kNone);
  const bool is_tracked = kind != Kind::opaque && (kind != Kind::dict || profile_.tracks_new_dicts);  // G1, G6
  if (is_tracked) track(id, generations_[0]);

  if (kind == Kind::instance && own_dictionary) {
    dictionary = allocate_attributes(id);
    if (dictionary == kNone) {
      give_up(id);
      return kNone;
    }
  }
  if (dictionary != kNone) {
    at(id).dictionary = dictionary;
    at(dictionary).instance = id;
    at(dictionary).label = {name, Part::attributes, at(id).label.serial};
  }
  return id;
}

// N23, W8.7. Where it has a frame of its own, that is made first, and with PEP 442 tracked last.
Id Heap::allocate_generator(Name name, FinalizerKind finalizer, ScriptId script, bool awaits) {
  awaits = awaits && profile_.pep442;  // 2.7 has no coroutines
  const auto count = [this](bool from_free_list) {
    if (from_free_list) tell(Fact::taken);
    return from_free_list || count_allocation(CollectionCause::allocation);
  };
  Id frame = kNone;
  at_place(CollectionPlace::allocation);
  if (profile_.attributes == Profile::Attributes::own_dictionary) {
    const std::size_t code = (finalizer == FinalizerKind::none ? 1U : 2U) + (awaits ? 2U : 0U);
    if (!count(free_lists_.take_frame(code))) return kNone;
    frame = add(Kind::frame, {name, Part::frame, 0});
    at(frame).code = code;
    at(frame).slots.assign(kAttributes, kNone);
    at_place(CollectionPlace::allocation);
  }
  if (!count(false)) {
    if (frame != kNone) give_up(frame);
    return kNone;
  }
  const Id id = add_named(Kind::generator, name);
  at(id).finalizer = finalizer;
  at(id).script = script;
  at(id).awaits = awaits;
  if (frame != kNone && !profile_.pep442) track(frame, generations_[0]);
  track(id, generations_[0]);
  if (frame == kNone) {
    at(id).slots.assign(kAttributes, kNone);
    return id;
  }
  at(id).dictionary = frame;
  at(frame).instance = id;
  at(frame).label.serial = at(id).label.serial;
  if (profile_.pep442) track(frame, generations_[0]);
  return id;
}

// M3.
void Heap::give_up(Id id) {
  tell(Fact::given_up, id);
  release(id);
}

// N5, W8.3. The dictionary is untracked until it holds a container (G6); its one reference is the instance's.
Id Heap::allocate_attributes(Id instance) {
  at_place(CollectionPlace::allocation);
  if (free_lists_.take_dictionary()) {
    tell(Fact::taken);
  } else if (!count_allocation(CollectionCause::allocation)) {
    return kNone;
  }
  const Id id = add(Kind::dictionary, instance == kNone ? Label{} : objects_[instance]->label);
  at(id).slots.assign(kAttributes, kNone);
  return id;
}

// X10.
Id Heap::allocate_gc_info() {
  if (!program_.has_memory_for_callbacks()) return kNone;
  count_interpreters_own(free_lists_.take_dictionary());
  const Id id = add(Kind::dictionary, {{}, Part::callback_tuple, 0});
  if (profile_.tracks_new_dicts) track(id, generations_[0]);
  return id;
}

// X10. Two items: a string, and the dict.
Id Heap::allocate_call(Id info) {
  if (!program_.has_memory_for_callbacks()) return kNone;
  count_interpreters_own(free_lists_.take_tuple(2));
  const Id id = add(Kind::tuple, {{}, Part::callback_tuple, 0});
  at(id).tuple_size = 2;
  at(id).slots = {info};
  hold(info);
  track(id, generations_[0]);
  return id;
}

// `fail` does not count it.
void Heap::count_interpreters_own(bool from_free_list) {
  if (from_free_list) return tell(Fact::taken);
  const std::uint32_t fails = std::exchange(fails_in, 0);
  (void)count_allocation(CollectionCause::allocation);
  fails_in = fails;
}

// W6.3, W8.2. Without items yet.
Id Heap::allocate_tuple(std::size_t size) {
  at_place(CollectionPlace::callback_tuple);
  if (!program_.has_memory_for_callbacks()) return kNone;
  if (!count_tuple(size, CollectionCause::callback_tuple)) return kNone;
  const Id id = add(Kind::tuple, {{}, Part::callback_tuple, 0});
  at(id).tuple_size = size;
  track(id, generations_[0]);
  return id;
}

bool Heap::count_tuple(std::size_t size, CollectionCause cause) {
  if (!free_lists_.take_tuple(size)) return count_allocation(cause);
  tell(Fact::taken);
  return true;
}

// N15. Its token is one item more.
Id Heap::make_tuple(Name name, const std::vector<Id>& items) {
  at_place(CollectionPlace::allocation);
  if (!count_tuple(items.size() + 1, CollectionCause::allocation)) return kNone;
  const Id id = add_named(Kind::tuple, name);
  at(id).tuple_size = items.size() + 1;
  at(id).slots = items;
  track(id, generations_[0]);
  return id;
}

// N20, N22, W8.6.
Id Heap::make_pair(Kind kind, Name name, Id first, Id second) {
  at_place(CollectionPlace::allocation);
  if (kind == Kind::method && free_lists_.take_method()) {
    tell(Fact::taken);
  } else if (!count_allocation(CollectionCause::allocation)) {
    return kNone;
  }
  const Id id = add_named(kind, name);
  at(id).slots = {first, second};
  if (first != kNone) hold(first);
  hold(second);
  track(id, generations_[0]);
  return id;
}

void Heap::release(Id id) {
  assert(objects_[id]->references > 0);
  if (--at(id).references == 0) deallocate(id);  // R1
}

Id Heap::last_created(Name name) const { return name.value < created_.size() ? created_[name.value].last : kNone; }

void Heap::track(Id id, List& list) {
  Object& object = at(id);
  assert(object.list == nullptr);
  object.place = list.insert(list.end(), id);
  object.list = &list;
}

void Heap::untrack(Id id) {
  Object& object = at(id);
  if (object.list == nullptr) return;
  object.list->erase(object.place);
  object.list = nullptr;
}

void Heap::move(Id id, List& to) {
  Object& object = at(id);
  to.splice(to.end(), *object.list, object.place);
  object.list = &to;
}

void Heap::append_all(List& to, List& from) {
  for (const Id id : from) at(id).list = &to;
  to.splice(to.end(), from);
}

Graph Heap::graph() const {
  Graph graph;
  graph.edges.resize(objects_.size());
  for (Id id = 0; id < objects_.size(); ++id) {
    if (objects_[id]->freed) continue;
    visit(id, [&](Id referent) { graph.edges[id].push_back(referent); });
    // A payload is seen by nobody but its owner.
    if (objects_[id]->kind == Kind::opaque || objects_[id]->kind == Kind::custom) graph.edges[id] = objects_[id]->slots;
    if (objects_[id]->closing && objects_[id]->dictionary == kNone) {
      graph.edges[id].clear();
      for (const Id value : objects_[id]->slots) {
        if (value != kNone) graph.edges[id].push_back(value);
      }
    }
  }
  return graph;
}

// --- slots: N7 ------------------------------------------------------------------------------------------------------

std::vector<Id>& Heap::slots_of(Id a) { return at(a).dictionary == kNone ? at(a).slots : at(at(a).dictionary).slots; }

Id Heap::slot(Id a, std::size_t index) const {
  const Object& object = *objects_[a];
  if (object.kind == Kind::dictionary || object.closed || object.kind == Kind::set || is_frame_of_generator(object))
    return kNone;
  const std::vector<Id>& slots = object.dictionary == kNone ? object.slots : objects_[object.dictionary]->slots;
  if (object.kind == Kind::dict && index >= kAttributes) return kNone;
  return index < slots.size() ? slots[index] : kNone;
}

// G6.
void Heap::dictionary_gains(Id dictionary, Id value) {
  if (at(dictionary).list != nullptr || !may_be_tracked(at(value))) return;
  track(dictionary, generations_[0]);
  tell(Fact::tracked, dictionary);
}

// N14. A new key comes last, or where its number belongs.
void Heap::add_key(Id dict, std::size_t key) {
  std::vector<std::size_t>& keys = at(dict).keys;
  keys.insert(profile_.insertion_order ? keys.end() : std::lower_bound(keys.begin(), keys.end(), key), key);
}

namespace {

// N24. The first free place of the table for this hash; the first one of all is never free.
std::size_t free_place(const std::vector<Id>& table, std::uint64_t hash, Profile::Sets sets) {
  const std::uint64_t mask = table.size() - 1;
  const auto is_free = [&](std::uint64_t place) { return place != 0 && table[place] == kNone; };
  std::uint64_t place = hash & mask;
  if (sets == Profile::Sets::far_probes) {
    std::uint64_t next = place;
    for (std::uint64_t perturb = hash; !is_free(place); perturb >>= 5) {
      next = next * 5 + perturb + 1;
      place = next & mask;
    }
    return place;
  }
  for (std::uint64_t perturb = hash;;) {
    const std::uint64_t neighbours = place + 9 <= mask ? 9 : 0;
    for (std::uint64_t i = 0; i <= neighbours; ++i) {
      if (is_free(place + i)) return place + i;
    }
    perturb >>= 5;
    place = (place * 5 + 1 + perturb) & mask;
  }
}

}  // namespace

void Heap::fill_table(Id set, const std::vector<Id>& elements, std::size_t places) {
  std::vector<Id>& table = at(set).slots;
  table.assign(places, kNone);
  for (const Id element : elements) {
    if (element != kNone) table[free_place(table, at(element).hash, profile_.sets)] = element;
  }
}

bool Heap::is_hashed(Id id) const {
  const Kind kind = objects_[id]->kind;
  return kind == Kind::node || kind == Kind::instance || kind == Kind::custom;
}

// N14, G6. A new key comes last.
void Heap::set_item(Id dict, Id key, Id value) {
  hold(value);
  dictionary_gains(dict, key);
  dictionary_gains(dict, value);
  Object& object = at(dict);
  const auto found = std::find(object.key_objects.begin(), object.key_objects.end(), key);
  const std::size_t number = kAttributes + static_cast<std::size_t>(found - object.key_objects.begin());
  if (found != object.key_objects.end()) return release(std::exchange(object.slots[number], value));
  hold(key);
  object.key_objects.push_back(key);
  object.slots.push_back(value);
  object.keys.push_back(number);
}

void Heap::delete_item(Id dict, Id key) {
  Object& object = at(dict);
  const auto found = std::find(object.key_objects.begin(), object.key_objects.end(), key);
  if (found == object.key_objects.end()) return;
  const std::size_t number = kAttributes + static_cast<std::size_t>(found - object.key_objects.begin());
  std::erase(object.keys, number);
  *found = kNone;
  const Id value = std::exchange(object.slots[number], kNone);
  release(key);
  release(value);
}

// D9: of each entry the key first.
void Heap::release_entries(Id dict) {
  const std::vector<Id> values = std::exchange(at(dict).slots, std::vector<Id>(kAttributes, kNone));
  const std::vector<Id> objects = std::exchange(at(dict).key_objects, {});
  for (const std::size_t key : std::exchange(at(dict).keys, {})) {
    if (key >= kAttributes) release(objects[key - kAttributes]);
    release(values[key]);
  }
}

// N24.
void Heap::add_to_set(Id set, Id element) {
  std::vector<Id>& table = at(set).slots;
  if (!is_hashed(element) || std::find(table.begin(), table.end(), element) != table.end()) return;
  hold(element);
  table[free_place(table, at(element).hash, profile_.sets)] = element;
  const std::size_t used = table.size() + 1 - static_cast<std::size_t>(std::count(table.begin(), table.end(), kNone));
  const bool is_full = profile_.sets == Profile::Sets::far_probes    ? used * 3 >= table.size() * 2
                       : profile_.sets == Profile::Sets::near_probes ? used * 3 >= (table.size() - 1) * 2
                                                                     : used * 5 >= (table.size() - 1) * 3;
  if (!is_full) return;
  std::size_t places = kSmallestTable;
  while (places <= used * 4) places *= 2;
  fill_table(set, std::vector<Id>(table), places);
}

// N24. What is left is put into an empty table.
void Heap::take_from_set(Id set, Id element) {
  std::vector<Id> left = at(set).slots;
  const auto found = std::find(left.begin(), left.end(), element);
  if (found == left.end()) return;
  left.erase(found);
  at(set).slots.assign(kSmallestTable, kNone);
  for (const Id other : left) {
    if (other == kNone) continue;
    add_to_set(set, other);
    --at(other).references;
  }
  release(element);
}

void Heap::append(Id a, Id b) {
  if (at(a).kind == Kind::set) return add_to_set(a, b);
  if (at(a).closed) return;  // N23
  std::vector<Id>& slots = slots_of(a);
  if (at(a).kind == Kind::cell && !slots.empty()) return;  // N19
  if (has_items(at(a))) {
    hold(b);
    slots.push_back(b);
    return;
  }
  const auto end = slots.size() > kAttributes ? slots.begin() + kAttributes : slots.end();
  const auto unset = std::find(slots.begin(), end, kNone);
  if (unset != end) store(a, static_cast<std::size_t>(unset - slots.begin()), b);
}

void Heap::remove(Id a, Id b) {
  if (at(a).kind == Kind::set) return take_from_set(a, b);
  if (at(a).closed) return;
  const std::vector<Id>& slots = slots_of(a);
  const auto end = at(a).kind == Kind::dict ? slots.begin() + kAttributes : slots.end();
  const auto found = std::find(slots.begin(), end, b);
  if (found != end) erase(a, static_cast<std::size_t>(found - slots.begin()));
}

void Heap::store(Id a, std::size_t index, Id b) {
  if (at(a).closed || at(a).kind == Kind::set) return;
  std::vector<Id>& slots = slots_of(a);
  if (index >= (at(a).kind == Kind::dict ? kAttributes : slots.size())) return;
  hold(b);
  if (at(a).dictionary != kNone && at(a).kind != Kind::generator) dictionary_gains(at(a).dictionary, b);
  if (at(a).kind == Kind::dict) {
    dictionary_gains(a, b);
    if (slots[index] == kNone) add_key(a, index);
  }
  const Id old = std::exchange(slots[index], b);
  if (old != kNone) release(old);
}

void Heap::erase(Id a, std::size_t index) {
  if (at(a).closed || at(a).kind == Kind::set) return;
  std::vector<Id>& slots = slots_of(a);
  if (index >= (at(a).kind == Kind::dict ? kAttributes : slots.size()) || slots[index] == kNone) return;
  const Id old = slots[index];
  if (has_items(at(a))) {
    slots.erase(slots.begin() + static_cast<std::ptrdiff_t>(index));
  } else {
    slots[index] = kNone;
    std::erase(at(a).keys, index);
  }
  release(old);
}

void Heap::clear(Id a) {
  if (at(a).kind == Kind::set) {
    for (const Id old : std::exchange(at(a).slots, std::vector<Id>(kSmallestTable, kNone))) {
      if (old != kNone) release(old);
    }
    return;
  }
  if (has_items(at(a))) {
    std::vector<Id> slots = std::exchange(at(a).slots, {});
    if (at(a).kind == Kind::custom) std::reverse(slots.begin(), slots.end());  // N18
    std::for_each(slots.rbegin(), slots.rend(), [&](Id old) { release(old); });
    return;
  }
  for (std::size_t i = 0; i < kAttributes; ++i) erase(a, i);
  while (at(a).kind == Kind::dict) {
    const auto key = std::find_if(at(a).keys.begin(), at(a).keys.end(), [](std::size_t n) { return n >= kAttributes; });
    if (key == at(a).keys.end()) return;
    delete_item(a, at(a).key_objects[*key - kAttributes]);
  }
}

// --- the gc module: X -----------------------------------------------------------------------------------------------

std::uint32_t Heap::collect(std::size_t generation) {
  if (collecting_) return 0;
  collecting_ = true;
  const std::uint32_t answer = collect_generation(generation, CollectionCause::call);
  collecting_ = false;
  return answer;
}

// G5.
void Heap::safepoint() {
  at_place(CollectionPlace::safepoint);
  if (!std::exchange(pending_, false)) return;
  if (profile_.safepoint_rechecks && (!enabled || collecting_)) return;
  collecting_ = true;
  collect_automatically(CollectionCause::safepoint);
  collecting_ = false;
}

// X7.
void Heap::freeze() {
  for (List& generation : generations_) append_all(permanent_, generation);
  count_ = {};
}

void Heap::unfreeze() { append_all(generations_[2], permanent_); }

// B1: emptied first, then released, so that no finalizer sees a half cleared list.
void Heap::clear_garbage() {
  std::vector<Id> garbage = std::exchange(garbage_, {});
  std::for_each(garbage.rbegin(), garbage.rend(), [&](Id id) { release(id); });
}

Id Heap::take_garbage(std::size_t index) {
  const Id id = garbage_[index];
  garbage_.erase(garbage_.begin() + static_cast<std::ptrdiff_t>(index));
  return id;
}

void Heap::watch(Id object, bool at_stop, ScriptId script) {
  if (watchers_.size() == kMostWatchers) return;
  hold(object);
  watchers_.push_back(std::make_shared<Watcher>(Watcher{object, at_stop, script}));
  if (calling_watchers_ > 0) tell(Fact::watchers_changed, object);
}

// The entry is gone before the object is released.
void Heap::unwatch(Id object) {
  const auto found =
      std::find_if(watchers_.begin(), watchers_.end(), [&](const auto& watcher) { return watcher->object == object; });
  if (found == watchers_.end()) return;
  const std::shared_ptr<Watcher> watcher = *found;
  watchers_.erase(found);
  watcher->is_registered = false;
  if (calling_watchers_ > 0) tell(Fact::watchers_changed, object);
  release_watched(*watcher);
}

void Heap::collect_at_shutdown(bool before_release) {
  if (before_release) {
    pending_ = false;
    if (enabled || !profile_.shutdown_needs_enabled) collect(2);
    return;
  }
  for (int pass = 0; pass < profile_.shutdown_collections; ++pass) {
    collecting_ = true;
    collect_generation(2, CollectionCause::shutdown);
    collecting_ = false;
  }
}

std::array<std::uint32_t, 3> Heap::take_ran() { return std::exchange(ran_, {}); }

}  // namespace cyclecheck::model

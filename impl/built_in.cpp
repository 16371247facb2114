// Lists, dicts, tuples and methods: objects of built-in types, which the embedder makes (rules N13 to N15, N20, D9,
// G6).
//
// The slots of a dict are pairs in the order of its keys: a value, then the number of its key.
#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "impl/heap.hpp"

namespace cyclegc {

Handle Heap::create_list_or_dict(TypeId type, std::uint64_t tag) {
  const bool list = types_[type.index].layout == Layout::list;
  if (!(list ? free_lists_.take_list() : free_lists_.take_dictionary())) count_allocation();
  const Id id = make_cell(list ? Shape::list : Shape::dict, type.index, tag);
  Handle made = first_handle(id);
  if (!list) ++dicts_;
  // Otherwise it is untracked until it gains a value that may be tracked.
  if (list || semantics_.tracks_new_dicts) track(id, ListId::generation0);
  announce(id, id, Role::object);
  return made;
}

Handle Heap::create_tuple(TypeId type, std::span<const ObjectId> items, std::uint64_t tag) {
  CYCLEGC_CHECK(types_[type.index].layout == Layout::tuple && !items.empty());
  CYCLEGC_CHECK(!closing_ && !quiet_);
  CYCLEGC_CHECK(std::all_of(items.begin(), items.end(), [this](ObjectId item) { return references(item) > 0; }));
  const Promise promise(*this, 1);
  provide_tags(tag);
  SlotBlock block(*this, SlotBlock::size_for(static_cast<std::uint32_t>(items.size())));
  if (!free_lists_.take_tuple(tuple_width(type.index, items.size()))) count_allocation();
  const Id id = make_cell(Shape::tuple, type.index, tag);
  block.give_to(id);
  Handle made = first_handle(id);
  ++tuples_;
  for (const ObjectId item : items) {
    acquire(item.index);
    push_slot(id, item.index);
  }
  track(id, ListId::generation0);
  announce(id, id, Role::object);
  return made;
}

Handle Heap::create_pair(TypeId type, ObjectId first, ObjectId second, std::uint64_t tag) {
  const bool method = types_[type.index].layout == Layout::method;
  CYCLEGC_CHECK((method && first) || types_[type.index].layout == Layout::traceback);
  CYCLEGC_CHECK(!closing_ && !quiet_ && (!first || references(first) > 0) && references(second) > 0);
  const Promise promise(*this, 1);
  provide_tags(tag);
  if (!method || !free_lists_.take_method()) count_allocation();
  const Id id = make_cell(method ? Shape::method : Shape::traceback, type.index, tag);
  Handle made = first_handle(id);
  for (const ObjectId item : {first, second}) {
    if (item) acquire(item.index);
    push_slot(id, item.index);
  }
  track(id, ListId::generation0);
  announce(id, id, Role::object);
  return made;
}

namespace {

constexpr std::size_t kSmallestTable = 8;

// N24. The first place of a table is the token's, also where nobody is told of deaths.
bool is_free(const std::vector<internal::Id>& table, std::uint64_t place) {
  return place != 0 && table[place] == internal::kNone;
}

}  // namespace

// The first free place of a table for an element with this hash.
std::size_t Heap::free_place(const std::vector<Id>& table, std::uint64_t hash) const {
  constexpr std::uint64_t kNeighbours = 9;
  const std::uint64_t last = table.size() - 1;
  std::uint64_t perturb = hash;
  std::uint64_t at = hash & last;
  if (semantics_.sets == SetRule::far_probes) {
    for (std::uint64_t probe = at; !is_free(table, at); perturb >>= 5U) {
      probe = probe * 5 + perturb + 1;
      at = probe & last;
    }
    return at;
  }
  while (true) {
    std::uint64_t place = at;
    const std::uint64_t end = at + kNeighbours <= last ? at + kNeighbours : at;
    while (place < end && !is_free(table, place)) ++place;
    if (is_free(table, place)) return place;
    perturb >>= 5U;
    at = (at * 5 + 1 + perturb) & last;
  }
}

// Puts an element in, and lets the table grow if it is time to.
void Heap::insert(Id set, std::vector<Id>& table, Id element) const {
  const auto hash = [&](Id of) { return types_[cells_[set].type].hash(*this, named(of)); };
  table[free_place(table, hash(element))] = element;
  const std::uint64_t places = table.size();
  const std::uint64_t used = places + 1 - static_cast<std::uint64_t>(std::count(table.begin(), table.end(), kNone));
  bool grows = used * 5 >= (places - 1) * 3;
  if (semantics_.sets == SetRule::far_probes) grows = used * 3 >= places * 2;
  if (semantics_.sets == SetRule::near_probes) grows = used * 3 >= (places - 1) * 2;
  if (!grows) return;
  std::size_t more = kSmallestTable;
  while (more <= used * 4) more *= 2;
  std::vector<Id> grown(more, kNone);
  for (const Id other : table) {
    if (other != kNone) grown[free_place(grown, hash(other))] = other;
  }
  table.swap(grown);
}

void Heap::put_table(Id set, const std::vector<Id>& table) {
  provide_slots(set, static_cast<std::uint32_t>(table.size()));
  steps_ += table.size();
  std::copy(table.begin(), table.end(), slots(cells_[set]));
  cells_[set].resize(static_cast<std::uint32_t>(table.size()));
}

// N24.
void Heap::add_to_set(Id set, Id element) {
  const Id* const first = slots(cells_[set]);
  std::vector<Id> table(first, first + cells_[set].size());
  if (std::find(table.begin(), table.end(), element) != table.end()) return;
  if (table.empty()) table.assign(kSmallestTable, kNone);
  insert(set, table, element);
  put_table(set, table);
  acquire(element);
}

// N24. What is left goes into an empty table.
void Heap::take_from_set(Id set, Id element) {
  const Id* const first = slots(cells_[set]);
  std::vector<Id> table(kSmallestTable, kNone);
  for (std::uint32_t i = 0; i < cells_[set].size(); ++i) {
    if (first[i] != kNone && first[i] != element) insert(set, table, first[i]);
  }
  put_table(set, table);
  release(element);
}

// X10. What the interpreter itself allocates `fail_allocation` does not count.
Handle Heap::make_gc_info() {
  try {
    const Promise promise(*this, 1);
    const std::uint32_t fails = std::exchange(gc_.fails_in, 0);
    if (!free_lists_.take_dictionary()) count_allocation();
    gc_.fails_in = fails;
    const Id id = make_cell(Shape::dictionary, static_cast<std::uint16_t>(BuiltIn::dictionary), 0);
    Handle made = first_handle(id);
    if (semantics_.tracks_new_dicts) track(id, ListId::generation0);
    announce(id, id, Role::gc_info);
    return made;
  } catch (const std::bad_alloc&) {
    if (hooks_.callbacks_lost) run_quietly(kNone, [&] { hooks_.callbacks_lost({}); });
    return {};
  }
}

Handle Heap::make_gc_call(Id info) {
  const std::uint32_t fails = std::exchange(gc_.fails_in, 0);
  const Id tuple = make_tuple(2, info);
  gc_.fails_in = fails;
  if (tuple == kNone) {
    if (hooks_.callbacks_lost) run_quietly(kNone, [&] { hooks_.callbacks_lost({}); });
    return {};
  }
  acquire(info);
  slots(cells_[tuple])[1] = info;
  return first_handle(tuple);
}

std::uint32_t Heap::find_key(Id dict, std::uint32_t key) const {
  const Cell& cell = cells_[dict];
  const Id* const first = slots(cell);
  std::uint32_t place = 0;
  while (place < cell.size() && first[place + 1] != key) place += 2;
  return place;
}

Heap::Id Heap::exchange_key(Id dict, std::uint32_t key, Id value) {
  if (value != kNone) {
    provide_slots(dict, cells_[dict].size() + 2);
    acquire(value);
    gain(dict, value);
  }
  const std::uint32_t place = find_key(dict, key);
  if (place < cells_[dict].size()) {
    Cell& cell = cells_[dict];
    Id* const first = slots(cell);
    const Id old = first[place];
    if (value != kNone) {
      first[place] = value;
    } else {
      std::copy(first + place + 2, first + cell.size(), first + place);
      cell.resize(cell.size() - 2);
    }
    return old;
  }
  if (value == kNone) return kNone;
  push_slot(dict, value);
  push_slot(dict, key);
  if (semantics_.insertion_order) return kNone;
  Id* const first = slots(cells_[dict]);
  for (std::uint32_t at = cells_[dict].size() - 2; at > 0 && first[at - 1] > key; at -= 2) {
    std::swap_ranges(first + at, first + at + 2, first + at - 2);
  }
  return kNone;
}

// An object's entry has the object in the place of its key's number, marked.
bool Heap::set_item(ObjectId dict, ObjectId key, ObjectId value) {
  CYCLEGC_CHECK(cells_[dict.index].shape() == Shape::dict && semantics_.insertion_order && !quiet_);
  const std::uint32_t before = cells_[dict.index].size();
  const bool is_new = find_key(dict.index, key.index | kMark) == before;
  const Id old = exchange_key(dict.index, key.index | kMark, value.index);
  gain(dict.index, key.index);
  if (is_new) acquire(key.index);
  if (old != kNone) release(old);
  return true;
}

bool Heap::delete_item(ObjectId dict, ObjectId key) {
  CYCLEGC_CHECK(cells_[dict.index].shape() == Shape::dict && !quiet_);
  const Id old = exchange_key(dict.index, key.index | kMark, kNone);
  if (old == kNone) return false;
  release(key.index);
  release(old);
  return true;
}

}  // namespace cyclegc

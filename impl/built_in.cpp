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

// --- Sets: N24 ---

namespace {

constexpr std::uint32_t kSmallestTable = 8;

bool grows(SetRule rule, std::uint64_t taken, std::uint64_t places) {
  if (rule == SetRule::far_probes) return taken * 3 >= places * 2;
  if (rule == SetRule::near_probes) return taken * 3 >= (places - 1) * 2;
  return taken * 5 >= (places - 1) * 3;
}

}  // namespace

// Where the element is, or the first free place for it. The first place of a table is the token's, also where nobody is
// told of deaths.
std::uint64_t Heap::place_in_set(const Id* table, std::uint64_t places, Id element, std::uint64_t hash) const {
  constexpr std::uint64_t kNeighbours = 9;
  const auto fits = [&](std::uint64_t place) {
    return place != 0 && (table[place] == kNone || table[place] == element);
  };
  const std::uint64_t last = places - 1;
  std::uint64_t perturb = hash;
  std::uint64_t at = hash & last;
  if (semantics_.sets == SetRule::far_probes) {
    for (std::uint64_t probe = at; !fits(at); perturb >>= 5U) {
      probe = probe * 5 + perturb + 1;
      at = probe & last;
    }
    return at;
  }
  while (true) {
    const std::uint64_t end = at + kNeighbours <= last ? at + kNeighbours : at;
    for (std::uint64_t place = at; place <= end; ++place) {
      if (fits(place)) return place;
    }
    perturb >>= 5U;
    at = (at * 5 + 1 + perturb) & last;
  }
}

// An empty table. Behind its places stands how many of them are taken, so that a block has twice as many.
void Heap::begin_table(Id set, std::uint32_t offset, std::uint32_t places) {
  Cell& cell = cells_[set];
  cell.set(Flag::far);
  cell.far = {offset, 2 * places, places};
  Id* const table = pool_.at(offset);
  std::fill_n(table, places, kNone);
  table[places] = 1;
  steps_ += places;
}

// False if it is there. Nothing is changed if there is no memory for a larger table.
bool Heap::insert_in_set(Id set, Id element) {
  const auto place_of = [&](const Id* table, std::uint32_t places, Id id) {
    return place_in_set(table, places, id, types_[cells_[set].type].hash(*this, named(id)));
  };
  if (cells_[set].size() == 0) {
    provide_slots(set, 2 * kSmallestTable);
    const Cell::Far block = cells_[set].far;
    begin_table(set, block.offset, kSmallestTable);
    cells_[set].far.capacity = block.capacity;
  }
  const Cell::Far old = cells_[set].far;
  const std::uint64_t place = place_of(pool_.at(old.offset), old.size, element);
  if (pool_.at(old.offset)[place] == element) return false;
  const std::uint32_t taken = pool_.at(old.offset)[old.size] + 1;
  if (!grows(semantics_.sets, taken, old.size)) {
    pool_.at(old.offset)[place] = element;
    pool_.at(old.offset)[old.size] = taken;
    return true;
  }
  std::uint32_t places = kSmallestTable;
  while (places <= taken * 4) places *= 2;
  begin_table(set, take_slots(2 * places), places);
  Id* const from = pool_.at(old.offset);
  Id* const to = pool_.at(cells_[set].far.offset);
  from[place] = element;
  for (std::uint32_t i = 0; i < old.size; ++i) {
    if (from[i] != kNone) to[place_of(to, places, from[i])] = from[i];
  }
  to[places] = taken;
  steps_ += old.size;
  pool_.give_back(old.offset, old.capacity);
  return true;
}

void Heap::add_to_set(Id set, Id element) {
  if (insert_in_set(set, element)) acquire(element);
}

// What is left goes into an empty table.
void Heap::take_from_set(Id set, Id element) {
  const Cell::Far old = cells_[set].far;
  begin_table(set, take_slots(2 * kSmallestTable), kSmallestTable);
  try {
    for (std::uint32_t i = 0; i < old.size; ++i) {
      const Id id = pool_.at(old.offset)[i];
      if (id != kNone && id != element) static_cast<void>(insert_in_set(set, id));
    }
  } catch (...) {
    pool_.give_back(cells_[set].far.offset, cells_[set].far.capacity);
    cells_[set].far = old;
    throw;
  }
  steps_ += old.size;
  pool_.give_back(old.offset, old.capacity);
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

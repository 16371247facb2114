// Lists, dicts, tuples and methods: objects of built-in types, which the embedder makes (rules N13 to N15, N20, D9,
// G6).
//
// The slots of a dict are pairs in the order of its keys: a value, then the number of its key.
#include <algorithm>
#include <new>
#include <utility>

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

}  // namespace cyclegc

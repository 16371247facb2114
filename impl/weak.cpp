// Weak references (rules W1 to W8).
//
// The weak references to an object form a doubly linked list through their cells: weak_heads_[referent], then
// near[next]. A cleared weak reference has no referent and is in no list.
#include <algorithm>
#include <new>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {

namespace weak_part = internal::weak_part;

bool Heap::can_be_weakly_referenced(ObjectId object) const {
  switch (cells_[object.index].shape()) {
    case Shape::node:
    case Shape::attributes:
    case Shape::with_dictionary:
    case Shape::old_style:
    case Shape::custom:
    case Shape::method:
      return true;
    case Shape::frame:
      return has_trait(object.index, is_set);
    default:
      return false;
  }
}

WeakKind Heap::weak_kind(ObjectId weak) const {
  CYCLEGC_CHECK(is_weak_reference(weak));
  return static_cast<WeakKind>(cells_[weak.index].type);
}

ObjectId Heap::referent(ObjectId weak) const {
  CYCLEGC_CHECK(is_weak_reference(weak));
  const Id referent = cells_[weak.index].near[weak_part::referent];
  if (referent == kNone || cells_[referent].refs == 0) return {};
  return named(referent);
}

Heap::Basic Heap::basic_weak(Id referent) const {
  Basic basic{kNone, kNone};
  Id head = first_weak(referent);
  if (head != kNone && !has_callback(head)) {
    if (is_kind(head, BuiltIn::reference)) {
      basic.reference = head;
      head = next_weak(head);
    }
    if (head != kNone && !has_callback(head) && is_kind(head, BuiltIn::proxy)) basic.proxy = head;
  }
  return basic;
}

// Tables that only heaps with weak references have.
void Heap::provide_weak(std::size_t cells) {
  if (weak_callbacks_.size() < cells) weak_callbacks_.resize(cells, kNone);
  if (weak_heads_.size() < cells) weak_heads_.resize(cells, kNone);
  if (!weak_objects_.empty() && weak_objects_.size() < cells) weak_objects_.resize(cells, kNone);
}

std::uint32_t Heap::keep_callback(WeakCallback callback) {
  if (free_callbacks_.empty()) {
    internal::provide(free_callbacks_, callbacks_.size() + 1);
    callbacks_.push_back(std::move(callback));
    most_callbacks_ = std::max(most_callbacks_, callbacks_.size() - free_callbacks_.size());
    return static_cast<std::uint32_t>(callbacks_.size() - 1);
  }
  const std::uint32_t index = free_callbacks_.back();
  free_callbacks_.pop_back();
  most_callbacks_ = std::max(most_callbacks_, callbacks_.size() - free_callbacks_.size());
  callbacks_[index] = std::move(callback);
  return index;
}

// G4; the new weak reference is tracked, but not in its referent's list yet.
Heap::Id Heap::make_weak(WeakKind kind, WeakCallback callback, std::uint64_t tag, Id object) {
  const Promise promise(*this, 1);
  provide_tags(tag);
  request_memory([&] {
    if (object != kNone && weak_objects_.empty()) weak_objects_.resize(1, kNone);
    provide_weak(cells_.capacity());
    if (callback) {
      internal::provide(free_callbacks_, callbacks_.size() + 1);
      internal::provide(callbacks_, callbacks_.size() + 1);
    }
  });
  const std::uint32_t kept = callback ? keep_callback(std::move(callback)) : kNone;
  try {
    count_allocation();
  } catch (...) {
    if (kept != kNone) static_cast<void>(forget_callback(kept));
    throw;
  }
  const Id weak = make_cell(Shape::weak, static_cast<std::uint16_t>(kind), tag);
  weak_callbacks_[weak] = kept;
  if (object != kNone) {
    acquire(object);
    weak_objects_[weak] = object;
    cells_[weak].set(internal::kHasObject);
  }
  track(weak, ListId::generation0);
  return weak;
}

Heap::Weak Heap::create_weak(WeakKind kind, ObjectId referent, WeakCallback callback, std::uint64_t tag,
                             ObjectId object) {
  CYCLEGC_CHECK(!closing_ && !quiet_);
  CYCLEGC_CHECK(can_be_weakly_referenced(referent) && references(referent) > 0);
  CYCLEGC_CHECK(!object || (callback && references(object) > 0));
  const bool bare = !callback;
  const auto shared = [&] {
    const Basic basic = basic_weak(referent.index);
    if (!bare || kind == WeakKind::subreference) return kNone;
    return kind == WeakKind::reference ? basic.reference : basic.proxy;
  };
  if (const Id found = shared(); found != kNone) return {Handle(*this, named(found)), false};
  // The allocation may run a collection; the caller holds the referent meanwhile (W1).
  Handle made = first_handle(make_weak(kind, std::move(callback), tag, object.index));
  if (kind == WeakKind::proxy) {
    if (const Id found = shared(); found != kNone) return {Handle(*this, named(found)), false};
  }
  const Basic basic = basic_weak(referent.index);
  Id after = basic.proxy != kNone ? basic.proxy : basic.reference;
  if (bare && kind == WeakKind::reference) after = kNone;
  if (bare && kind == WeakKind::proxy) after = basic.reference;
  link_weak(made.get().index, referent.index, after);
  announce(made.get().index, made.get().index, Role::object);
  return {std::move(made), true};
}

void Heap::link_weak(Id weak, Id referent, Id after) {
  Cell& cell = cells_[weak];
  Id next = first_weak(referent);
  if (after != kNone) {
    next = cells_[after].near[weak_part::next];
    cells_[after].near[weak_part::next] = weak;
  } else {
    weak_heads_[referent] = weak;
  }
  cell.near[weak_part::referent] = referent;
  cell.near[weak_part::next] = next;
  cell.near[weak_part::previous] = after;
  if (next != kNone) cells_[next].near[weak_part::previous] = weak;
  cells_[referent].set(Flag::weakly);
}

void Heap::unlink_weak(Id weak) {
  Id* const parts = cells_[weak].near;
  const Id referent = std::exchange(parts[weak_part::referent], kNone);
  if (referent == kNone) return;
  const Id next = std::exchange(parts[weak_part::next], kNone);
  const Id previous = std::exchange(parts[weak_part::previous], kNone);
  if (next != kNone) cells_[next].near[weak_part::previous] = previous;
  if (previous != kNone) {
    cells_[previous].near[weak_part::next] = next;
  } else {
    weak_heads_[referent] = next;
    if (next == kNone) cells_[referent].unset(Flag::weakly);
  }
}

Heap::Id Heap::take_object(Id weak) {
  if (!cells_[weak].has(internal::kHasObject)) return kNone;
  cells_[weak].unset(internal::kHasObject);
  return std::exchange(weak_objects_[weak], kNone);
}

WeakCallback Heap::take_callback(Id weak) {
  const std::uint32_t index = std::exchange(weak_callbacks_[weak], kNone);
  return index == kNone ? WeakCallback{} : forget_callback(index);
}

WeakCallback Heap::forget_callback(std::uint32_t index) {
  WeakCallback callback = std::move(callbacks_[index]);
  callbacks_[index] = nullptr;
  free_callbacks_.push_back(index);
  return callback;
}

void Heap::run_callback(Id weak, const WeakCallback& callback) {
  const Handle hold(*this, {weak});
  run_guarded(weak, [&] { callback(*this, named(weak)); });
}

void Heap::clear_weak_references(Id referent) {
  // W5.
  for (int dropped = 0; first_weak(referent) != kNone; ++dropped) {
    const Id head = first_weak(referent);
    if (has_callback(head)) break;
    if (semantics_.drops_only_exact_heads ? is_kind(head, BuiltIn::subreference) : dropped == 2) break;
    unlink_weak(head);
  }
  std::uint32_t count = 0;
  for (Id weak = first_weak(referent); weak != kNone; weak = next_weak(weak)) ++count;
  if (count == 0) return;
  if (count > 1 || semantics_.callback_tuple_for_one) return call_through_tuple(referent, count);
  const Id weak = first_weak(referent);
  WeakCallback callback = take_callback(weak);
  // While the callback runs a handle holds what it needs: a collection may look at nothing else (handles_hold_all).
  Handle object(*this, {cells_[weak].has(internal::kHasObject) ? weak_objects_[weak] : kNone});
  if (object) --cells_[take_object(weak)].refs;
  unlink_weak(weak);
  // One that is deposited in the trashcan gets no callback (W6).
  if (callback && cells_[weak].refs > 0) run_callback(weak, callback);
  const Burial burial(*this);
  object.reset();
  callback = nullptr;
}

// kNone: there is no memory for it (M4).
Heap::Id Heap::make_tuple(std::uint32_t items, Id owner) {
  try {
    const Promise promise(*this, 1);
    const std::uint64_t tag = this->tag({owner});
    provide_tags(tag);
    // The block is kept until the tuple exists: a collection in between may take others.
    const std::uint32_t block = SlotBlock::size_for(items);
    SlotBlock slots(*this, block);
    if (!free_lists_.take_tuple(items)) count_allocation();
    const Id tuple = make_cell(Shape::tuple, static_cast<std::uint16_t>(BuiltIn::tuple), tag);
    slots.give_to(tuple);
    for (std::uint32_t i = 0; i < items; ++i) push_slot(tuple, kNone);
    track(tuple, ListId::generation0);
    announce(tuple, owner, Role::callback_tuple);
    return tuple;
  } catch (const std::bad_alloc&) {
    return kNone;
  }
}

// W6. The tuple has two items for each weak reference, as CPython's, of which every second one is a callback: the
// object that it needs, if there is one.
void Heap::call_through_tuple(Id referent, std::uint32_t count) {
  const Id made = make_tuple(2 * count, referent);
  if (made == kNone) {
    while (first_weak(referent) != kNone) unlink_weak(first_weak(referent));
    if (hooks_.callbacks_lost) run_quietly(referent, [&] { hooks_.callbacks_lost(named(referent)); });
    return;
  }
  Handle tuple = first_handle(made);
  std::uint32_t item = 0;
  // The list as it is now: the allocation may have run a collection.
  while (first_weak(referent) != kNone) {
    const Id weak = first_weak(referent);
    unlink_weak(weak);
    if (cells_[weak].refs == 0) {
      bury(take_callback(weak));
      if (const Id object = take_object(weak); object != kNone) release(object);
      continue;
    }
    // Nobody finds an object without references to make one more weak reference to it (N3).
    CYCLEGC_CHECK(item < cells_[made].size());
    acquire(weak);
    slots(cells_[made])[item] = weak;
    slots(cells_[made])[item + 1] = take_object(weak);
    item += 2;
  }
  // Each callback stays with its weak reference, which the tuple holds, until its turn.
  for (std::uint32_t i = 0; i < item; i += 2) {
    const Id weak = slots(cells_[made])[i];
    WeakCallback callback = take_callback(weak);
    if (callback) run_callback(weak, callback);
    bury(std::move(callback));
  }
  const Burial burial(*this);
  tuple.reset();
}

}  // namespace cyclegc

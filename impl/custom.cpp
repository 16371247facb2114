// Objects of the embedder: Layout::custom.
#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {

void* Heap::take_new_payload(std::size_t bytes) {
  void* taken = nullptr;
  request_memory([&] { taken = payloads_.take(bytes); });
  return taken;
}

Handle Heap::create_custom_with_care(TypeId type, void* object, std::uint64_t tag) {
  CYCLEGC_CHECK(types_[type.index].layout == Layout::custom && object != nullptr);
  CYCLEGC_CHECK(!closing_ && !quiet_);
  const Promise promise(*this, 1);
  provide_tags(tag);
  count_allocation();
  const Id id = make_cell(Shape::custom, type.index, tag);
  set_custom_pointer(cells_[id], object);
  ++custom_objects_;
  Handle made = first_handle(id);
  track(id, ListId::generation0);
  announce(id, id, Role::object);
  return made;
}

void* Heap::custom_object(ObjectId object) const {
  CYCLEGC_CHECK_OBJECT(*this, object);
  CYCLEGC_CHECK(cells_[object.index].shape() == Shape::custom);
  return custom_pointer(cells_[object.index]);
}

void Heap::provide_members(ObjectId owner, ObjectId value) {
  const Handle holds_owner(*this, owner);
  const Handle holds_value(*this, value);
  request_memory([this] {
    const std::size_t before = member_room_;
    try {
      if (members_ == internal::CellPool::kMost) throw std::length_error("cyclegc: more than 2^31 members");
      member_room_ = std::max(members_ + 1, internal::next_capacity(member_room_));
      provide_releasing(0);
    } catch (...) {
      member_room_ = before;
      throw;
    }
  });
}

// In the order of a stack. Of two members they are one step.
void Heap::set_members_in_order(Id* first, Id* last, ReleaseOrder order) {
  if (last - first < 2 || order == ReleaseOrder::last_to_first) return;
  do std::swap(*first++, *--last);
  while (last - first > 1);
}

References Heap::references_from(Id* begin) { return {begin, releasing_.begin() + releasing_.capacity()}; }

std::ptrdiff_t Heap::members_shown(Id id) const {
  std::ptrdiff_t shown = 0;
  visit_custom(id, [&shown](Id) { ++shown; });
  return shown;
}

void Heap::take_members(Id id) {
  Id* const begin = releasing_.end();
  References references = references_from(begin);
  const std::ptrdiff_t shown = CYCLEGC_CHECKS && custom_[cells_[id].type].shows_all ? members_shown(id) : -1;
  ask_to_detach(id, references);
  if (shown >= 0 && shown != references.next_ - begin) fail("traverse shows not what detach takes", id);
  set_members_in_order(begin, references.next_, custom_[cells_[id].type].order);
  releasing_.end_at(references.next_);
}

void Heap::ask_to_detach(Id id, References& references) {
  const bool outer = std::exchange(quiet_, true);
  try {
    custom_[cells_[id].type].detach(custom_pointer(cells_[id]), references);
  } catch (...) {
    fail("detach threw", id);
  }
  quiet_ = outer;
}

Heap::Id* Heap::take_apart_with_care(Id id, Id* begin) {
  const CustomOperations& custom = custom_[cells_[id].type];
  void* const object = custom_pointer(cells_[id]);
  References references = references_from(begin);
  const std::ptrdiff_t shown = CYCLEGC_CHECKS && custom.shows_all ? members_shown(id) : -1;
  const Burial burial(*this);
  if (custom.dismantle == nullptr) [[unlikely]] {
    ask_to_detach(id, references);
    destroy_custom(id, object);
  } else {
    const bool outer = std::exchange(quiet_, true);
    try {
      custom.dismantle(object, references);
    } catch (...) {
      fail("detach or destroy threw", id);
    }
    quiet_ = outer;
    if (custom.size != 0) payloads_.give_back(object, custom.size);
  }
  if (shown >= 0 && shown != references.next_ - begin) fail("traverse shows not what detach takes", id);
  set_members_in_order(begin, references.next_, custom.order);
  --custom_objects_;
  return references.next_;
}

std::uint32_t Heap::detach_custom(Id id) {
  const auto base = static_cast<std::uint32_t>(releasing_.size());
  Id* const end = take_apart(id, releasing_.end());
  cells_[id].set_shape(Shape::node);
  releasing_.end_at(end);
  return base;
}

void Heap::destroy_custom(Id id, void* object) {
  const bool outer = std::exchange(quiet_, true);
  const CustomOperations& custom = custom_[cells_[id].type];
  try {
    custom.destroy(object);
  } catch (...) {
    fail("destroy threw", id);
  }
  quiet_ = outer;
  if (custom.size != 0) payloads_.give_back(object, custom.size);
}

void Heap::close() {
  puts_off_ = true;
  closing_ = true;
  for (Quick& quick : quick_) quick = {};
  traits_stand_ = false;
}

// They may hold handles: these are destroyed while the heap still works, but no object dies of it.
void Heap::destroy_custom_objects() {
  if (callbacks_.empty() && custom_objects_ == 0 && gc_.callbacks.empty() && gc_.watchers.empty()) return;
  close();
  free_callbacks_.clear();
  callbacks_.clear();
  most_callbacks_ = 0;
  gc_.callbacks.clear();
  gc_.watchers.clear();
  for (Id id = 0; id < cells_.size() && custom_objects_ != 0; ++id) {
    if (cells_[id].shape() != Shape::custom) continue;
    --custom_objects_;
    References forgotten(nullptr, nullptr);
    ask_to_detach(id, forgotten);
    destroy_custom(id, custom_pointer(cells_[id]));
  }
  puts_off_ = false;
  closing_ = false;
}

}  // namespace cyclegc

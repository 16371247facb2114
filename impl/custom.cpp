// Objects of the embedder: Layout::custom.
#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {

Handle Heap::create_custom(TypeId type, void* object, std::uint64_t tag) {
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

void* Heap::object_as(ObjectId object, const void* of_class) const {
  CYCLEGC_CHECK_OBJECT(*this, object);
  const Cell& cell = cells_[object.index];
  if (cell.shape() != Shape::custom) return nullptr;
  void* const found = custom_pointer(cell);
  const CustomOperations& custom = custom_[cell.type];
  if (custom.of_class == of_class) return found;
  return custom.as_class == nullptr ? nullptr : custom.as_class(found, of_class);
}

void* Heap::custom_pointer(const Cell& cell) {
  void* object = nullptr;
  std::memcpy(&object, cell.near, sizeof object);
  return object;
}

void Heap::set_custom_pointer(Cell& cell, void* object) {
  static_assert(sizeof object <= sizeof cell.near);
  std::memcpy(cell.near, &object, sizeof object);
}

void Heap::provide_members() {
  const std::size_t before = member_room_;
  try {
    if (members_ > internal::CellPool::kMost) throw std::length_error("cyclegc: more than 2^31 members");
    member_room_ = std::max(members_, internal::next_capacity(member_room_));
    provide_releasing(0);
  } catch (...) {
    member_room_ = before;
    --members_;
    throw;
  }
}

void Heap::take_members(Id id) {
  const CustomOperations& custom = custom_[cells_[id].type];
  const std::size_t base = releasing_.size();
  ask_to_detach(id, References(&releasing_));
  if (custom.order == ReleaseOrder::first_to_last) {
    std::reverse(releasing_.begin() + static_cast<std::ptrdiff_t>(base), releasing_.end());
  }
}

void Heap::ask_to_detach(Id id, References references) {
  const bool outer = std::exchange(quiet_, true);
  try {
    custom_[cells_[id].type].detach(custom_pointer(cells_[id]), references);
  } catch (...) {
    fail("detach threw", id);
  }
  quiet_ = outer;
}

// What is left is a cell without slots.
std::uint32_t Heap::detach_custom(Id id) {
  const auto base = static_cast<std::uint32_t>(releasing_.size());
  void* const object = custom_pointer(cells_[id]);
  take_members(id);
  cells_[id].set_shape(Shape::node);
  --custom_objects_;
  const Burial burial(*this);
  destroy_custom(id, object);
  return base;
}

void Heap::destroy_custom(Id id, void* object) {
  const bool outer = std::exchange(quiet_, true);
  try {
    custom_[cells_[id].type].destroy(object);
  } catch (...) {
    fail("destroy threw", id);
  }
  quiet_ = outer;
}

void Heap::close() {
  puts_off_ = true;
  closing_ = true;
  for (Quick& quick : quick_) quick = {};
  traits_stand_ = false;
}

// They may hold handles: these are destroyed while the heap still works, but no object dies of it.
void Heap::destroy_custom_objects() {
  if (callbacks_.empty() && custom_objects_ == 0 && gc_.callbacks.empty()) return;
  close();
  free_callbacks_.clear();
  callbacks_.clear();
  gc_.callbacks.clear();
  for (Id id = 0; id < cells_.size() && custom_objects_ != 0; ++id) {
    if (cells_[id].shape() != Shape::custom) continue;
    --custom_objects_;
    ask_to_detach(id, References(nullptr));
    destroy_custom(id, custom_pointer(cells_[id]));
  }
  puts_off_ = false;
  closing_ = false;
}

}  // namespace cyclegc

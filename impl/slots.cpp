// Slots, attributes and keys: what an object refers to.
#include <algorithm>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {

std::uint32_t Heap::take_slots(std::uint32_t capacity) {
  const std::uint32_t offset = pool_.take(capacity);
  // Also where the pool has not grown: it may have before, and then there was no memory for this.
  try {
    provide_releasing(0);
  } catch (...) {
    pool_.give_back(offset, capacity);
    throw;
  }
  return offset;
}

void Heap::grow(Id id) {
  const std::uint32_t old_capacity = cells_[id].capacity();
  const std::uint32_t capacity = std::max(old_capacity * 2, internal::SlotPool::kSmallest);
  const std::uint32_t offset = take_slots(capacity);
  Cell& cell = cells_[id];
  const Id* const old_slots = slots(cell);
  const std::uint32_t size = cell.size();
  steps_ += size;
  std::copy(old_slots, old_slots + size, pool_.at(offset));
  if (cell.has(Flag::far)) pool_.give_back(cell.far.offset, cell.far.capacity);
  cell.set(Flag::far);
  cell.far = {offset, capacity, size};
}

void Heap::provide_slots(Id id, std::uint32_t slots) {
  while (cells_[id].capacity() < slots) grow(id);
}

void Heap::push_slot(Id id, Id value) {
  if (cells_[id].size() == cells_[id].capacity()) grow(id);
  Cell& cell = cells_[id];
  const std::uint32_t size = cell.size();
  slots(cell)[size] = value;
  cell.resize(size + 1);
}

Heap::Id Heap::slot_owner(Id id) const {
  const Cell& cell = cells_[id];
  switch (cell.shape()) {
    case Shape::node:
    case Shape::list:
    case Shape::opaque:
    case Shape::cell:
    case Shape::dictionary:
    case Shape::dict:
    case Shape::frame:
      return id;
    case Shape::attributes:
      return cell.closed ? kNone : id;
    case Shape::with_dictionary:
    case Shape::old_style:
      return cell.size() == 0 || is_closed(id) ? kNone : cell.near[0];
    default:
      return kNone;
  }
}

Heap::Id Heap::exchange_attribute(Id id, std::uint32_t index, Id value) {
  if (value != kNone) {
    provide_slots(id, index + 1);
    acquire(value);
    while (cells_[id].size() <= index) push_slot(id, kNone);
    if (cells_[id].shape() == Shape::dictionary) gain(id, value);
  }
  Cell& cell = cells_[id];
  if (index >= cell.size()) return kNone;
  const Id old = std::exchange(slots(cell)[index], value);
  if (value == kNone) {
    while (cell.size() > 0 && slots(cell)[cell.size() - 1] == kNone) cell.resize(cell.size() - 1);
  }
  return old;
}

void Heap::gain(Id dictionary, Id value) {
  const Cell& cell = cells_[dictionary];
  if (cell.list == ListId::none && cell.refs != 0 && may_be_tracked(value)) track(dictionary, ListId::generation0);
}

Heap::Id Heap::numbered(Id id, std::uint32_t index) const {
  const Cell& cell = cells_[id];
  const std::uint32_t place = cell.shape() == Shape::dict ? find_key(id, index) : index;
  return place < cell.size() ? slots(cell)[place] : kNone;
}

bool Heap::append_with_care(ObjectId owner, ObjectId value) {
  const Id id = slot_owner(owner.index);
  if (id == kNone) return false;
  if (cells_[id].shape() == Shape::cell && cells_[id].size() == 1) return false;
  if (is_list(cells_[id].shape())) {
    push_slot(id, value.index);
    acquire(value.index);
    if (cells_[id].shape() == Shape::opaque && cells_[id].size() == 1) ++opaque_owners_;
    return true;
  }
  if (has_trait(id, is_set)) {
    add_to_set(id, value.index);
    return true;
  }
  for (std::uint32_t i = 0; i < kAttributes; ++i) {
    if (numbered(id, i) != kNone) continue;
    exchange_numbered(id, i, value.index);
    return true;
  }
  return false;
}

bool Heap::remove(ObjectId owner, ObjectId value) {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  const Id id = slot_owner(owner.index);
  if (id == kNone) return false;
  if (cells_[id].shape() == Shape::dict) {
    std::uint32_t key = 0;
    while (key < kAttributes && numbered(id, key) != value.index) ++key;
    return key < kAttributes && erase(owner, key);
  }
  const Id* const first = slots(cells_[id]);
  const Id* const last = first + cells_[id].size();
  const Id* const found = std::find(first, last, value.index);
  steps_ += static_cast<std::uint64_t>(found - first);
  if (found != last && has_trait(id, is_set)) {
    take_from_set(id, value.index);
    return true;
  }
  return found != last && erase(owner, static_cast<std::uint32_t>(found - first));
}

bool Heap::store(ObjectId owner, std::uint32_t index, ObjectId value) {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  CYCLEGC_CHECK(!quiet_);
  if (!value) return false;
  CYCLEGC_CHECK(references(value) > 0);
  const Id id = slot_owner(owner.index);
  if (id == kNone || has_trait(id, is_set)) return false;
  Id old = kNone;
  if (is_list(cells_[id].shape())) {
    if (index >= cells_[id].size()) return false;
    acquire(value.index);
    old = std::exchange(slots(cells_[id])[index], value.index);
  } else {
    if (index >= kAttributes) return false;
    old = exchange_numbered(id, index, value.index);
  }
  if (old != kNone) release(old);
  return true;
}

bool Heap::erase(ObjectId owner, std::uint32_t index) {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  CYCLEGC_CHECK(!quiet_);
  const Id id = slot_owner(owner.index);
  if (id == kNone || has_trait(id, is_set)) return false;
  Id old = kNone;
  if (is_list(cells_[id].shape())) {
    if (index >= cells_[id].size()) return false;
    Cell& cell = cells_[id];
    Id* const first = slots(cell);
    old = first[index];
    steps_ += cell.size() - index;
    std::copy(first + index + 1, first + cell.size(), first + index);
    cell.resize(cell.size() - 1);
    if (cell.shape() == Shape::opaque && cell.size() == 0) --opaque_owners_;
  } else {
    if (index >= kAttributes) return false;
    old = exchange_numbered(id, index, kNone);
    if (old == kNone) return false;
  }
  release(old);
  return true;
}

void Heap::clear(ObjectId owner) {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  CYCLEGC_CHECK(!quiet_);
  const Id id = slot_owner(owner.index);
  if (id == kNone) return;
  if (is_list(cells_[id].shape())) {
    provide_releasing(cells_[id].size());
    empty_slots(id, ReleaseOrder::last_to_first);
  } else if (has_trait(id, is_set)) {
    provide_releasing(cells_[id].size());
    empty_slots(id, ReleaseOrder::first_to_last);
  } else {
    clear_attributes(owner.index);
  }
}

void Heap::clear_attributes(Id owner) {
  for (std::uint32_t i = 0; i < kAttributes; ++i) {
    // Looked up again each time: a release may run anything.
    const Id id = slot_owner(owner);
    if (id == kNone) return;
    const Id old = exchange_numbered(id, i, kNone);
    if (old != kNone) release(old);
  }
  if (cells_[owner].shape() != Shape::dict) return;
  // The keys that are objects; what is released meanwhile may set others.
  for (std::uint32_t i = 1; i < cells_[owner].size();) {
    const Id key = slots(cells_[owner])[i];
    if ((key & kMark) != 0 && delete_item(named(owner), named(key & ~kMark))) {
      i = 1;
    } else {
      i += 2;
    }
  }
}

void Heap::empty_slots(Id id, ReleaseOrder order) {
  const std::size_t base = releasing_.size();
  Cell& cell = cells_[id];
  const Id* const first = slots(cell);
  if (cell.shape() == Shape::opaque && cell.size() != 0) --opaque_owners_;
  // releasing_ is a stack: what is released first is pushed last.
  const std::uint32_t step = slot_step(cell.shape());
  steps_ += cell.size();
  for (std::uint32_t i = 0; i < cell.size(); i += step) {
    const Id& value = first[order == ReleaseOrder::last_to_first ? i : cell.size() - step - i];
    if (value != kNone) internal::push_within(releasing_, value);
    if (step == 2 && ((&value)[1] & kMark) != 0) internal::push_within(releasing_, (&value)[1] & ~kMark);
  }
  cell.resize(0);
  release_pending(base);
}

void Heap::release_pending(std::size_t base) {
  while (releasing_.size() > base) {
    const Id id = releasing_.back();
    releasing_.pop_back();
    release(id);
  }
}

Heap::Id Heap::readable(Id id) const {
  const Shape shape = cells_[id].shape();
  return shape == Shape::tuple || shape == Shape::method || shape == Shape::traceback ? id : slot_owner(id);
}

ObjectId Heap::slot(ObjectId owner, std::uint32_t index) const {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  const Id id = readable(owner.index);
  const Id found = id == kNone || has_trait(id, is_set) ? kNone : numbered(id, index);
  return found == kNone ? ObjectId{} : named(found);
}

std::uint32_t Heap::slot_count(ObjectId owner) const {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  const Id id = readable(owner.index);
  if (id == kNone || has_trait(id, is_set)) return 0;
  if (cells_[id].shape() != Shape::dict) return cells_[id].size();
  std::uint32_t count = kAttributes;
  while (count > 0 && numbered(id, count - 1) == kNone) --count;
  return count;
}

}  // namespace cyclegc

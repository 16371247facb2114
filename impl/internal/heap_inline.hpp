// What of the heap is compiled in line: handles, allocation, deaths of what refers to nothing, the lists, and the visit
// of what an object refers to. Included by impl/heap.hpp, which says what each function does.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "impl/check.hpp"
#include "impl/heap.hpp"

namespace cyclegc {

[[gnu::always_inline]] inline Handle::Handle(Heap& heap, ObjectId object) : heap_(&heap), object_(object) {
  if (object_) heap_->hold(object_);
}

inline Handle::Handle(const Handle& other) : heap_(other.heap_), object_(other.object_) {
  if (object_) heap_->hold(object_);
}

[[gnu::always_inline]] inline void Handle::reset() {
  if (object_) heap_->unhold(std::exchange(object_, ObjectId{}));
}

inline void Handle::reset_later() {
  if (object_) heap_->unhold_later(std::exchange(object_, ObjectId{}));
}

inline void Handle::abandon() {
  if (object_) heap_->abandon(std::exchange(object_, ObjectId{}));
}

[[gnu::always_inline]] inline void Heap::hold(ObjectId object) {
  CYCLEGC_CHECK_OBJECT(*this, object);
  CYCLEGC_CHECK(cells_[object.index].refs > 0);
  held_.increment(object.index);
  ++cells_[object.index].refs;
}

inline void Heap::abandon(ObjectId object) {
  CYCLEGC_CHECK_OBJECT(*this, object);
  CYCLEGC_CHECK(held_[object.index] != 0);
  static_cast<void>(object);
  ++abandoned_;
}

[[gnu::always_inline]] inline void Heap::unhold(ObjectId object) {
  CYCLEGC_CHECK_OBJECT(*this, object);
  held_.decrement(object.index);
  release(object.index);
}

// Allocation and the death of what refers to nothing are a few dozen instructions, but a compiler takes them for more.
[[gnu::always_inline]] inline Heap::Id Heap::create_quickly(std::uint32_t head, std::uint64_t tag) {
  if (head == 0 || !gc_.only_counts() || promised_ != 0 || tag != 0) [[unlikely]] {
    if (head != 0 || tag == 0) refuse_creation(head, tag);
    return kNone;
  }
  const Id id = cells_.take_raw();
  if (id == kNone) [[unlikely]] {
    if (head != 0 || tag == 0) refuse_creation(head, tag);
    return kNone;
  }
  ++gc_.count[0];
  ++live_;
  Cell& cell = cells_[id];
  cell.refs = 1;
  cell.set_head(head);
  held_.start_with_one(id);
  internal::Order& order = lists_[0];
  if (order.is_full()) [[unlikely]]
    make_room(order);
  cell.place = order.append(id);
  return id;
}

[[gnu::always_inline]] inline Handle Heap::create(TypeId type, std::uint64_t tag) {
  const Id id = create_quickly(quick_[type.index].made, tag);
  if (id == kNone) [[unlikely]]
    return create_with_care(type, tag);
  return Handle(*this, named(id), Handle::Adopt{});
}

[[gnu::always_inline]] inline Handle Heap::create_custom(TypeId type, void* object, std::uint64_t tag) {
  const Id id = create_quickly(quick_[type.index].custom, tag);
  if (id == kNone) [[unlikely]]
    return create_custom_with_care(type, object, tag);
  set_custom_pointer(cells_[id], object);
  ++custom_objects_;
  return Handle(*this, named(id), Handle::Adopt{});
}

inline void* Heap::custom_pointer(const Cell& cell) {
  void* object = nullptr;
  std::memcpy(&object, cell.near, sizeof object);
  return object;
}

inline void Heap::set_custom_pointer(Cell& cell, void* object) {
  static_assert(sizeof object <= sizeof cell.near);
  std::memcpy(cell.near, &object, sizeof object);
}

inline void* Heap::object_as(ObjectId object, const void* of_class) const {
  CYCLEGC_CHECK_OBJECT(*this, object);
  const Cell& cell = cells_[object.index];
  if (cell.shape() != Shape::custom) return nullptr;
  void* const found = custom_pointer(cell);
  const CustomOperations& custom = custom_[cell.type];
  if (custom.of_class == of_class) [[likely]]
    return found;
  return custom.as_class == nullptr ? nullptr : custom.as_class(found, of_class);
}

[[gnu::always_inline]] inline bool Heap::die_as_young_leaf(Id id) {
  const Cell& cell = cells_[id];
  if (cell.head() != quick_[cell.type].dead || !trashcan_.lets_pass()) return false;
  lists_[0].remove(cell.place);
  cells_.give_back(id);
  --live_;
  gc_.uncount();
  return true;
}

inline bool Heap::die_as_leaf(Id id) {
  if (die_as_young_leaf(id)) return true;
  Cell& cell = cells_[id];
  constexpr auto kNode = static_cast<std::uint8_t>(Shape::node);
  constexpr auto kAttributesInside = static_cast<std::uint8_t>(Shape::attributes);
  const bool bare = (cell.bits == kNode || cell.bits == kAttributesInside) && cell.near_size == 0;
  if (!bare || refuse(Refusal::leaf_type, traits_[cell.type] != 0, !trashcan_.lets_pass())) return false;
  untrack(id);
  cells_.give_back(id);
  --live_;
  gc_.uncount();
  return true;
}

inline void Heap::safepoint() {
  if (!gc_.pending || (gc_.collecting && !provide_nested())) return;
  gc_.pending = false;
  if (semantics_.safepoint_rechecks && (!gc_.enabled || gc_.collecting)) return;
  run_automatic_collection();
}

inline void Heap::track(Id id, ListId list) {
  Cell& cell = cells_[id];
  CYCLEGC_CHECK(cell.list == ListId::none && list != ListId::none);
  cell.list = list;
  if (list == ListId::set_apart) {
    cell.place = static_cast<std::uint32_t>(set_apart_.size());
    set_apart_.push_back(id);
    return;
  }
  internal::Order& order = lists_[static_cast<std::size_t>(list)];
  if (order.is_full()) make_room(order);
  cell.place = order.append(id);
}

inline void Heap::untrack(Id id) {
  Cell& cell = cells_[id];
  if (cell.list == ListId::none) return;
  if (cell.list == ListId::set_apart) {
    CYCLEGC_CHECK(set_apart_[cell.place] == id);
    set_apart_[cell.place] = kNone;
  } else {
    internal::Order& order = lists_[static_cast<std::size_t>(cell.list)];
    CYCLEGC_CHECK(order.ids[cell.place] == id);
    order.remove(cell.place);
  }
  cell.list = ListId::none;
}

[[gnu::always_inline]] inline bool Heap::append(ObjectId owner, ObjectId value) {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  if (!value) [[unlikely]]
    return false;
  CYCLEGC_CHECK_OBJECT(*this, value);
  CYCLEGC_CHECK(references(value) > 0);
  Cell& cell = cells_[owner.index];
  if (cell.bits != static_cast<std::uint8_t>(Shape::node) || cell.near_size == Cell::kNear) {
    return append_with_care(owner, value);
  }
  cell.near[cell.near_size] = value.index;
  cell.resize(cell.near_size + 1U);
  ++cells_[value.index].refs;
  return true;
}

// --- Room ---

template <class Request>
void Heap::request_memory(Request&& request) {
  try {
    request();
  } catch (const std::bad_alloc&) {
    if (!collect_for_memory()) throw;
    request();
  }
}

class Heap::Promise {
 public:
  Promise(Heap& heap, std::size_t objects) : heap_(heap), objects_(objects) {
    if (heap.cells_.capacity() - heap.live_ < heap.promised_ + objects) heap.provide_cells(objects);
    heap.promised_ += objects;
  }
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  ~Promise() { heap_.promised_ -= objects_; }

 private:
  Heap& heap_;
  std::size_t objects_;
};

class Heap::SlotBlock {
 public:
  // 0: they are in line.
  [[nodiscard]] static std::uint32_t size_for(std::uint32_t slots) {
    return slots <= Cell::kNear ? 0 : std::bit_ceil(std::max(slots, internal::SlotPool::kSmallest));
  }
  SlotBlock(Heap& heap, std::uint32_t size)
      : heap_(heap), size_(size), offset_(size == 0 ? 0 : heap.take_slots(size)) {}
  SlotBlock(const SlotBlock&) = delete;
  SlotBlock& operator=(const SlotBlock&) = delete;
  ~SlotBlock() {
    if (size_ != 0) heap_.pool_.give_back(offset_, size_);
  }
  // REQUIRES: it has no slots yet
  void give_to(Id id) {
    if (size_ == 0) return;
    Cell& cell = heap_.cells_[id];
    cell.set(Flag::far);
    cell.far = {offset_, size_, 0};
    size_ = 0;
  }

 private:
  Heap& heap_;
  std::uint32_t size_;
  std::uint32_t offset_;
};

// --- References ---

template <class Visit>
[[gnu::always_inline]] inline void Heap::visit_list(const Cell& cell, Visit& visit) const {
  const Id* const first = slots(cell);
  for (std::uint32_t i = cell.size(); i-- > 0;) visit(first[i]);
}

template <class Visit>
inline void Heap::visit_referents(Id id, Visit&& visit) const {
  steps_ += 1 + cells_[id].size();
  visit_uncounted(id, visit);
}

template <class Visit>
inline void Heap::visit_uncounted(Id id, Visit&& visit) const {
  const Cell& cell = cells_[id];
  switch (cell.shape()) {
    case Shape::node:
    case Shape::list:
    case Shape::cell:
      visit_list(cell, visit);
      break;
    case Shape::tuple: {
      const Id* const first = slots(cell);
      for (std::uint32_t i = cell.size(); i-- > 0;) {
        if (first[i] != kNone) visit(first[i]);
      }
      break;
    }
    case Shape::attributes:
    case Shape::with_dictionary:
    case Shape::old_style:
    case Shape::dictionary:
    case Shape::method:
    case Shape::frame:
    case Shape::traceback: {
      const Id* const first = slots(cell);
      for (std::uint32_t i = 0; i < cell.size(); ++i) {
        if (first[i] != kNone) visit(first[i]);
      }
      break;
    }
    case Shape::dict: {
      const Id* const first = slots(cell);
      for (std::uint32_t i = 0; i < cell.size(); i += 2) {
        visit(first[i]);
        if ((first[i + 1] & kMark) != 0) visit(first[i + 1] & ~kMark);
      }
      break;
    }
    case Shape::weak:
      if (cell.has(internal::kHasObject)) visit(weak_objects_[id]);
      break;
    case Shape::custom:
      visit_custom(id, visit);
      break;
    default:
      break;
  }
}

// Nodes and lists are by far the most: only for others is the address of the visitor's state taken, so that it stays in
// registers.
template <class Visitor>
[[gnu::always_inline]] inline void Heap::visit_referents_of_many(Id id, Visitor& visitor) const {
  const Cell& cell = cells_[id];
  if (cell.shape() == Shape::node || cell.shape() == Shape::list) [[likely]] {
    visitor.references += cell.size();
    visit_list(cell, visitor);
  } else {
    const CustomOperations& custom = custom_[cell.type];
    if (custom.in_place) return visit_in_place(custom, cell, visitor);
    Visitor copy = visitor;
    visit_uncounted(id, copy);
    visitor = copy;
  }
}

template <class Visit>
inline void Heap::visit_custom(Id id, Visit&& visit) const {
  const Cell& cell = cells_[id];
  const CustomOperations& custom = custom_[cell.type];
  if (custom.in_place) return visit_in_place(custom, cell, visit);
  visit_members(id, custom.traverse, visit);
}

inline Member* Heap::first_member(const CustomOperations& custom, const Cell& cell) {
  return reinterpret_cast<Member*>(static_cast<char*>(custom_pointer(cell)) + custom.first_member);
}

template <class Visit>
[[gnu::always_inline]] inline void Heap::visit_in_place(const CustomOperations& custom, const Cell& cell,
                                                        Visit&& visit) {
  const Member* const first = first_member(custom, cell);
  for (std::uint32_t i = 0; i < custom.members; ++i) {
    if (first[i]) visit(first[i].get().index);
  }
}

template <class Visit>
inline void Heap::visit_members(Id id, void (*traverse)(const void*, const Visitor&), Visit&& visit) const {
  using Function = std::remove_reference_t<Visit>;
  const auto call = [](void* context, const Id* first, const Id* last) {
    for (; first != last; ++first) (*static_cast<Function*>(context))(*first);
  };
  const Visitor visitor(call, const_cast<void*>(static_cast<const void*>(&visit)));
  const bool outer = std::exchange(quiet_, true);
  try {
    traverse(custom_pointer(cells_[id]), visitor);
  } catch (...) {
    fail("traverse threw", id);
  }
  for (const Id* seen = visitor.seen_; seen != visitor.next_; ++seen) visit(*seen);
  quiet_ = outer;
}

[[gnu::always_inline]] inline void Heap::store_member(ObjectId owner, Member& member, ObjectId value) {
  CYCLEGC_CHECK_OBJECT(*this, owner);
  CYCLEGC_CHECK(cells_[owner.index].shape() == Shape::custom);
  static_cast<void>(owner);
  if (value) {
    CYCLEGC_CHECK_OBJECT(*this, value);
    if (!member) {
      if (members_ >= member_room_) [[unlikely]]
        provide_members(owner, value);
      ++members_;
    }
    acquire(value.index);
    if (young_cycles_ != kCyclesInBoth) note_reference(owner.index, value.index);
  } else if (member) {
    --members_;
  }
  const Id old = std::exchange(member.number_, value.index + 1) - 1;
  if (old != kNone) release(old);
}

inline void Heap::note_reference(Id from, Id to) {
  const Cell& owner = cells_[from];
  const Cell& value = cells_[to];
  const bool among_youngest = owner.list == ListId::generation0 && value.list == ListId::generation0;
  if (among_youngest && value.place < owner.place) return;
  if (among_youngest || owner.list > ListId::permanent || value.list == ListId::set_apart) {
    young_cycles_ = kCyclesInBoth;
  } else if (owner.list == ListId::generation1 && value.list <= ListId::generation1) {
    young_cycles_ |= kCyclesInMiddle;
  }
}

// --- Deaths ---

inline Heap::Id* Heap::take_apart(Id id, Id* begin) {
  Cell& cell = cells_[id];
  const CustomOperations& custom = custom_[cell.type];
  if (!custom.dies_trivially) return take_apart_with_care(id, begin);
  Id* end = begin;
  visit_in_place(custom, cell, [&end](Id child) { *end++ = child; });
  CYCLEGC_CHECK(end <= releasing_.begin() + releasing_.capacity());
  payloads_.give_back(custom_pointer(cell), custom.size);
  set_members_in_order(begin, end, custom.order);
  --custom_objects_;
  return end;
}

class Heap::Burial {
 public:
  explicit Burial(Heap& heap) : heap_(heap), outer_(std::exchange(heap.puts_off_, true)) {}
  Burial(const Burial&) = delete;
  Burial& operator=(const Burial&) = delete;
  ~Burial() { heap_.puts_off_ = outer_; }

 private:
  Heap& heap_;
  bool outer_;
};

inline bool Heap::keep_in_free_list(Id id, std::uint32_t tuple_width) {
  switch (cells_[id].shape()) {
    case Shape::list:
      return free_lists_.keep_list();
    case Shape::dict:
      --dicts_;
      return free_lists_.keep_dictionary();
    case Shape::dictionary:
      return free_lists_.keep_dictionary();
    case Shape::tuple:
      if (!is_kind(id, BuiltIn::tuple)) --tuples_;
      return free_lists_.keep_tuple(tuple_width);
    case Shape::method:
      return free_lists_.keep_method();
    case Shape::frame:
      if (has_trait(id, is_set)) return free_lists_.keep_set();
      return free_lists_.keep_frame(code_of(cells_[id]));
    default:
      return false;
  }
}

template <class Call>
inline void Heap::run_guarded(Id self, Call&& call) {
  // What the embedder releases dies at once.
  const bool lazily = std::exchange(lazily_, false);
  if (lazily) puts_off_ = false;
  try {
    call();
  } catch (...) {
    tell_unraisable(self);
  }
  if (lazily) lazily_ = puts_off_ = true;
}

template <class Call>
inline void Heap::run_quietly(Id self, Call&& call) {
  const bool outer = std::exchange(quiet_, true);
  run_guarded(self, call);
  quiet_ = outer;
}

}  // namespace cyclegc

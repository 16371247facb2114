// Types, allocation and slots.
#include "impl/heap.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "impl/internal/collection.hpp"

namespace cyclegc {

Heap::Heap(const Semantics& semantics, Hooks hooks) : hooks_(std::move(hooks)) {
  for (const char* name : {"weakref", "subref", "proxy", "callback_tuple", "dictionary"}) {
    Type built_in;
    built_in.name = name;
    built_in.layout = Layout::built_in;
    define(std::move(built_in));
  }
  reset(semantics);
}

Heap::~Heap() {
  CYCLEGC_CHECK(frames_.empty() && !gc_.collecting);
  destroy_custom_objects();
}

void Heap::reset(const Semantics& semantics) {
  CYCLEGC_CHECK(frames_.empty());
  destroy_custom_objects();
  const bool same_traits = traits_stand_ && (hooks_.created || tags_.empty()) &&
                           semantics.pep442 == semantics_.pep442 &&
                           semantics.classic_instances == semantics_.classic_instances &&
                           semantics.own_dictionary == semantics_.own_dictionary;
  semantics_ = semantics;
  held_.clear(cells_.size());
  gc_refs_.forget(std::min(cells_.size(), gc_refs_.capacity()));
  cells_.clear();
  tags_.clear();
  if (!same_traits) update_traits();
  live_ = 0;
  custom_objects_ = 0;
  dicts_ = 0;
  tuples_ = 0;
  pool_.clear();
  for (internal::Order& order : lists_) order.clear();
  set_apart_.clear();
  trashcan_.reset(semantics.trashcan);
  free_lists_.reset(semantics);
  releasing_.clear();
  freed_at_once_ = 0;
  collections_from_handles_ = 0;
  gc_.reset(semantics);
}

// Objects of the embedder, and what callbacks captured, may hold handles: they are destroyed while the heap still
// works, but in silence.
void Heap::destroy_custom_objects() {
  if (callbacks_.empty() && custom_objects_ == 0 && gc_.callbacks.empty()) return;
  std::fill(traits_.begin(), traits_.end(), std::uint8_t{0});
  traits_stand_ = false;
  std::fill(weak_callbacks_.begin(), weak_callbacks_.end(), kNone);
  free_callbacks_.clear();
  // Kept apart, since a dying weak reference looks into callbacks_.
  internal::Vector<WeakCallback> callbacks = std::move(callbacks_);
  callbacks_.clear();
  most_callbacks_ = 0;
  callbacks.clear();
  gc_.callbacks.clear();
  for (Id id = 0; id < cells_.size() && custom_objects_ != 0; ++id) {
    if (cells_[id].shape() != Shape::custom) continue;
    void* const object = custom_pointer(cells_[id]);
    set_custom_pointer(cells_[id], nullptr);
    if (object != nullptr) types_[cells_[id].type].custom.destroy(object);
  }
}

Statistics Heap::statistics() const {
  Statistics numbers;
  numbers.objects = live_;
  numbers.room = cells_.capacity();
  numbers.promised = promised_;
  numbers.slots = pool_.size();
  numbers.callback_places = callbacks_.size();
  std::size_t ids = set_apart_.capacity() + releasing_.capacity() + scratch_unreachable_.capacity() +
                    scratch_young_.capacity() + weak_heads_.capacity() + weak_callbacks_.capacity() +
                    weak_objects_.capacity();
  for (const internal::Order& order : lists_) ids += order.ids.capacity();
  numbers.bytes = cells_.capacity() * sizeof(Cell) + held_.capacity() + gc_refs_.capacity() + pool_.bytes() +
                  ids * sizeof(Id) + tags_.capacity() * sizeof(std::uint64_t);
  numbers.freed_at_once = freed_at_once_;
  numbers.collections_from_handles = collections_from_handles_;
  return numbers;
}

TypeId Heap::define(Type type) {
  CYCLEGC_CHECK(type.layout != Layout::custom || (type.custom.traverse && type.custom.detach && type.custom.destroy));
  CYCLEGC_CHECK(types_.size() < 65000);
  const auto index = static_cast<std::uint16_t>(types_.size());
  const bool classic = type.layout == Layout::classic;
  if (classic) {
    // The token of a classic instance lies in its dictionary (N6), which therefore has a type of its own.
    Type dictionary;
    dictionary.name = type.name + ".__dict__";
    dictionary.layout = Layout::built_in;
    dictionary.released = type.released;
    types_.push_back(std::move(type));
    types_.push_back(std::move(dictionary));
  } else {
    types_.push_back(std::move(type));
  }
  dictionary_types_.resize(types_.size(), 0);
  if (classic) dictionary_types_[index] = static_cast<std::uint16_t>(index + 1);
  update_traits();
  return {index};
}

// Containers that are one cell. Nobody is told that they are made, and they have no tag.
Heap::Quick Heap::quick(std::uint16_t type) const {
  const Layout layout = types_[type].layout;
  const bool attributes = layout == Layout::instance || (layout == Layout::classic && !semantics_.classic_instances);
  if (layout != Layout::node && (!attributes || semantics_.own_dictionary)) return {};
  Cell cell;
  cell.type = type;
  cell.bits = static_cast<std::uint8_t>(attributes ? Shape::attributes : Shape::node);
  cell.list = ListId::generation0;
  const std::uint32_t head = cell.head();
  return {hooks_.created || !tags_.empty() ? 0 : head, traits_[type] != 0 ? 0 : head};
}

void Heap::update_traits() {
  traits_.assign(types_.size(), 0);
  quick_.assign(types_.size(), {});
  for (std::size_t i = 0; i < types_.size(); ++i) {
    const Type& type = types_[i];
    const bool token_elsewhere = type.layout == Layout::classic && semantics_.classic_instances;
    const bool exact = type.layout == Layout::list || type.layout == Layout::dict || type.layout == Layout::tuple;
    unsigned traits = 0;
    if (type.finalize && !exact) traits |= semantics_.pep442 ? has_finalize : has_legacy;
    if (type.legacy_finalize && !exact) traits |= has_legacy;
    if (type.released && !token_elsewhere) traits |= has_released;
    traits_[i] = static_cast<std::uint8_t>(traits);
    quick_[i] = quick(static_cast<std::uint16_t>(i));
  }
  traits_stand_ = true;
}

// G4, M2.
void Heap::count_allocation() {
  if (gc_.fails_in != 0 && --gc_.fails_in == 0) [[unlikely]]
    throw std::bad_alloc();
  ++gc_.count[0];
  if (gc_.count[0] <= gc_.threshold[0] || !gc_.enabled || gc_.threshold[0] == 0 || gc_.collecting) return;
  if (semantics_.trigger == Trigger::in_allocation) {
    run_automatic_collection();
  } else {
    gc_.pending = true;
  }
}

// G7. While it runs a collection counts as running, and none afterwards, whatever was before (G5).
void Heap::run_automatic_collection() {
  CYCLEGC_CHECK(!traversing_);
  gc_.collecting = true;
  const std::uint32_t enough = gc_.long_lived_total / 4;
  for (int generation = 2; generation >= 0; --generation) {
    const auto i = static_cast<std::size_t>(generation);
    if (gc_.count[i] <= gc_.threshold[i]) continue;
    if (generation == 2 && gc_.long_lived_pending < enough) continue;
    internal::Collection(*this, generation, true).run();
    break;
  }
  gc_.collecting = false;
}

Heap::Id Heap::make_cell(Shape shape, std::uint16_t type, std::uint64_t tag) {
  const Id id = cells_.take();
  if (tag != 0 || !tags_.empty()) set_tag({id}, tag);
  cells_[id].bits = static_cast<std::uint8_t>(shape);
  cells_[id].type = type;
  ++live_;
  return id;
}

void Heap::add_cells() {
  const std::size_t first = internal::growth == Growth::restless ? 1 : internal::memory_source.first_objects;
  const std::size_t capacity = std::max(first, internal::next_capacity(cells_.capacity()));
  provide_for(capacity);
  held_.reserve(capacity);
  cells_.reserve(capacity);
}

// Neither a death nor a collection asks for memory: each of their lists has room for every object. What is not used
// takes addresses, but hardly any memory.
void Heap::provide_for(std::size_t cells) {
  using internal::provide;
  gc_refs_.reserve(cells, cells);
  provide(frames_, cells + 64);
  trashcan_.reserve(cells);
  // Those that return to a list stand behind their old places; permanent objects do not.
  for (std::size_t i = 0; i < lists_.size(); ++i) lists_[i].reserve(i == 3 ? cells : 2 * cells);
  // As trash, with a legacy finalizer, as a weak reference with a callback, and as what was not resurrected.
  provide(set_apart_, 4 * cells);
  provide(scratch_unreachable_, cells);
  provide(scratch_young_, 2 * cells);
  provide(gc_.garbage, cells);
  provide(releasing_, releasing_.size() + pool_.capacity() + Cell::kNear * cells);
  if (!tags_.empty()) provide(tags_, cells);
  if (!weak_heads_.empty()) provide_weak(cells);
}

void Heap::provide_tags(std::uint64_t tag) {
  if (tag != 0) internal::provide(tags_, cells_.capacity());
}

bool Heap::provide_nested() {
  try {
    internal::provide(set_apart_, set_apart_.size() + 4 * cells_.capacity());
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void Heap::provide_releasing(std::size_t references) {
  internal::provide(releasing_, releasing_.size() + references + pool_.capacity() + Cell::kNear * cells_.capacity());
}

void Heap::set_tag(ObjectId object, std::uint64_t tag) {
  const bool first = tags_.empty();
  if (object.index >= tags_.size())
    tags_.resize(std::max(object.index + std::size_t{1}, std::min(tags_.size() * 2, tags_.capacity())));
  tags_[object.index] = tag;
  if (!first) return;
  for (Quick& quick : quick_) quick.made = 0;
}

void Heap::free_cell(Id id) {
  Cell& cell = cells_[id];
  CYCLEGC_CHECK(cell.refs == 0 && held_[id] == 0 && cell.list == ListId::none && !cell.has(Flag::weakly));
  if (cell.has(Flag::far)) pool_.give_back(cell.far.offset, cell.far.capacity);
  cells_.give_back(id);
  --live_;
}

Handle Heap::create_with_care(TypeId type, std::uint64_t tag) {
  const Layout layout = types_[type.index].layout;
  CYCLEGC_CHECK(layout != Layout::tuple && layout != Layout::custom && layout != Layout::built_in);
  // Made at the end, whatever a collection in between makes.
  const Promise promise(*this, 2);
  provide_tags(tag);
  if (layout == Layout::list || layout == Layout::dict) return create_list_or_dict(type, tag);
  if (layout == Layout::opaque) {
    const Id id = make_cell(Shape::opaque, type.index, tag);
    Handle made(*this, {id});
    announce(id, id, Role::object);
    return made;
  }
  const bool old_style = layout == Layout::classic && semantics_.classic_instances;
  const bool attributes = layout != Layout::node;
  Handle dictionary;
  if (old_style) {
    // N6: dictionary first.
    if (!free_lists_.take_dictionary()) count_allocation();
    dictionary = Handle(*this, {make_cell(Shape::dictionary, dictionary_types_[type.index], tag)});
    // The token is the instance's, which does not exist yet: should its allocation fail, nothing is released (M3).
    cells_[dictionary.get().index].set(Flag::released);
  }
  count_allocation();
  const bool own_dictionary = attributes && (old_style || semantics_.own_dictionary);
  const Shape shape = old_style        ? Shape::old_style
                      : own_dictionary ? Shape::with_dictionary
                      : attributes     ? Shape::attributes
                                       : Shape::node;
  const Id id = make_cell(shape, type.index, tag);
  Handle made(*this, {id});
  track(id, ListId::generation0);
  announce(id, id, Role::object);
  if (!own_dictionary) return made;
  if (old_style) {
    cells_[dictionary.get().index].unset(Flag::released);
  } else {
    // N5: the instance is tracked and takes part in a collection that this allocation may run.
    if (!free_lists_.take_dictionary()) count_allocation();
    dictionary = Handle(*this, {make_cell(Shape::dictionary, static_cast<std::uint16_t>(BuiltIn::dictionary), tag)});
  }
  push_slot(id, dictionary.get().index);
  acquire(dictionary.get().index);
  announce(dictionary.get().index, id, Role::dictionary);
  return made;
}

Handle Heap::create_custom(TypeId type, void* object, std::uint64_t tag) {
  CYCLEGC_CHECK(types_[type.index].layout == Layout::custom && object != nullptr);
  const Promise promise(*this, 1);
  provide_tags(tag);
  count_allocation();
  const Id id = make_cell(Shape::custom, type.index, tag);
  set_custom_pointer(cells_[id], object);
  ++custom_objects_;
  Handle made(*this, {id});
  track(id, ListId::generation0);
  announce(id, id, Role::object);
  return made;
}

void* Heap::custom_object(ObjectId object) const {
  CYCLEGC_CHECK(cells_[object.index].shape() == Shape::custom);
  return custom_pointer(cells_[object.index]);
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

// The dying object's references become slots of a cell of the shape that releases them in the right order.
void Heap::detach_custom(Id id) {
  Cell& cell = cells_[id];
  const CustomOperations custom = types_[cell.type].custom;
  void* const object = custom_pointer(cell);
  const Shape shape = custom.order == ReleaseOrder::last_to_first ? Shape::node : Shape::attributes;
  std::fill(std::begin(cell.near), std::end(cell.near), kNone);
  cell.bits = static_cast<std::uint8_t>((cell.bits & ~Cell::kShapeMask) | static_cast<std::uint8_t>(shape));
  --custom_objects_;
  if (object == nullptr) return;
  References references;
  custom.detach(object, references);
  for (const ObjectId referent : references.taken_) push_slot(id, referent.index);
  custom.destroy(object);
}

bool Heap::is_released(ObjectId object) const {
  const Cell& cell = cells_[object.index];
  if (cell.shape() == Shape::weak) return false;
  if (cell.shape() != Shape::old_style) return cell.has(Flag::released);
  return cell.size() == 0 || cell.near[0] == kNone || cells_[cell.near[0]].has(Flag::released);
}

void Heap::compact(ListId list) {
  internal::Order& order = lists_[static_cast<std::size_t>(list)];
  std::uint32_t write = 0;
  for (const Id id : order.ids) {
    if (id == kNone) continue;
    cells_[id].place = write;
    order.ids[write++] = id;
  }
  order.ids.resize(write);
  order.full_at = order.ids.capacity();
  CYCLEGC_CHECK(write == order.live);
}

// One of a heap's objects has no place here yet: if the memory ends, half of it are gaps.
void Heap::make_room(internal::Order& order) {
  order.full_at = order.ids.capacity();
  if (order.sparse() || order.is_full()) compact(static_cast<ListId>(&order - lists_.data()));
}

void Heap::append_list(ListId from, ListId to) {
  internal::Order& source = lists_[static_cast<std::size_t>(from)];
  internal::Order& target = lists_[static_cast<std::size_t>(to)];
  // An empty list takes over the other one as it is. The permanent list has less room than the others.
  if (target.ids.empty() && from != ListId::permanent && to != ListId::permanent) {
    std::swap(source, target);
    if (target.sparse()) compact(to);
    for (const Id id : target.ids) {
      if (id != kNone) cells_[id].list = to;
    }
    return;
  }
  if (target.ids.capacity() - target.ids.size() < source.live) compact(to);
  for (const Id id : source.ids) {
    if (id == kNone) continue;
    cells_[id].list = to;
    cells_[id].place = static_cast<std::uint32_t>(target.ids.size());
    target.ids.push_back(id);
  }
  target.live += source.live;
  source.clear();
}

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
    case Shape::attributes:
    case Shape::dictionary:
    case Shape::dict:
      return id;
    case Shape::with_dictionary:
    case Shape::old_style:
      return cell.size() == 0 ? kNone : cell.near[0];
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
  if (is_list(cells_[id].shape())) {
    push_slot(id, value.index);
    acquire(value.index);
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
  return found != last && erase(owner, static_cast<std::uint32_t>(found - first));
}

bool Heap::store(ObjectId owner, std::uint32_t index, ObjectId value) {
  CYCLEGC_CHECK(exists(owner) && exists(value) && references(value) > 0);
  const Id id = slot_owner(owner.index);
  if (id == kNone) return false;
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
  const Id id = slot_owner(owner.index);
  if (id == kNone) return false;
  Id old = kNone;
  if (is_list(cells_[id].shape())) {
    if (index >= cells_[id].size()) return false;
    Cell& cell = cells_[id];
    Id* const first = slots(cell);
    old = first[index];
    std::copy(first + index + 1, first + cell.size(), first + index);
    cell.resize(cell.size() - 1);
  } else {
    if (index >= kAttributes) return false;
    old = exchange_numbered(id, index, kNone);
    if (old == kNone) return false;
  }
  release(old);
  return true;
}

void Heap::clear(ObjectId owner) {
  const Id id = slot_owner(owner.index);
  if (id == kNone) return;
  if (is_list(cells_[id].shape())) {
    provide_releasing(cells_[id].size());
    empty_slots(id, ReleaseOrder::last_to_first);
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
}

void Heap::empty_slots(Id id, ReleaseOrder order) {
  const std::size_t base = releasing_.size();
  Cell& cell = cells_[id];
  const Id* const first = slots(cell);
  // releasing_ is a stack: what is released first is pushed last.
  const std::uint32_t step = slot_step(cell.shape());
  for (std::uint32_t i = 0; i < cell.size(); i += step) {
    const Id value = first[order == ReleaseOrder::last_to_first ? i : cell.size() - step - i];
    if (value != kNone) internal::push_within(releasing_, value);
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

ObjectId Heap::slot(ObjectId owner, std::uint32_t index) const {
  const Id id = cells_[owner.index].shape() == Shape::tuple ? owner.index : slot_owner(owner.index);
  return id == kNone ? ObjectId{} : ObjectId{numbered(id, index)};
}

std::uint32_t Heap::slot_count(ObjectId owner) const {
  const Id id = cells_[owner.index].shape() == Shape::tuple ? owner.index : slot_owner(owner.index);
  if (id == kNone) return 0;
  if (cells_[id].shape() != Shape::dict) return cells_[id].size();
  std::uint32_t count = kAttributes;
  while (count > 0 && numbered(id, count - 1) == kNone) --count;
  return count;
}

void Heap::store_member(ObjectId owner, Member& member, ObjectId value) {
  CYCLEGC_CHECK(cells_[owner.index].shape() == Shape::custom);
  static_cast<void>(owner);
  if (value) acquire(value.index);
  const ObjectId old = std::exchange(member.id_, value);
  if (old) release(old.index);
}

void Heap::empty_trashcan() {
  if (!trashcan_.must_empty()) return;
  const std::size_t base = frames_.size();
  push_emptying();
  run_deaths(base);
}

}  // namespace cyclegc

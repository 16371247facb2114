// The heap as a whole: its life, its lists and allocation.
#include "impl/heap.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include "impl/internal/collection.hpp"

namespace cyclegc {

Heap::Heap(const Semantics& semantics, Hooks hooks, const MemorySource& memory)
    : source_(memory.resize != nullptr ? memory : internal::memory_source), hooks_(std::move(hooks)) {
  for (const char* name : {"weakref", "subref", "proxy", "callback_tuple", "dictionary", "coroutine_frame"}) {
    Type built_in;
    built_in.name = name;
    built_in.layout = Layout::built_in;
    define(std::move(built_in));
  }
  reset(semantics);
}

Heap::~Heap() {
  CYCLEGC_CHECK(frames_.empty() && !gc_.collecting && !quiet_);
  destroy_custom_objects();
  // What hooks captured may hold handles as well.
  close();
  for (Type& type : types_) type.finalize = type.legacy_finalize = type.released = nullptr;
  hooks_ = {};
  expect_no_handles();
}

void Heap::reset(const Semantics& semantics) {
  CYCLEGC_CHECK(frames_.empty() && !gc_.collecting && !quiet_);
  destroy_custom_objects();
  expect_no_handles();
  const bool same_traits =
      traits_stand_ && (hooks_.created || tags_.empty()) && semantics.pep442 == semantics_.pep442 &&
      semantics.classic_instances == semantics_.classic_instances &&
      semantics.own_dictionary == semantics_.own_dictionary && semantics.exact_order == semantics_.exact_order;
  semantics_ = semantics;
  held_.clear(cells_.size());
  gc_refs_.forget(std::min(cells_.size(), gc_refs_.capacity()));
  cells_.clear();
  tags_.clear();
  if (!same_traits) update_traits();
  live_ = 0;
  abandoned_ = 0;
  custom_objects_ = 0;
  opaque_owners_ = 0;
  dicts_ = 0;
  tuples_ = 0;
  pool_.clear();
  for (internal::Order& order : lists_) order.clear();
  set_apart_.clear();
  newest_waiting_ = kNone;
  waiting_ = 0;
  trashcan_.reset(semantics.trashcan);
  free_lists_.reset(semantics);
  releasing_.clear();
  members_ = 0;
  CYCLEGC_CHECK(semantics.exact_order || semantics.trashcan == TrashcanRule::none);
  young_cycles_ = semantics.exact_order ? kCyclesInBoth : 0;
  freed_at_once_ = 0;
  collections_from_handles_ = 0;
  steps_ = 0;
  steps_of_passes_ = 0;
  gc_.reset(semantics);
}

void Heap::count_refusal(Refusal first, std::initializer_list<bool> reasons) const {
  std::size_t reason = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (!reasons.begin()[i]) continue;
    reason = i;
    ++count;
  }
  if (count == 1) ++refusals_[static_cast<std::size_t>(first) + reason];
}

void Heap::refuse_creation(std::uint32_t head, std::uint64_t tag) const {
  count_refusal(Refusal::creation_type, {head == 0, !gc_.only_counts(), promised_ != 0, tag != 0, cells_.is_full()});
}

void Heap::fail(const char* what, Id id) const {
  const bool typed = id < cells_.size() && cells_[id].type < types_.size();
  std::fprintf(stderr, "cyclegc check failed: %s: object %u of type '%s'\n", what, id,
               typed ? types_[cells_[id].type].name.c_str() : "?");
  std::abort();
}

void Heap::expect_object(ObjectId object, const char* function) const {
  if (exists(object)) return;
  const bool of_other_heap = object && object.serial != 0 && object.index < cells_.size() &&
                             (object.serial ^ cells_.serial(object.index)) >> 24U != 0;
  const std::string what = std::string(function) + (!object              ? ": it is given no object"
                                                    : of_other_heap      ? ": its object is of another heap"
                                                    : object.serial != 0 ? ": its object was freed"
                                                                         : ": its object does not exist");
  fail(what.c_str(), object.index);
}

void Heap::expect_no_handles() const {
#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
  std::size_t holds = 0;
  Id last = kNone;
  for (Id id = 0; id < cells_.size(); ++id) {
    if (cells_[id].shape() == Shape::vacant || held_[id] == 0) continue;
    holds += held_[id];
    last = id;
  }
  if (holds != abandoned_) fail("a handle outlives its heap", last);
#endif
}

Statistics Heap::statistics() const {
  Statistics numbers;
  numbers.objects = live_;
  numbers.room = cells_.capacity();
  numbers.promised = promised_;
  numbers.slots = pool_.size();
  numbers.callback_places = callbacks_.size();
  std::size_t ids = queue_.capacity() + set_apart_.capacity() + releasing_.capacity() +
                    scratch_unreachable_.capacity() + scratch_young_.capacity() + weak_heads_.capacity() +
                    weak_callbacks_.capacity() + weak_objects_.capacity();
  for (const internal::Order& order : lists_) ids += order.ids.capacity();
  numbers.bytes = cells_.capacity() * sizeof(Cell) + held_.capacity() + gc_refs_.capacity() + pool_.bytes() +
                  payloads_.bytes() + ids * sizeof(Id) + tags_.capacity() * sizeof(std::uint64_t);
  numbers.freed_at_once = freed_at_once_;
  numbers.collections_from_handles = collections_from_handles_;
  numbers.steps = steps_;
  numbers.steps_of_passes = steps_of_passes_;
  return numbers;
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

void Heap::collect(int generation) {
  gc_.collecting = true;
  static_cast<void>(internal::Collection(*this, generation, true).run());
  gc_.collecting = false;
}

// G7. While it runs a collection counts as running, and none afterwards, whatever was before (G5).
void Heap::run_automatic_collection() {
  CYCLEGC_CHECK(!quiet_);
  gc_.collecting = true;
  if (semantics_.full_after_growth) {
    gc_.long_lived_total = std::min(gc_.long_lived_total, lists_[2].live);
    gc_.long_lived_pending = lists_[2].live - gc_.long_lived_total;
  }
  const std::uint32_t enough = gc_.long_lived_total / (semantics_.full_after_growth ? 2 : 4);
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
  if (tag != 0 || !tags_.empty()) write_tag(id, tag);
  cells_[id].bits = static_cast<std::uint8_t>(shape);
  cells_[id].type = type;
  ++live_;
  return id;
}

void Heap::provide_cells(std::size_t objects) {
  request_memory([&] {
    while (cells_.capacity() - live_ < promised_ + objects) add_cells();
  });
}

bool Heap::collect_for_memory() {
  const bool is_busy = gc_.collecting || !frames_.empty() || quiet_ || closing_ || puts_off_;
  if (!semantics_.collects_without_memory || !gc_.enabled || is_busy) return false;
  while (waiting_ != 0 && release_some(live_) != 0) {
  }
  collect(2);
  return true;
}

void Heap::add_cells() {
  const std::size_t first = internal::growth == Growth::restless ? 1 : source_.first_objects;
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
  provide(doomed_, cells);
  trashcan_.reserve(cells);
  // Those that return to a list stand behind their old places; permanent objects do not.
  for (std::size_t i = 0; i < lists_.size(); ++i) lists_[i].reserve(i == 3 ? cells : 2 * cells);
  // As trash, with a legacy finalizer, as a weak reference with a callback, and as what was not resurrected.
  provide(set_apart_, 4 * cells);
  provide(scratch_unreachable_, cells);
  provide(scratch_young_, 2 * cells);
  provide(gc_.garbage, cells);
  provide(releasing_, releasing_.size() + pool_.capacity() + member_room_ + (Cell::kNear + 1) * cells);
  if (queue_.capacity() != 0) provide(queue_, cells);
  if (!tags_.empty()) provide(tags_, cells);
  if (!weak_heads_.empty()) provide_weak(cells);
}

void Heap::provide_queue() { internal::provide(queue_, std::max<std::size_t>(cells_.capacity(), 1)); }

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
  internal::provide(releasing_, releasing_.size() + references + pool_.capacity() + member_room_ +
                                    (Cell::kNear + 1) * cells_.capacity());
}

void Heap::set_tag(ObjectId object, std::uint64_t tag) {
  CYCLEGC_CHECK_OBJECT(*this, object);
  write_tag(object.index, tag);
}

void Heap::write_tag(Id id, std::uint64_t tag) {
  const bool first = tags_.empty();
  if (id >= tags_.size()) tags_.resize(std::max(id + std::size_t{1}, std::min(tags_.size() * 2, tags_.capacity())));
  tags_[id] = tag;
  if (!first) return;
  for (Quick& quick : quick_) quick.made = quick.custom = 0;
}

Handle Heap::first_handle(Id id) {
  cells_[id].refs = 1;
  held_.start_with_one(id);
  return Handle(*this, named(id), Handle::Adopt{});
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
  CYCLEGC_CHECK(!closing_ && !quiet_);
  CYCLEGC_CHECK(layout != Layout::tuple && layout != Layout::method && layout != Layout::traceback);
  CYCLEGC_CHECK(layout != Layout::custom && layout != Layout::built_in);
  // Made at the end, whatever a collection in between makes.
  const Promise promise(*this, 2);
  provide_tags(tag);
  if (layout == Layout::list || layout == Layout::dict) return create_list_or_dict(type, tag);
  if (layout == Layout::generator || layout == Layout::coroutine) return create_generator(type, tag);
  if (layout == Layout::opaque) {
    const Id id = make_cell(Shape::opaque, type.index, tag);
    Handle made = first_handle(id);
    announce(id, id, Role::object);
    return made;
  }
  const bool old_style = layout == Layout::classic && semantics_.classic_instances;
  const bool attributes = layout != Layout::node && layout != Layout::cell;
  Handle dictionary;
  if (old_style) {
    // N6: dictionary first.
    if (!free_lists_.take_dictionary()) count_allocation();
    dictionary = first_handle(make_cell(Shape::dictionary, dictionary_types_[type.index], tag));
    // The token is the instance's, which does not exist yet: should its allocation fail, nothing is released (M3).
    cells_[dictionary.get().index].set(Flag::released);
  }
  const bool frame = layout == Layout::frame || layout == Layout::set;
  const bool taken = layout == Layout::set ? free_lists_.take_set() : frame && free_lists_.take_frame(0);
  if (!taken) count_allocation();
  const bool own_dictionary = attributes && !frame && (old_style || semantics_.own_dictionary);
  const Shape shape = old_style                ? Shape::old_style
                      : own_dictionary         ? Shape::with_dictionary
                      : frame                  ? Shape::frame
                      : attributes             ? Shape::attributes
                      : layout == Layout::cell ? Shape::cell
                                               : Shape::node;
  const Id id = make_cell(shape, type.index, tag);
  Handle made = first_handle(id);
  track(id, ListId::generation0);
  announce(id, id, Role::object);
  if (!own_dictionary) return made;
  if (old_style) {
    cells_[dictionary.get().index].unset(Flag::released);
  } else {
    // N5: the instance is tracked and takes part in a collection that this allocation may run.
    if (!free_lists_.take_dictionary()) count_allocation();
    dictionary = first_handle(make_cell(Shape::dictionary, static_cast<std::uint16_t>(BuiltIn::dictionary), tag));
  }
  push_slot(id, dictionary.get().index);
  acquire(dictionary.get().index);
  announce(dictionary.get().index, id, Role::dictionary);
  return made;
}

// N23. Where it has a frame of its own, that is made first; with PEP 442 it is tracked last.
Handle Heap::create_generator(TypeId type, std::uint64_t tag) {
  const bool acts = static_cast<bool>(types_[type.index].finalize);
  Handle frame;
  if (semantics_.own_dictionary) {
    const bool awaits = semantics_.pep442 && types_[type.index].layout == Layout::coroutine;
    if (!free_lists_.take_frame((acts ? 2U : 1U) + (awaits ? 2U : 0U))) count_allocation();
    const BuiltIn of_frame = awaits ? BuiltIn::coroutine_frame : BuiltIn::dictionary;
    frame = first_handle(make_cell(Shape::frame, static_cast<std::uint16_t>(of_frame), tag));
    cells_[frame.get().index].closed = acts ? 1 : 0;
  }
  count_allocation();
  const Id id = make_cell(frame ? Shape::with_dictionary : Shape::attributes, type.index, tag);
  Handle made = first_handle(id);
  const Id of_frame = frame.get().index;
  if (frame && !semantics_.pep442) track(of_frame, ListId::generation0);
  track(id, ListId::generation0);
  announce(id, id, Role::object);
  if (!frame) return made;
  push_slot(id, of_frame);
  acquire(of_frame);
  if (semantics_.pep442) track(of_frame, ListId::generation0);
  announce(of_frame, id, Role::frame);
  return made;
}

bool Heap::is_released(ObjectId object) const {
  CYCLEGC_CHECK_OBJECT(*this, object);
  const Cell& cell = cells_[object.index];
  if (cell.shape() == Shape::weak) return false;
  if (cell.shape() != Shape::old_style) return cell.has(Flag::released);
  return cell.size() == 0 || cell.near[0] == kNone || cells_[cell.near[0]].has(Flag::released);
}

void Heap::compact(ListId list) {
  internal::Order& order = lists_[static_cast<std::size_t>(list)];
  steps_ += order.ids.size();
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
    steps_ += target.ids.size();
    for (const Id id : target.ids) {
      if (id != kNone) cells_[id].list = to;
    }
    return;
  }
  if (target.ids.capacity() - target.ids.size() < source.live) compact(to);
  steps_ += source.ids.size();
  for (const Id id : source.ids) {
    if (id == kNone) continue;
    cells_[id].list = to;
    cells_[id].place = static_cast<std::uint32_t>(target.ids.size());
    target.ids.push_back(id);
  }
  target.live += source.live;
  source.clear();
}

void Heap::empty_trashcan() {
  if (!trashcan_.must_empty()) return;
  const std::size_t base = frames_.size();
  push_emptying();
  run_deaths(base);
}

}  // namespace cyclegc

// Deaths by reference count (rules D1 to D8, F2, F3) on a stack of their own, so that no chain is too long.
//
// A frame is one deallocation. Its object is in no list and has count 0, except while its finalizer runs. Frames finish
// in the order in which nested calls would return. Callbacks of the embedder run in the middle of a frame and may start
// frames above it, which are finished before they return.
#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {

using internal::Rank;

namespace {

// References are released one after the other, but the processor can wait for the cells of several at once.
void fetch(const internal::CellPool& cells, const internal::Id* referents, std::uint32_t count, std::uint32_t step) {
  for (std::uint32_t i = 0; i < count && i < internal::Cell::kNear; i += step) {
    if (referents[i] != internal::kNone) __builtin_prefetch(&cells[referents[i]], 1);
  }
}

}  // namespace

void Heap::bury(WeakCallback callback) {
  const Burial burial(*this);
  callback = nullptr;
}

void Heap::put_off(Id id) {
  if (closing_) return;
  untrack(id);
  internal::push_within(doomed_, id);
}

void Heap::push_doomed() {
  for (; !doomed_.empty(); doomed_.pop_back()) push_death(doomed_.back());
}

void Heap::put_later(Id id) {
  if (closing_) return;
  untrack(id);
  cells_[id].place = std::exchange(newest_waiting_, id);
  ++waiting_;
}

void Heap::push_death(Id id) {
  if (lazily_) return put_later(id);
  frames_.push_back({id, 0, Frame::Phase::begin, Rank::uncounted});
}

void Heap::unhold_later(ObjectId object) {
  CYCLEGC_CHECK_OBJECT(*this, object);
  held_.decrement(object.index);
  CYCLEGC_CHECK(cells_[object.index].refs > 0);
  if (--cells_[object.index].refs == 0) put_later(object.index);
}

// Each death is a frame of its own. What it leaves without references is put off, and waits then.
std::size_t Heap::release_some(std::size_t objects) {
  if (!frames_.empty() || !releasing_.empty() || gc_.collecting || puts_off_ || quiet_) return 0;
  std::size_t released = 0;
  lazily_ = puts_off_ = true;
  for (; released < objects && waiting_ != 0; ++released) {
    const Id id = newest_waiting_;
    newest_waiting_ = std::exchange(cells_[id].place, kNone);
    --waiting_;
    frames_.push_back({id, 0, Frame::Phase::begin, Rank::uncounted});
    run_deaths(0);
  }
  lazily_ = puts_off_ = false;
  return released;
}

inline void Heap::end_in_place(Id id) {
  CYCLEGC_CHECK(held_[id] == 0 && !cells_[id].has(Flag::far));
  cells_.give_back(id);
  --live_;
  gc_.uncount();
}

// The mark stands below the members, and there is none if there are no members, or no order.
[[gnu::always_inline]] inline bool Heap::begin_in_place(Id id) {
  Cell& cell = cells_[id];
  if (cell.shape() != Shape::custom) return false;
  const std::uint8_t traits = traits_[cell.type];
  const bool is_weakly = cell.has(Flag::weakly);
  if (refuse(Refusal::in_place_weakref, is_weakly, (traits & (has_finalize | has_legacy)) != 0)) return false;
  untrack(id);
  if (!trashcan_.enter(Rank::subtype)) [[unlikely]] {
    trashcan_.deposit(id);
    return true;
  }
  if (traits != 0) release_token(id);
  if (!semantics_.exact_order) {
    releasing_.end_at(take_apart(id, releasing_.end()));
    end_in_place(id);
    return true;
  }
  Id* const mark = releasing_.end();
  Id* const end = take_apart(id, mark + 1);
  if (end == mark + 1 && trashcan_.empty()) {
    static_cast<void>(trashcan_.leave(Rank::subtype));
    end_in_place(id);
  } else {
    *mark = id | kMark;
    releasing_.end_at(end);
    cell.set_shape(Shape::node);
  }
  return true;
}

[[gnu::always_inline]] inline bool Heap::die_trivially(Id id) {
  Cell& cell = cells_[id];
  const Quick& quick = quick_[cell.type];
  // In which generation it is does not matter.
  const auto list = static_cast<std::size_t>(cell.list);
  cell.list = ListId::generation0;
  if (cell.head() != quick.trivial || list >= lists_.size()) {
    cell.list = static_cast<ListId>(list);
    return false;
  }
  lists_[list].remove(cell.place);
  auto* const object = static_cast<char*>(custom_pointer(cell));
  const auto* const members = reinterpret_cast<const Member*>(object + quick.first_member);
  Id* end = releasing_.end();
  for (std::uint32_t i = quick.members; i-- > 0;) {
    if (members[i]) *end++ = members[i].get().index;
  }
  releasing_.end_at(end);
  payloads_.give_back(object, quick.size);
  --custom_objects_;
  end_in_place(id);
  return true;
}

Heap::Id Heap::release_in_place(std::size_t base) {
  while (doomed_.empty()) {
    if (releasing_.size() == base) return kNone;
    const Id id = releasing_.back();
    releasing_.pop_back();
    if ((id & kMark) != 0) {
      end_in_place(id & ~kMark);
      if (trashcan_.leave(Rank::subtype)) return kTrashcan;
      continue;
    }
    --members_;
    if (--cells_[id].refs != 0 || die_trivially(id)) continue;
    if (!begin_in_place(id) && !die_as_leaf(id)) return id;
  }
  return kStopped;
}

void Heap::die(Id id) {
  if (die_as_young_leaf(id)) return;
  if (puts_off_) [[unlikely]]
    return put_off(id);
  const std::size_t base = releasing_.size();
  if (die_trivially(id) || begin_in_place(id)) {
    if (releasing_.size() != base || !doomed_.empty()) die_of(base);
  } else if (!die_without_frame(id)) {
    die_in_frames(id);
  }
}

void Heap::die_of(std::size_t base) {
  const Id stopping = release_in_place(base);
  if (stopping == kNone) return;
  const std::size_t frames = frames_.size();
  frames_.push_back({kNone, static_cast<std::uint32_t>(base), Frame::Phase::members, Rank::uncounted});
  push_stopping(stopping);
  run_deaths(frames);
}

void Heap::push_stopping(Id what) {
  if (what == kTrashcan) {
    push_emptying();
  } else if (what != kStopped) {
    frames_.push_back({what, 0, Frame::Phase::begin, Rank::uncounted});
  }
}

// As long as nothing that it refers to needs a frame to die, it needs none either; and far from the trashcan's limits
// its levels matter only to frames above it.
bool Heap::die_without_frame(Id id) {
  Cell& cell = cells_[id];
  const bool no_attributes = cell.shape() == Shape::attributes && cell.size() == 0;
  if (cell.shape() != Shape::node && !no_attributes) return false;
  const bool has_finalizer = (traits_[cell.type] & (has_finalize | has_legacy)) != 0;
  if (refuse(Refusal::frame_weakref, cell.has(Flag::weakly), !trashcan_.lets_pass(), has_finalizer)) return false;
  untrack(id);
  release_token(id);
  const Id* const first = slots(cell);
  fetch(cells_, first, cell.size(), 1);
  for (std::uint32_t left = cell.size(); left > 0;) {
    const Id child = first[--left];
    cell.resize(left);
    if (--cells_[child].refs != 0 || die_as_leaf(child)) continue;
    static_cast<void>(trashcan_.enter(Rank::list));
    trashcan_.enter_items(Rank::list);
    const std::size_t base = frames_.size();
    frames_.push_back({id, 0, Frame::Phase::items, Rank::list});
    frames_.push_back({child, 0, Frame::Phase::begin, Rank::uncounted});
    run_deaths(base);
    return true;
  }
  free_cell(id);
  gc_.uncount();
  return true;
}

void Heap::die_in_frames(Id id) {
  const std::size_t base = frames_.size();
  frames_.push_back({id, 0, Frame::Phase::begin, Rank::uncounted});
  run_deaths(base);
}

void Heap::run_deaths(std::size_t base) {
  while (true) {
    if (!doomed_.empty()) [[unlikely]]
      push_doomed();
    if (frames_.size() == base) return;
    ++steps_;
    const std::size_t top = frames_.size() - 1;
    switch (frames_[top].phase) {
      case Frame::Phase::begin:
        begin_death(top);
        break;
      case Frame::Phase::farewell:
        bid_farewell(top);
        break;
      case Frame::Phase::items:
        release_items(top);
        break;
      case Frame::Phase::members:
        release_members(top);
        break;
      case Frame::Phase::leave:
        leave_level(top);
        break;
      case Frame::Phase::empty_trashcan:
        if (trashcan_.empty()) {
          trashcan_.done_emptying();
          frames_.pop_back();
        } else {
          frames_.push_back({trashcan_.take(), 0, Frame::Phase::begin, Rank::uncounted});
        }
        break;
    }
  }
}

void Heap::push_emptying() {
  trashcan_.start_emptying();
  frames_.push_back({kNone, 0, Frame::Phase::empty_trashcan, Rank::uncounted});
}

// T1.
Rank Heap::rank_of(const Cell& cell) {
  switch (cell.shape()) {
    case Shape::node:
      return Rank::list;
    case Shape::attributes:
    case Shape::with_dictionary:
    case Shape::custom:
      return Rank::subtype;
    case Shape::list:
    case Shape::dict:
    case Shape::dictionary:
    case Shape::tuple:
    case Shape::frame:
    case Shape::traceback:
      return Rank::container;
    case Shape::weak:
      return cell.type == static_cast<std::uint16_t>(BuiltIn::subreference) ? Rank::subtype : Rank::uncounted;
    default:
      return Rank::uncounted;
  }
}

// Up to the clearing of weak references. What their callbacks needed dies before the object goes on to die.
void Heap::begin_death(std::size_t top) {
  const Id id = frames_[top].id;
  CYCLEGC_CHECK(cells_[id].refs == 0);
  untrack(id);
  const bool generator = has_trait(id, is_generator);
  const Rank rank = generator ? Rank::uncounted : rank_of(cells_[id]);
  if (!trashcan_.enter(rank)) {
    trashcan_.deposit(id);
    frames_.pop_back();
    return;
  }
  frames_[top].rank = rank;
  switch (cells_[id].shape()) {
    case Shape::node:
    case Shape::attributes:
    case Shape::with_dictionary:
    case Shape::custom:
      if (!generator) {
        if (!cells_[id].has(Flag::weakly) && (traits_[cells_[id].type] & (has_finalize | has_legacy)) == 0) break;
        if (finalize_at_death(id)) return leave_level(top);
      }
      frames_[top].phase = Frame::Phase::farewell;
      if (cells_[id].has(Flag::weakly)) clear_weak_references(id);
      return;
    case Shape::frame:
      if (!cells_[id].has(Flag::weakly)) break;  // only sets have weak references
      frames_[top].phase = Frame::Phase::farewell;
      clear_weak_references(id);
      return;
    case Shape::method:  // N20: its death is told first
      release_token(id);
      [[fallthrough]];
    case Shape::old_style:
      frames_[top].phase = Frame::Phase::farewell;
      if (cells_[id].has(Flag::weakly)) clear_weak_references(id);
      return;
    case Shape::weak: {
      unlink_weak(id);
      WeakCallback callback = take_callback(id);
      if (cells_[id].has(internal::kHasObject)) {
        trashcan_.enter_items(rank);
        frames_[top].phase = Frame::Phase::items;
      } else {
        finish_death(top);
      }
      return bury(std::move(callback));
    }
    case Shape::tuple:
      // Its size decides which free list it goes to (W8.1), but counts down while its items are released.
      frames_[top].cursor = tuple_width(id);
      break;
    default:
      break;
  }
  begin_items(top);
}

// D3, D4.
void Heap::bid_farewell(std::size_t top) {
  const Id id = frames_[top].id;
  const bool old_style = cells_[id].shape() == Shape::old_style;
  const bool survives = old_style                     ? finalize_old_style(id)
                        : has_trait(id, is_generator) ? finalize_generator(id)
                                                      : finalize_legacy(id);
  if (survives) return leave_level(top);
  begin_items(top);
}

void Heap::begin_items(std::size_t top) {
  const Id id = frames_[top].id;
  const Shape shape = cells_[id].shape();
  if (shape != Shape::list && shape != Shape::tuple) release_token(id);
  if (shape == Shape::custom) {
    trashcan_.enter_items(frames_[top].rank);
    frames_[top].phase = Frame::Phase::members;
    frames_[top].cursor = detach_custom(id);
    return;
  }
  if (shape == Shape::opaque && cells_[id].size() != 0) --opaque_owners_;
  fetch(cells_, slots(cells_[id]), cells_[id].size(), slot_step(shape));
  trashcan_.enter_items(frames_[top].rank);
  frames_[top].phase = Frame::Phase::items;
}

// Of custom objects.
void Heap::release_members(std::size_t top) {
  for (; lazily_ && releasing_.size() != frames_[top].cursor; releasing_.pop_back()) {
    --members_;
    if (--cells_[releasing_.back()].refs == 0) put_later(releasing_.back());
  }
  const Id stopping = release_in_place(frames_[top].cursor);
  if (stopping != kNone) return push_stopping(stopping);
  if (frames_[top].id != kNone) return finish_death(top);
  frames_.pop_back();
}

// D5. Runs until a slot's referent dies, whose frame comes first.
void Heap::release_items(std::size_t top) {
  const Id id = frames_[top].id;
  Cell& cell = cells_[id];
  Id* const first = slots(cell);
  const Shape shape = cell.shape();
  const bool backwards = shape == Shape::node || shape == Shape::opaque || shape == Shape::list ||
                         shape == Shape::tuple ||
                         (shape == Shape::frame && semantics_.frames_backwards && !has_trait(id, is_set));
  if (shape == Shape::weak) {
    const Id object = take_object(id);
    if (object != kNone && --cells_[object].refs == 0 && !die_as_leaf(object)) return push_death(object);
  } else if (backwards) {
    for (std::uint32_t left = cell.size(); left > 0;) {
      const Id child = first[--left];
      cell.resize(left);
      if (child == kNone || --cells_[child].refs != 0 || die_as_leaf(child)) continue;
      return push_death(child);
    }
  } else {
    const std::uint32_t step = slot_step(shape);
    while (frames_[top].cursor < cell.size()) {
      Id& slot = first[frames_[top].cursor];
      // Of an entry of a dict the key comes first, if it is an object.
      Id& key = step == 2 ? (&slot)[1] : slot;
      const bool is_key = step == 2 && (key & kMark) != 0;
      const Id child = is_key ? std::exchange(key, 0) & ~kMark : std::exchange(slot, kNone);
      if (!is_key) frames_[top].cursor += step;
      if (child == kNone || --cells_[child].refs != 0 || die_as_leaf(child)) continue;
      return push_death(child);
    }
  }
  finish_death(top);
}

// D6, W8.1, W8.3: the memory, then the trashcan's levels.
void Heap::finish_death(std::size_t top) {
  const Id id = frames_[top].id;
  const Rank rank = frames_[top].rank;
  const Shape shape = cells_[id].shape();
  const std::uint32_t items = frames_[top].cursor;
  if (shape == Shape::list || shape == Shape::tuple) release_token(id);  // D9
  const bool kept = keep_in_free_list(id, items);
  free_cell(id);
  if (!kept && shape != Shape::opaque) gc_.uncount();
  if (trashcan_.leave_items(rank)) {
    frames_[top].phase = Frame::Phase::leave;
    push_emptying();
    return;
  }
  leave_level(top);
}

void Heap::leave_level(std::size_t top) {
  CYCLEGC_CHECK(top + 1 == frames_.size());
  const Rank rank = frames_[top].rank;
  frames_.pop_back();
  if (trashcan_.leave(rank)) push_emptying();
}

const Type::Hook& Heap::legacy_hook(Id id) const {
  const Type& type = types_[cells_[id].type];
  return type.legacy_finalize ? type.legacy_finalize : type.finalize;
}

bool Heap::run_at_death(Id id, const Type::Hook& hook) {
  CYCLEGC_CHECK(cells_[id].refs == 0 && held_[id] == 0);
  cells_[id].refs = 1;
  held_.increment(id);
  run_guarded(id, [&] { hook(*this, named(id)); });
  held_.decrement(id);
  return --cells_[id].refs != 0;
}

// D2: marked after the call (F2).
bool Heap::finalize_at_death(Id id) {
  const std::uint16_t type = cells_[id].type;
  if ((traits_[type] & has_finalize) == 0 || cells_[id].has(Flag::finalized)) return false;
  track(id, ListId::generation0);
  const bool resurrected = run_at_death(id, types_[type].finalize);
  cells_[id].set(Flag::finalized);
  if (!resurrected) untrack(id);
  return resurrected;
}

// D3. Without tp_finalize the order of 2.7 is that of the later versions.
bool Heap::finalize_legacy(Id id) {
  const std::uint8_t traits = traits_[cells_[id].type];
  if ((traits & has_legacy) != 0) {
    track(id, ListId::generation0);
    if (run_at_death(id, legacy_hook(id))) return true;
    untrack(id);
  }
  if ((traits & (has_finalize | has_legacy)) != 0) {
    while (cells_[id].has(Flag::weakly)) unlink_weak(weak_heads_[id]);
  }
  return false;
}

// N23.
const Type::Hook& Heap::finalize_hook(Id id) const {
  static const Type::Hook kClose = [](Heap& heap, ObjectId generator) { heap.close(generator); };
  return has_trait(id, is_generator) ? kClose : types_[cells_[id].type].finalize;
}

// The frame may have been cleared as trash, which ends its generator, too.
bool Heap::is_closed(Id id) const {
  const Cell& cell = cells_[id];
  if (cell.closed || cell.shape() != Shape::with_dictionary || cell.size() == 0) return cell.closed;
  const Cell& frame = cells_[cell.near[0]];
  return frame.shape() == Shape::frame && frame.has(Flag::released);
}

void Heap::close(ObjectId generator) {
  CYCLEGC_CHECK(has_trait(generator.index, is_generator) && cells_[generator.index].refs > 0);
  end_generator(generator.index, false);
}

void Heap::resume(ObjectId generator) {
  CYCLEGC_CHECK(has_trait(generator.index, is_generator) && cells_[generator.index].refs > 0);
  end_generator(generator.index, true);
}

void Heap::end_generator(Id id, bool resumes) {
  if (is_closed(id)) return;
  cells_[id].closed = 1;
  std::array<Handle, kAttributes> variables;
  const auto take = [&] {
    Cell& cell = cells_[id];
    for (std::uint32_t i = 0; i < cell.size(); ++i) {
      if (slots(cell)[i] == kNone) continue;
      variables[i] = Handle(*this, named(slots(cell)[i]));
      --cells_[slots(cell)[i]].refs;
    }
    cell.resize(0);
  };
  Handle frame;
  const bool has_frame = cells_[id].shape() == Shape::with_dictionary;
  if (has_frame) {
    frame = Handle(*this, named(cells_[id].near[0]));
  } else if (!semantics_.runs_in_sight) {
    take();
  }
  const Type& type = types_[cells_[id].type];
  if (resumes && (type.layout == Layout::generator || !semantics_.pep442)) safepoint();
  if (type.finalize) run_guarded(id, [&] { type.finalize(*this, named(id)); });
  take();
  for (std::uint32_t i = 0; i < kAttributes; ++i) {
    variables[semantics_.frames_backwards ? kAttributes - 1 - i : i].reset();
  }
}

// N23: marked after the call, as in F2. In 2.7 a generator that ended before is not asked.
bool Heap::finalize_generator(Id id) {
  track(id, ListId::generation0);
  if (semantics_.pep442 ? !cells_[id].has(Flag::finalized) : !is_closed(id)) {
    const bool resurrected = run_at_death(id, finalize_hook(id));
    if (semantics_.pep442) cells_[id].set(Flag::finalized);
    if (resurrected) return true;
  }
  untrack(id);
  while (cells_[id].has(Flag::weakly)) unlink_weak(weak_heads_[id]);
  // 2.7: a frame that was cleared as trash goes before its generator's death is told.
  Cell& cell = cells_[id];
  if (cell.shape() == Shape::with_dictionary && cell.size() != 0) {
    const Id frame = cell.near[0];
    cell.resize(0);
    release(frame);
  }
  return false;
}

// D4.
bool Heap::finalize_old_style(Id id) {
  if (has_trait(id, has_legacy) && run_at_death(id, legacy_hook(id))) {
    track(id, ListId::generation0);
    return true;
  }
  while (cells_[id].has(Flag::weakly)) unlink_weak(weak_heads_[id]);
  return false;
}

// A handle to a dying object that the hook takes and lets go of is not one more death.
void Heap::release_token(Id id) {
  if (cells_[id].has(Flag::released)) return;
  cells_[id].set(Flag::released);
  if (!has_trait(id, has_released)) return;
  ++cells_[id].refs;
  run_quietly(id, [&] { types_[cells_[id].type].released(*this, named(id)); });
  --cells_[id].refs;
}

void Heap::tell_unraisable(Id self) {
  if (!hooks_.unraisable) return;
  try {
    hooks_.unraisable(self == kNone ? ObjectId{} : named(self), std::current_exception());
  } catch (...) {
    // There is nobody else to tell.
  }
}

void Heap::clear_container(Id id) {
  switch (cells_[id].shape()) {
    case Shape::node:
    case Shape::cell:
      release_token(id);
      empty_slots(id, ReleaseOrder::last_to_first);
      break;
    case Shape::list:
      empty_slots(id, ReleaseOrder::last_to_first);
      release_token(id);  // D9
      break;
    case Shape::attributes:
      if (has_trait(id, is_generator)) break;  // N23
      release_token(id);
      clear_attributes(id);
      break;
    case Shape::with_dictionary:
      if (has_trait(id, is_generator)) break;
      [[fallthrough]];
    case Shape::dictionary:
    case Shape::dict:
      release_token(id);
      empty_slots(id, ReleaseOrder::first_to_last);
      break;
    case Shape::frame:
    case Shape::traceback: {
      const bool backwards =
          cells_[id].shape() == Shape::frame && semantics_.frames_backwards && !has_trait(id, is_set);
      release_token(id);
      empty_slots(id, backwards ? ReleaseOrder::last_to_first : ReleaseOrder::first_to_last);
      break;
    }
    case Shape::custom: {
      release_token(id);
      const std::size_t base = releasing_.size();
      take_members(id);
      const std::size_t taken = releasing_.size() - base;
      release_pending(base);
      members_ -= taken;
      break;
    }
    case Shape::weak: {
      unlink_weak(id);
      const WeakCallback callback = take_callback(id);
      if (const Id object = take_object(id); object != kNone) release(object);
      break;
    }
    // A classic instance has no tp_clear, nor have tuples and methods; opaque objects are not known here.
    case Shape::old_style:
    case Shape::tuple:
    case Shape::method:
    case Shape::opaque:
    case Shape::vacant:
      break;
  }
}

}  // namespace cyclegc

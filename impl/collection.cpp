#include "impl/internal/collection.hpp"

#include <algorithm>
#include <memory>

namespace cyclegc::internal {

Outcome Collection::run() {
  GcState& gc = heap_.gc_;
  CYCLEGC_CHECK(gc.collecting);
  if (calls_gc_callbacks_) {
    tell_watchers({false, generation_, 0, 0});
    tell_gc_callbacks({false, generation_, 0, 0});
  }
  if (heap_.hooks_.collection_began) {
    heap_.run_quietly(kNone, [this] { heap_.hooks_.collection_began(generation_); });
  }
  debug_header();
  if (generation_ < 2) ++gc.count[static_cast<std::size_t>(generation_) + 1];
  for (int i = 0; i <= generation_; ++i) gc.count[static_cast<std::size_t>(i)] = 0;
  const std::uint64_t before = heap_.steps_;
  merge_younger();

  // The young list holds all that is examined.
  deduce_unreachable();
  // Now it holds the reachable objects alone, in their new order.
  keep_survivors();
  heap_.steps_of_passes_ += heap_.steps_ - before;
  const auto trash = static_cast<std::uint32_t>(heap_.scratch_unreachable_.size());
  const Outcome outcome = trash != 0 && free_at_once() ? Outcome{trash, 0} : dispose_of_trash();
  // W8.4.
  if (generation_ == 2) gc.uncount(static_cast<std::int32_t>(heap_.free_lists_.empty()));

  GenerationStats& stats = gc.stats[static_cast<std::size_t>(generation_)];
  ++stats.collections;
  stats.collected += outcome.collected;
  stats.uncollectable += outcome.uncollectable;
  if (calls_gc_callbacks_) {
    const GcEvent event{true, generation_, outcome.collected, outcome.uncollectable};
    tell_gc_callbacks(event);
    tell_watchers(event);
  }
  return outcome;
}

// What was deduced to be unreachable goes through all phases, in CPython's order.
Outcome Collection::dispose_of_trash() {
  GcState& gc = heap_.gc_;
  const std::size_t base = heap_.set_apart_.size();
  Segment unreachable = set_apart(heap_.scratch_unreachable_);
  const Segment legacy = set_legacy_apart(unreachable);
  // What is left of `unreachable` is trash, and nothing in it has a legacy finalizer.
  const std::uint32_t found = count(unreachable);
  if ((gc.debug & debug_flag::collectable) != 0) {
    for (std::size_t i = unreachable.begin; i < unreachable.end; ++i) {
      if (heap_.set_apart_[i] != kNone) debug_object(DebugLine::Kind::collectable, heap_.set_apart_[i]);
    }
  }
  Outcome outcome;
  const std::uint32_t weak_freed = handle_weak_references(unreachable);
  // Where `keeps_silent_weakrefs`, those without callback are left for C9b.
  // No weak reference answers trash any more. From here on callbacks may change anything; what dies leaves a gap.
  finalize(unreachable);
  bool survived = false;
  if (!anything_ran_) {
    // Nothing can have been resurrected, and the order is what a second look would find.
  } else if (heap_.semantics_.resurrection == Resurrection::whole_set) {
    survived = has_outside_references(unreachable);
    if (survived) to_old(unreachable);
  } else if (heap_.semantics_.resurrection == Resurrection::still_reachable) {
    unreachable = without_resurrected(unreachable);
  }
  clear_late_weak_references(unreachable);
  const std::uint32_t deleted = survived ? 0 : count(unreachable);
  delete_garbage(unreachable);
  // Only what was set aside is still in a list of this collection.
  outcome.uncollectable = count(legacy);
  outcome.collected = weak_freed + (heap_.semantics_.counted == Counted::found ? found : deleted);
  if ((gc.debug & debug_flag::uncollectable) != 0) {
    for (std::size_t i = legacy.begin; i < legacy.end; ++i) {
      if (heap_.set_apart_[i] != kNone) debug_object(DebugLine::Kind::uncollectable, heap_.set_apart_[i]);
    }
  }
  debug_done(outcome);
  keep_uncollectable(legacy);
  CYCLEGC_CHECK(count({base, heap_.set_apart_.size()}) == 0);
  heap_.set_apart_.resize(base);
  return outcome;
}

std::uint32_t Collection::count(const Segment& segment) const {
  look_at(segment);
  std::uint32_t count = 0;
  for (std::size_t i = segment.begin; i < segment.end; ++i) count += heap_.set_apart_[i] != kNone ? 1U : 0U;
  return count;
}

void Collection::to_old(const Segment& segment) {
  look_at(segment);
  for (std::size_t i = segment.begin; i < segment.end; ++i) {
    if (const Id id = heap_.set_apart_[i]; id != kNone) heap_.move_to(id, old());
  }
}

Collection::Segment Collection::set_apart(const Vector<Id>& ids) {
  Segment segment{heap_.set_apart_.size(), 0};
  for (const Id id : ids) {
    Cell& cell = heap_.cells_[id];
    cell.list = ListId::set_apart;
    cell.place = static_cast<std::uint32_t>(heap_.set_apart_.size());
    push_within(heap_.set_apart_, id);
    heap_.gc_refs_[id] = GcRefs::kOut;
    traits_ |= heap_.traits_[cell.type];
    weak_ = weak_ || cell.has(Flag::weakly) || cell.shape() == Shape::weak;
  }
  segment.end = heap_.set_apart_.size();
  look_at(segment);
  return segment;
}

// --- Debug output and gc callbacks ---

void Collection::tell_gc_callbacks(const GcEvent& event) {
  // A callback may add and remove callbacks.
  for (std::size_t i = 0; i < heap_.gc_.callbacks.size(); ++i) {
    const std::shared_ptr<const GcCallback> callback = heap_.gc_.callbacks[i].second;
    heap_.run_guarded(kNone, [&] { (*callback)(event); });
  }
}

// X10.
void Collection::tell_watchers(const GcEvent& event) {
  const auto& watchers = heap_.gc_.watchers;
  if (watchers.empty()) return;
  const Handle info = heap_.make_gc_info();
  if (!info) return;
  for (std::size_t i = 0; i < watchers.size(); ++i) {
    const Handle tuple = heap_.semantics_.watcher_tuples ? heap_.make_gc_call(info.get().index) : Handle();
    if (heap_.semantics_.watcher_tuples && !tuple) continue;
    // One that is removed while it is called lets go of its object afterwards.
    const std::shared_ptr<const Watcher> watcher = watchers[i];
    heap_.run_guarded(watcher->object.get().index, [&] { watcher->call(event); });
  }
}

void Collection::debug_header() {
  if ((heap_.gc_.debug & debug_flag::stats) == 0) return;
  debug({DebugLine::Kind::collecting, {}, {static_cast<std::uint32_t>(generation_), 0, 0}});
  debug({DebugLine::Kind::sizes,
         {},
         {list(ListId::generation0).live, list(ListId::generation1).live, list(ListId::generation2).live}});
  if (heap_.semantics_.debug_permanent) {
    debug({DebugLine::Kind::permanent, {}, {list(ListId::permanent).live, 0, 0}});
  }
}

// B4.
void Collection::debug_object(DebugLine::Kind kind, Id id) {
  if (heap_.semantics_.debug_instances) {
    const bool instance = heap_.cells_[id].shape() == Shape::old_style;
    const std::uint32_t shown = debug_flag::objects | (instance ? debug_flag::instances : 0);
    if ((heap_.gc_.debug & shown) == 0) return;
  }
  debug({kind, {id}, {}});
}

void Collection::debug_done(const Outcome& outcome) {
  if ((heap_.gc_.debug & debug_flag::stats) == 0) return;
  const bool nothing = outcome.answer() == 0 && !heap_.semantics_.debug_names_nothing_found;
  debug({nothing ? DebugLine::Kind::done_nothing : DebugLine::Kind::done,
         {},
         {outcome.answer(), outcome.uncollectable, 0}});
}

// --- Reachability ---

void Collection::merge_younger() {
  for (int i = 0; i < generation_; ++i) heap_.append_list(static_cast<ListId>(i), young());
}

// C4, G8.
void Collection::keep_survivors() {
  GcState& gc = heap_.gc_;
  untrack_tuples();
  if (generation_ == 2) {
    untrack_dictionaries();
    gc.long_lived_pending = 0;
    gc.long_lived_total = list(young()).live;
    if (list(young()).sparse()) heap_.compact(young());
    return;
  }
  if (generation_ == 1) gc.long_lived_pending += list(young()).live;
  heap_.append_list(young(), old());
}

// G9. In list order; a tuple with an unset item is that of W6, which is not full yet.
void Collection::untrack_tuples() {
  if (heap_.tuples_ == 0) return;
  Order& survivors = list(young());
  heap_.steps_ += survivors.ids.size();
  bool untracked = false;
  for (Id& id : survivors.ids) {
    if (id == kNone) continue;
    Cell& cell = heap_.cells_[id];
    if (cell.shape() != Shape::tuple || heap_.is_kind(id, Heap::BuiltIn::tuple)) continue;
    bool holds_tracked = false;
    heap_.visit_referents(id, [&](Id item) { holds_tracked = holds_tracked || heap_.may_be_tracked(item); });
    if (holds_tracked) continue;
    cell.list = ListId::none;
    id = kNone;
    --survivors.live;
    untracked = true;
  }
  if (untracked) heap_.compact(young());
}

// G6.
void Collection::untrack_dictionaries() {
  if (heap_.semantics_.tracks_new_dicts || (!heap_.semantics_.own_dictionary && heap_.dicts_ == 0)) return;
  Order& survivors = list(ListId::generation2);
  heap_.steps_ += survivors.ids.size();
  bool untracked = false;
  for (Id& id : survivors.ids) {
    if (id == kNone) continue;
    Cell& cell = heap_.cells_[id];
    if (cell.shape() != Shape::dictionary && cell.shape() != Shape::dict) continue;
    bool holds_container = false;
    heap_.visit_referents(id, [&](Id value) { holds_container = holds_container || heap_.may_be_tracked(value); });
    if (holds_container) continue;
    cell.list = ListId::none;
    id = kNone;
    --survivors.live;
    untracked = true;
  }
  if (untracked) heap_.compact(ListId::generation2);
}

// --- What happens to trash ---

// C5: those that have a legacy finalizer in list order, then what they reach within the trash, breadth first.
Collection::Segment Collection::set_legacy_apart(const Segment& unreachable) {
  Vector<Id>& apart = heap_.set_apart_;
  Segment legacy{apart.size(), apart.size()};
  if ((traits_ & Heap::has_legacy) == 0) return legacy;
  look_at(unreachable);
  for (std::size_t i = unreachable.begin; i < unreachable.end; ++i) {
    if (heap_.is_legacy(apart[i])) heap_.move_to(apart[i], ListId::set_apart);
  }
  for (std::size_t i = legacy.begin; i < apart.size(); ++i) {
    heap_.visit_referents(apart[i], [&](Id child) {
      if (is_in(child, unreachable)) heap_.move_to(child, ListId::set_apart);
    });
  }
  legacy.end = apart.size();
  return legacy;
}

// C7.1 to C7.5. Answers how many weak references died after their callback (C12.2).
std::uint32_t Collection::handle_weak_references(const Segment& unreachable) {
  Vector<Id>& apart = heap_.set_apart_;
  if (!weak_) return 0;
  look_at(unreachable);
  Segment queue{apart.size(), apart.size()};
  for (std::size_t i = unreachable.begin; i < unreachable.end; ++i) {
    const Id id = apart[i];
    if (id == kNone) continue;
    if (heap_.semantics_.clears_trash_weakrefs && heap_.cells_[id].shape() == Shape::weak) heap_.unlink_weak(id);
    for (Id weak = heap_.first_weak(id), next = kNone; weak != kNone; weak = next) {
      next = heap_.next_weak(weak);
      if (heap_.semantics_.keeps_silent_weakrefs && !heap_.has_callback(weak)) continue;
      heap_.unlink_weak(weak);
      if (!heap_.has_callback(weak) || is_in(weak, unreachable) || heap_.cells_[weak].refs == 0) continue;
      heap_.hold({weak});
      heap_.move_to(weak, ListId::set_apart);
    }
  }
  queue.end = apart.size();
  std::uint32_t freed = 0;
  for (std::size_t i = queue.begin; i < queue.end; ++i) {
    const Id weak = apart[i];
    CYCLEGC_CHECK(weak != kNone);
    anything_ran_ = true;
    {
      const WeakCallback callback = heap_.take_callback(weak);
      heap_.run_callback(weak, callback);
    }
    heap_.unhold({weak});
    if (heap_.set_apart_[i] == kNone) {
      ++freed;
    } else {
      heap_.move_to(weak, old());
    }
  }
  return freed;
}

// C8.
void Collection::finalize(const Segment& unreachable) {
  if ((traits_ & Heap::has_finalize) == 0) return;
  look_at(unreachable);
  for (std::size_t i = unreachable.begin; i < unreachable.end; ++i) {
    const Id id = heap_.set_apart_[i];
    if (id == kNone || !heap_.has_trait(id, Heap::has_finalize)) continue;
    if (heap_.cells_[id].has(Flag::finalized)) continue;
    heap_.cells_[id].set(Flag::finalized);
    anything_ran_ = true;
    const Handle hold(heap_, {id});
    const Type::Hook& hook = heap_.finalize_hook(id);
    heap_.run_guarded(id, [&] { hook(heap_, heap_.named(id)); });
  }
}

void Collection::copy_without_gaps(const Segment& segment, Vector<Id>& ids) const {
  ids.clear();
  look_at(segment);
  for (std::size_t i = segment.begin; i < segment.end; ++i) {
    if (const Id id = heap_.set_apart_[i]; id != kNone) ids.push_back(id);
  }
}

// C9, whole_set: the counts alone decide.
bool Collection::has_outside_references(const Segment& unreachable) {
  Vector<Id>& trash = heap_.scratch_young_;
  copy_without_gaps(unreachable, trash);
  const std::size_t zeros = update_and_subtract(trash);
  for (const Id id : trash) heap_.gc_refs_[id] = GcRefs::kOut;
  return zeros != trash.size();
}

// C9, still_reachable. What is reachable again goes to the old list, the rest is answered in its new order.
Collection::Segment Collection::without_resurrected(const Segment& unreachable) {
  Vector<Id>& trash = heap_.scratch_young_;
  Vector<Id>& apart = heap_.set_apart_;
  copy_without_gaps(unreachable, trash);
  const std::size_t zeros = update_and_subtract(trash);
  move_unreachable(trash, zeros, heap_.scratch_unreachable_);
  // The pass has used the positions of all of them: the old segment is given up as a whole.
  std::fill(apart.begin() + static_cast<std::ptrdiff_t>(unreachable.begin),
            apart.begin() + static_cast<std::ptrdiff_t>(unreachable.end), kNone);
  for (const Id id : trash) {
    if (id == kNone) continue;
    heap_.cells_[id].list = ListId::none;
    heap_.track(id, old());
  }
  return set_apart(heap_.scratch_unreachable_);
}

// C9b. There are none if nothing ran since the weak references were cleared, unless some were left then.
void Collection::clear_late_weak_references(const Segment& unreachable) {
  if (!heap_.semantics_.clears_late_weakrefs) return;
  if (!anything_ran_ && !(weak_ && heap_.semantics_.keeps_silent_weakrefs)) return;
  look_at(unreachable);
  for (std::size_t i = unreachable.begin; i < unreachable.end; ++i) {
    const Id id = heap_.set_apart_[i];
    if (id == kNone) continue;
    if (heap_.cells_[id].shape() == Shape::weak) heap_.unlink_weak(id);
    while (heap_.first_weak(id) != kNone) heap_.unlink_weak(heap_.first_weak(id));
  }
}

// C10.1 to C10.3.
void Collection::delete_garbage(const Segment& unreachable) {
  look_at(unreachable);
  for (std::size_t i = unreachable.begin; i < unreachable.end; ++i) {
    const Id id = heap_.set_apart_[i];
    if (id == kNone) continue;
    if ((heap_.gc_.debug & debug_flag::save_all) != 0) {
      heap_.acquire(id);
      heap_.gc_.garbage.push_back(id);
    } else {
      heap_.hold({id});
      heap_.clear_container(id);
      heap_.unhold({id});
    }
    if (heap_.set_apart_[i] == id) heap_.move_to(id, old());
  }
}

// C11.
void Collection::keep_uncollectable(const Segment& legacy) {
  look_at(legacy);
  const bool all = (heap_.gc_.debug & debug_flag::save_all) != 0;
  for (std::size_t i = legacy.begin; i < legacy.end; ++i) {
    const Id id = heap_.set_apart_[i];
    if (id == kNone || !(all || heap_.is_legacy(id))) continue;
    heap_.acquire(id);
    heap_.gc_.garbage.push_back(id);
  }
  to_old(legacy);
}

}  // namespace cyclegc::internal

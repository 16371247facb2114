// One collection: rules G7, G8, C and B3 to B5. The phases carry CPython's names.
#include <algorithm>
#include <utility>

#include "model/heap.hpp"

namespace cyclecheck::model {

// G7. The caller has set collecting_.
void Heap::collect_automatically(CollectionCause cause) {
  for (std::size_t g = 3; g-- > 0;) {
    if (static_cast<std::int64_t>(count_[g]) <= threshold[g]) continue;
    if (g == 2 && long_lived_pending_ < long_lived_total_ / 4) continue;
    collect_generation(g, cause);
    return;
  }
}

std::uint32_t Heap::collect_generation(std::size_t g, CollectionCause cause) {
  const auto number = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
  const auto calls_back = [&] { return callbacks && cause != CollectionCause::shutdown; };  // X8
  if (observer_ != nullptr) observer_->collection_begins(g, cause);

  // C1. After this the list `young` holds everything that is collected, generation g first.
  if (cause != CollectionCause::shutdown) call_watchers(false, Event::numbers(EventKind::watch_start, number(g)));
  if (calls_back()) log_.add(Event::numbers(EventKind::gc_start, number(g)));
  if (debug & kStats) {
    log_.add(Event::numbers(EventKind::debug_collecting, number(g)));
    log_.add(Event::numbers(EventKind::debug_sizes, number(generations_[0].size()), number(generations_[1].size()),
                            number(generations_[2].size())));
    if (profile_.has_freeze) log_.add(Event::numbers(EventKind::debug_permanent, number(permanent_.size())));
  }
  ++ran_[g];
  if (g < 2) ++count_[g + 1];
  for (std::size_t i = 0; i <= g; ++i) count_[i] = 0;
  List& young = generations_[g];
  List& old = generations_[std::min<std::size_t>(g + 1, 2)];
  for (std::size_t i = 0; i < g; ++i) append_all(young, generations_[i]);
  List unreachable;
  phase_ended(CollectionPhase::merge, young, unreachable);

  // C2, C3. After this `young` holds what can be reached from outside, `unreachable` all the rest.
  deduce_unreachable(young, unreachable);
  untrack_tuples(young);

  // C4. After this the survivors are where they belong.
  if (g < 2) {
    if (g == 1) long_lived_pending_ += young.size();
    append_all(old, young);
  } else {
    if (!profile_.tracks_new_dicts) untrack_dictionaries(young);
    long_lived_pending_ = 0;
    long_lived_total_ = young.size();
  }
  phase_ended(CollectionPhase::survivors, old, unreachable);

  // C5. After this nothing in `unreachable` is reachable from a legacy finalizer.
  List finalizers;
  move_legacy_finalizers(unreachable, finalizers);
  phase_ended(CollectionPhase::legacy_finalizers, unreachable, finalizers);

  // C6.
  if (debug & kCollectable) {
    for (const Id id : unreachable) debug_line(EventKind::debug_collectable, id);
  }
  std::uint32_t collected = profile_.counted == Profile::Counted::found ? number(unreachable.size()) : 0;  // C12.1

  // C7. After this no weak reference answers an object of `unreachable`, but those of C7.2 that wait for C9b, and
  // callbacks have run.
  collected += handle_weak_references(unreachable, old);
  phase_ended(CollectionPhase::run_callbacks, unreachable, finalizers);

  // C8, C9, C9b. After this `unreachable` is what stayed unreachable although finalizers ran.
  if (profile_.pep442) {
    finalize_garbage(unreachable);
    phase_ended(CollectionPhase::finalize_garbage, unreachable, finalizers);
  }
  if (profile_.resurrection == Profile::Resurrection::whole_set && any_outside_reference(unreachable)) {
    append_all(old, unreachable);
  }
  if (profile_.resurrection == Profile::Resurrection::still_reachable) {
    List still_unreachable;
    deduce_unreachable(unreachable, still_unreachable);
    append_all(old, unreachable);
    append_all(unreachable, still_unreachable);
  }
  if (profile_.clears_late_weakrefs) clear_late_weak_references(unreachable);
  phase_ended(CollectionPhase::still_unreachable, unreachable, finalizers);
  if (profile_.counted != Profile::Counted::found) collected += number(unreachable.size());  // C12.1

  // C10. After this `unreachable` is empty.
  delete_garbage(unreachable, old);
  phase_ended(CollectionPhase::delete_garbage, unreachable, finalizers);

  // C11. After this `finalizers` is empty.
  const std::uint32_t uncollectable = number(finalizers.size());  // C12.3
  if (debug & kUncollectable) {
    for (const Id id : finalizers) debug_line(EventKind::debug_uncollectable, id);
  }
  const std::uint32_t answer = collected + uncollectable;  // C12
  if (debug & kStats) {
    const bool with_numbers = profile_.debug_names_nothing_found || answer != 0;
    log_.add(Event::numbers(EventKind::debug_done, answer, uncollectable, with_numbers ? 1 : 0));
  }
  for (const Id id : finalizers) {
    if (!is_legacy(at(id)) && !(debug & kSaveAll)) continue;
    hold(id);
    garbage_.push_back(id);
  }
  append_all(old, finalizers);

  // C13.
  if (g == 2) {
    for (std::size_t entry = free_lists_.empty(); entry > 0; --entry) count_free();  // W8.4
  }
  ++stats_[g].collections;
  stats_[g].collected += collected;
  stats_[g].uncollectable += uncollectable;
  if (calls_back()) log_.add(Event::numbers(EventKind::gc_stop, number(g), collected, uncollectable));
  if (cause != CollectionCause::shutdown) {
    call_watchers(true, Event::numbers(EventKind::watch_stop, number(g), collected, uncollectable));
  }
  phase_ended(CollectionPhase::end, old, unreachable);
  return answer;
}

// X10. The list may change while it is walked.
void Heap::call_watchers(bool at_stop, const Event& event) {
  if (watchers_.empty()) return;
  const Id info = allocate_gc_info();
  if (info == kNone) return log_.add(Event::numbers(EventKind::no_memory, 0));
  ++calling_watchers_;
  for (std::size_t i = 0; i < watchers_.size(); ++i) {
    const Id tuple = profile_.watcher_tuples ? allocate_call(info) : kNone;
    if (profile_.watcher_tuples && tuple == kNone) {
      log_.add(Event::numbers(EventKind::no_memory, 0));
      continue;
    }
    const std::shared_ptr<Watcher> watcher = watchers_[i];
    if (watcher->at_stop == at_stop) call_watcher(*watcher, event);
    if (tuple != kNone) release(tuple);
  }
  --calling_watchers_;
  release(info);
}

void Heap::call_watcher(Watcher& watcher, Event event) {
  event.label = at(watcher.object).label;
  log_.add(event);
  const ScriptId script = std::exchange(watcher.script, kNoScript);
  if (script >= 0) tell(Fact::watcher_acts, watcher.object);
  ++watcher.calls;
  run_script(script, watcher.object);
  --watcher.calls;
  release_watched(watcher);
}

// X10.3.
void Heap::release_watched(const Watcher& watcher) {
  if (!watcher.is_registered && watcher.calls == 0) release(watcher.object);
}

// C2, C3. `unreachable` is empty at first.
void Heap::deduce_unreachable(List& base, List& unreachable) {
  // update_refs
  for (const Id id : base) at(id).gc_refs = at(id).references;
  phase_ended(CollectionPhase::update_refs, base, unreachable);
  // subtract_refs
  for (const Id id : base) {
    visit(id, [&](Id referent) {
      if (at(referent).list == &base) --at(referent).gc_refs;
    });
  }
  // Now gc_refs is the number of references from outside of the list.
  phase_ended(CollectionPhase::subtract_refs, base, unreachable);

  // move_unreachable. Invariant: what stands before `place` is reachable, and so is what it refers to; what stands in
  // `unreachable` has not been reached so far.
  for (auto place = base.begin(); place != base.end();) {
    const Id id = *place;
    if (at(id).gc_refs == 0) {
      ++place;
      move(id, unreachable);
      phase_ended(CollectionPhase::scan, base, unreachable, id);
      continue;
    }
    visit(id, [&](Id referent) {
      Object& object = at(referent);
      if (object.list == &unreachable) {
        move(referent, base);
        object.gc_refs = 1;
      } else if (object.list == &base && object.gc_refs == 0) {
        object.gc_refs = 1;
      }
    });
    // Only now: the visit may have put objects behind the last one.
    ++place;
    phase_ended(CollectionPhase::scan, base, unreachable, id);
  }
  phase_ended(CollectionPhase::move_unreachable, base, unreachable);
}

// G9. In list order, so that a tuple is untracked in time for those behind it.
void Heap::untrack_tuples(List& list) {
  for (auto place = list.begin(); place != list.end();) {
    const Id id = *place++;
    if (at(id).kind != Kind::tuple || !has_token(at(id))) continue;  // that of W6 is never full
    const bool holds_tracked =
        std::any_of(at(id).slots.begin(), at(id).slots.end(), [&](Id item) { return may_be_tracked(at(item)); });
    if (holds_tracked) continue;
    untrack(id);
    tell(Fact::untracked, id);
  }
}

// G6.
void Heap::untrack_dictionaries(List& list) {
  for (auto place = list.begin(); place != list.end();) {
    const Id id = *place++;
    if (at(id).kind != Kind::dictionary && at(id).kind != Kind::dict) continue;
    bool holds_container = false;
    visit(id, [&](Id held) { holds_container = holds_container || may_be_tracked(at(held)); });
    if (holds_container) continue;
    untrack(id);
    tell(Fact::untracked, id);
  }
}

// C5.
void Heap::move_legacy_finalizers(List& unreachable, List& finalizers) {
  for (auto place = unreachable.begin(); place != unreachable.end();) {
    const Id id = *place++;
    if (is_legacy(at(id))) move(id, finalizers);
  }
  // The list grows while it is walked: breadth first.
  for (const Id id : finalizers) {
    visit(id, [&](Id referent) {
      if (at(referent).list == &unreachable) move(referent, finalizers);
    });
  }
}

// C7. Answers how many weak references died after their callback (C12.2).
std::uint32_t Heap::handle_weak_references(List& unreachable, List& old) {
  List queued;
  for (const Id id : unreachable) {
    if (is_weak_reference(at(id)) && profile_.clears_trash_weakrefs) unlink(id);  // C7.1
    for (const Id weak : std::deque<Id>(at(id).weak_references)) {
      if (profile_.keeps_silent_weakrefs && !at(weak).has_callback) continue;
      unlink(weak);  // C7.2
      const bool is_deposited = at(weak).references == 0;
      if (!at(weak).has_callback || at(weak).list == &unreachable || is_deposited) continue;  // C7.3
      hold(weak);
      move(weak, queued);
    }
  }

  phase_ended(CollectionPhase::clear_weak_references, unreachable, queued);

  std::uint32_t freed = 0;
  while (!queued.empty()) {
    const Id weak = queued.front();
    run_callback(weak);  // C7.4
    release(weak);       // C7.5
    if (!queued.empty() && queued.front() == weak) {
      move(weak, old);
    } else {
      ++freed;
    }
  }
  return freed;
}

// C8.
void Heap::finalize_garbage(List& unreachable) {
  List seen;
  while (!unreachable.empty()) {
    const Id id = unreachable.front();
    move(id, seen);
    const bool generator = at(id).kind == Kind::generator && profile_.pep442;
    if ((at(id).finalizer != FinalizerKind::del && !generator) || at(id).finalized) continue;
    at(id).finalized = true;
    hold(id);
    generator ? close(id) : run_finalizer(id);
    release(id);
  }
  append_all(unreachable, seen);
}

// C9, whole_set.
bool Heap::any_outside_reference(List& list) {
  for (const Id id : list) at(id).gc_refs = at(id).references;
  for (const Id id : list) {
    visit(id, [&](Id referent) {
      if (at(referent).list == &list) --at(referent).gc_refs;
    });
  }
  return std::any_of(list.begin(), list.end(), [&](Id id) { return at(id).gc_refs != 0; });
}

// C9b.
void Heap::clear_late_weak_references(const List& unreachable) {
  for (const Id id : unreachable) {
    if (is_weak_reference(at(id))) unlink(id);
    while (!at(id).weak_references.empty()) unlink(at(id).weak_references.front());
  }
}

// C10.
void Heap::delete_garbage(List& unreachable, List& old) {
  while (!unreachable.empty()) {
    const Id id = unreachable.front();
    if (debug & kSaveAll) {  // C10.1
      hold(id);
      garbage_.push_back(id);
    } else {  // C10.2
      hold(id);
      clear_object(id);
      release(id);
    }
    if (unreachable.empty() || unreachable.front() != id) continue;  // C10.3
    move(id, old);
  }
}

// C10.4 to C10.7: tp_clear.
void Heap::clear_object(Id id) {
  switch (at(id).kind) {
    case Kind::node:  // C10.4
    case Kind::custom:
    case Kind::cell:
      release_token(id);
      clear(id);
      break;
    case Kind::instance:
      release_token(id);
      if (at(id).dictionary != kNone) {
        release(std::exchange(at(id).dictionary, kNone));
      } else {
        clear(id);
      }
      break;
    case Kind::frame:  // N21
    case Kind::traceback:
      if (is_frame_of_generator(at(id))) {
        at(at(id).instance).closed = true;  // N23
      } else {
        release_token(id);
      }
      for (std::size_t i = 0; i < at(id).slots.size(); ++i) {
        const bool backwards = at(id).kind == Kind::frame && profile_.frames_backwards;
        const Id old = std::exchange(at(id).slots[backwards ? kAttributes - 1 - i : i], kNone);
        if (old != kNone) release(old);
      }
      break;
    case Kind::set:  // N24
      release_token(id);
      clear(id);
      break;
    case Kind::list:
      clear(id);
      release_token(id);  // D9
      break;
    case Kind::dict:  // C10.5
      release_token(id);
      release_entries(id);
      break;
    case Kind::dictionary: {
      release_classic_token(id);
      const std::vector<Id> values = std::exchange(at(id).slots, std::vector<Id>(kAttributes, kNone));
      for (const Id value : values) {
        if (value != kNone) release(value);
      }
      break;
    }
    case Kind::weakref:  // C10.6
    case Kind::subref:
    case Kind::proxy:
      unlink(id);
      lose_callback(id);
      break;
    case Kind::classic:  // C10.7
    case Kind::tuple:
    case Kind::method:
    case Kind::generator:
    case Kind::opaque:
    case Kind::integer:
    case Kind::string:
      break;
  }
}

// B4.
void Heap::debug_line(EventKind kind, Id id) {
  if (profile_.debug_instances) {
    const bool classic = at(id).kind == Kind::classic;
    const bool wanted = classic ? (debug & (kInstances | kObjects)) != 0 : (debug & kObjects) != 0;
    if (!wanted) return;
  }
  emit(kind, id);
}

}  // namespace cyclecheck::model

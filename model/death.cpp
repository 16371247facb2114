// Death by reference count: rules D, T, F2, F3.
#include <algorithm>
#include <cassert>
#include <utility>

#include "model/heap.hpp"

namespace cyclecheck::model {

using Who = Trashcan::Who;

// F1, N23.
bool Heap::is_legacy(const Object& object) const {
  if (object.kind == Kind::generator) {
    return !profile_.pep442 && object.finalizer != FinalizerKind::none && !object.closed;
  }
  return object.finalizer == FinalizerKind::legacy || object.finalizer == FinalizerKind::both ||
         (object.finalizer == FinalizerKind::del && !profile_.pep442);
}

void Heap::deallocate(Id id) {
  assert(at(id).references == 0 && !at(id).freed);
  tell(Fact::dying, id);
  switch (at(id).kind) {
    case Kind::node:
    case Kind::instance:
    case Kind::custom:
    case Kind::subref:
      deallocate_subtype(id);
      break;
    case Kind::classic:
      deallocate_classic(id);
      break;
    case Kind::generator:
      deallocate_generator(id);
      break;
    case Kind::list:
    case Kind::dict:
    case Kind::dictionary:
    case Kind::tuple:
    case Kind::frame:
    case Kind::traceback:
    case Kind::set:
      deallocate_built_in(id);
      break;
    case Kind::weakref:
    case Kind::proxy:
      untrack(id);
      unlink(id);
      lose_callback(id);
      free(id);
      break;
    case Kind::opaque:
    case Kind::cell:  // N19: no trashcan
      untrack(id);
      release_token(id);
      release_slots(id);
      free(id);
      break;
    case Kind::method:  // N20
      untrack(id);
      release_token(id);
      clear_weak_references(id);
      release_slots(id);
      free(id);
      break;
    case Kind::integer:
    case Kind::string:
      deallocate_atom(id);
      break;
  }
}

// D2, D3, D8: instances of classes.
void Heap::deallocate_subtype(Id id) {
  untrack(id);
  if (!enter_trashcan(Who::subtype, id)) return;
  if (is_weak_reference(at(id))) {
    unlink(id);
    lose_callback(id);
    free(id);
  } else if (!survives_finalizers(id)) {
    release_token(id);
    release_slots(id);
    free(id);
  }
  leave_trashcan(Who::subtype);
}

// D2, D3: finalizers and weak references, in the order of the version. True: resurrected.
bool Heap::survives_finalizers(Id id) {
  const bool modern =
      profile_.pep442 && (at(id).finalizer == FinalizerKind::del || at(id).finalizer == FinalizerKind::both);
  if (modern && !at(id).finalized) {
    track(id, generations_[0]);
    hold(id);
    run_finalizer(id);
    at(id).finalized = true;
    if (--at(id).references > 0) {
      tell(Fact::resurrected, id);
      return true;
    }
    untrack(id);
  }
  clear_weak_references(id);
  if (is_legacy(at(id)) && survives_legacy_finalizer(id)) return true;
  if (at(id).finalizer != FinalizerKind::none) clear_silently(id);
  return false;
}

// F3.
bool Heap::survives_legacy_finalizer(Id id) {
  const bool tracked = at(id).kind != Kind::classic;  // D4
  if (tracked) track(id, generations_[0]);
  hold(id);
  run_finalizer(id);
  const bool survives = --at(id).references > 0;
  if (survives) tell(Fact::resurrected, id);
  if (!survives) untrack(id);
  if (survives && !tracked) track(id, generations_[0]);
  return survives;
}

// D4. Its token is the dictionary's first entry (N6).
void Heap::deallocate_classic(Id id) {
  untrack(id);
  clear_weak_references(id);
  if (at(id).finalizer != FinalizerKind::none && survives_legacy_finalizer(id)) return;
  if (at(id).finalizer != FinalizerKind::none) clear_silently(id);
  release(std::exchange(at(id).dictionary, kNone));
  free(id);
}

// N23: weak references first, and then what is a finalizer.
void Heap::deallocate_generator(Id id) {
  untrack(id);
  clear_weak_references(id);
  track(id, generations_[0]);
  if (profile_.pep442 ? !at(id).finalized : !at(id).closed) {
    hold(id);
    close(id);
    at(id).finalized = profile_.pep442;
    if (--at(id).references > 0) return tell(Fact::resurrected, id);
  }
  untrack(id);
  if (!at(id).weak_references.empty()) tell(Fact::freed_with_weakrefs);
  clear_silently(id);
  if (at(id).dictionary != kNone) release(std::exchange(at(id).dictionary, kNone));
  release_token(id);
  free(id);
}

// N23. Code that goes on after a yield looks first whether a collection is due.
void Heap::close(Id id, bool resumes) {
  if (std::exchange(at(id).closed, true)) return;
  const Id frame = at(id).dictionary;
  if (frame != kNone) hold(frame);
  at(id).closing = true;
  if (resumes && !at(id).awaits) safepoint();
  if (at(id).finalizer != FinalizerKind::none) run_finalizer(id);
  at(id).closing = false;
  std::vector<Id> slots = std::exchange(at(id).slots, {});
  if (profile_.frames_backwards) std::reverse(slots.begin(), slots.end());
  for (const Id old : slots) {
    if (old != kNone) release(old);
  }
  if (frame == kNone) return;
  release(std::exchange(at(id).dictionary, kNone));
  release(frame);
}

// D7, D9, W6: an object of a built-in type.
void Heap::deallocate_built_in(Id id) {
  untrack(id);
  if (!enter_trashcan(Who::built_in, id)) return;
  const Kind kind = at(id).kind;
  if (kind == Kind::dictionary) release_classic_token(id);
  if (kind == Kind::set) clear_weak_references(id);  // N24
  // The token is the first value of a dict, and the first item of a list or tuple, whose items are released backwards.
  // That of a frame is released first; a traceback has none, and is told of then.
  const bool is_first = kind == Kind::dict || kind == Kind::frame || kind == Kind::traceback || kind == Kind::set;
  if (is_first && has_token(at(id))) release_token(id);
  release_slots(id);
  if (has_token(at(id))) release_token(id);
  free(id);
  leave_trashcan(Who::built_in);
}

// D6, W8.1, W8.3.
void Heap::free(Id id) {
  at(id).freed = true;
  tell(Fact::freed, id);
  switch (at(id).kind) {
    case Kind::opaque:
    case Kind::integer:
    case Kind::string:
      return;
    case Kind::list:
      if (free_lists_.put_list()) return;
      break;
    case Kind::tuple:
      if (free_lists_.put_tuple(at(id).tuple_size)) return;
      break;
    case Kind::method:
      if (free_lists_.put_method()) return;
      break;
    case Kind::frame:
      if (free_lists_.put_frame(at(id).code)) return;
      break;
    case Kind::set:
      if (free_lists_.put_set()) return;
      break;
    case Kind::dict:
    case Kind::dictionary:
      if (free_lists_.put_dictionary()) return;
      break;
    default:
      break;
  }
  count_free();
}

// D1.
void Heap::release_token(Id id) {
  if (!std::exchange(at(id).dead, true)) emit(EventKind::died, id);
}

// D1: the token of a classic instance is in its dictionary, which has no instance if making that one failed (M3).
void Heap::release_classic_token(Id dictionary) {
  const Id instance = at(dictionary).instance;
  if (instance != kNone && at(instance).kind == Kind::classic) release_token(instance);
}

// D5. What is being released cannot be seen any more: the slots are given up before the first release.
void Heap::release_slots(Id id) {
  if (at(id).kind == Kind::dict) return release_entries(id);
  std::vector<Id> slots = std::exchange(at(id).slots, {});
  switch (at(id).kind) {
    case Kind::node:
      trashcan_.enter_items();
      std::for_each(slots.rbegin(), slots.rend(), [&](Id old) { release(old); });
      if (trashcan_.leave_items()) drain_trashcan();
      break;
    case Kind::frame:  // N21
      if (profile_.frames_backwards) std::reverse(slots.begin(), slots.end());
      for (const Id old : slots) {
        if (old != kNone) release(old);
      }
      break;
    case Kind::opaque:
    case Kind::cell:
    case Kind::list:
    case Kind::tuple:
      std::for_each(slots.rbegin(), slots.rend(), [&](Id old) { release(old); });
      break;
    case Kind::custom:  // N18
    case Kind::method:
      std::for_each(slots.begin(), slots.end(), [&](Id old) { release(old); });
      break;
    default:  // attributes
      if (at(id).dictionary != kNone) release(std::exchange(at(id).dictionary, kNone));
      for (const Id old : slots) {
        if (old != kNone) release(old);
      }
      break;
  }
}

// T1 to T4. False: too deep, so that the object waits.
bool Heap::enter_trashcan(Who who, Id id) {
  if (trashcan_.enter(who, id)) return true;
  tell(Fact::deposited, id);
  return false;
}

void Heap::leave_trashcan(Who who) {
  if (trashcan_.leave(who)) drain_trashcan();
}

void Heap::drain_trashcan() {
  tell(Fact::trashcan_emptied);
  trashcan_.start_emptying();
  while (!trashcan_.empty()) deallocate(trashcan_.take());
  trashcan_.stop_emptying();
}

// T5: as if an empty list died outside of every deallocation.
void Heap::empty_trashcan() {
  if (!trashcan_.waits_for_the_end() || trashcan_.empty()) return;
  drain_trashcan();
}

void Heap::run_finalizer(Id id) {
  emit(EventKind::finalizer, id);
  run_script_of(id);
}

// N10.
void Heap::run_script_of(Id id) {
  tell(Fact::called, id);
  run_script(std::exchange(at(id).script, kNoScript), id);
}

void Heap::run_script(ScriptId script, Id id) {
  if (script < 0) return;
  ++scripts_running_;
  program_.run_script(script, id);
  --scripts_running_;
}

}  // namespace cyclecheck::model

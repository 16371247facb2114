// Death by reference count: rules D, T, F2, F3.
#include <algorithm>
#include <cassert>
#include <utility>

#include "model/heap.hpp"

namespace cyclecheck::model {

using Who = Trashcan::Who;

// F1.
bool Heap::is_legacy(const Object& object) const {
  return object.finalizer == FinalizerKind::legacy || (object.finalizer == FinalizerKind::del && !profile_.pep442);
}

void Heap::deallocate(Id id) {
  assert(at(id).references == 0 && !at(id).freed);
  reach_.note(Rule::R1);
  if (is_weak_reference(at(id))) reach_.note(Rule::D8);
  switch (at(id).kind) {
    case Kind::node:
    case Kind::instance:
    case Kind::subref:
      deallocate_subtype(id);
      break;
    case Kind::classic:
      deallocate_classic(id);
      break;
    case Kind::list:
    case Kind::dict:
    case Kind::dictionary:
    case Kind::tuple:
      deallocate_built_in(id);
      break;
    case Kind::weakref:
    case Kind::proxy:
      untrack(id);
      unlink(id);
      at(id).freed = true;
      count_free();
      break;
    case Kind::opaque:
      release_token(id);
      release_slots(id);
      at(id).freed = true;  // D6: not a container, so no count falls
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
  if (!is_weak_reference(at(id)) && survives_finalizers(id)) {
    reach_.note(Reached::death_resurrection);
  } else {
    if (is_weak_reference(at(id))) {
      unlink(id);
    } else {
      release_token(id);
      release_slots(id);
    }
    at(id).freed = true;
    count_free();
  }
  leave_trashcan(Who::subtype);
}

// D2, D3: finalizers and weak references, in the order of the version. True: resurrected.
bool Heap::survives_finalizers(Id id) {
  reach_.note(profile_.pep442 ? Rule::D2 : Rule::D3);
  const bool modern = at(id).finalizer == FinalizerKind::del && profile_.pep442;
  if (modern && !at(id).finalized) {
    reach_.note(Rule::F2);
    track(id, generations_[0]);
    hold(id);
    run_finalizer(id);
    at(id).finalized = true;
    if (--at(id).references > 0) {
      reach_.note(Rule::F4);
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
  reach_.note(Rule::F3);
  const bool tracked = at(id).kind != Kind::classic;  // D4
  if (tracked) track(id, generations_[0]);
  hold(id);
  run_finalizer(id);
  const bool survives = --at(id).references > 0;
  if (survives) reach_.note(Rule::F4);
  if (!survives) untrack(id);
  if (survives && !tracked) track(id, generations_[0]);
  return survives;
}

// D4. Its token is the dictionary's first entry (N6).
void Heap::deallocate_classic(Id id) {
  reach_.note(Rule::D4);
  untrack(id);
  clear_weak_references(id);
  if (at(id).finalizer != FinalizerKind::none && survives_legacy_finalizer(id)) {
    reach_.note(Reached::death_resurrection);
    return;
  }
  if (at(id).finalizer != FinalizerKind::none) clear_silently(id);
  release(std::exchange(at(id).partner, kNone));
  at(id).freed = true;
  count_free();
}

// D7, D9, W6: an object of a built-in type.
void Heap::deallocate_built_in(Id id) {
  untrack(id);
  if (!enter_trashcan(Who::built_in, id)) return;
  const Kind kind = at(id).kind;
  if (kind == Kind::dictionary && at(id).partner != kNone) {  // otherwise its instance was never made (M3)
    if (at(at(id).partner).kind == Kind::classic) {
      release_token(at(id).partner);
    } else {
      reach_.note(Rule::D7);
    }
  }
  if (has_token(at(id))) reach_.note(Rule::D9);
  // The token is the first value of a dict, and the first item of a list or tuple, whose items are released backwards.
  if (kind == Kind::dict) release_token(id);
  release_slots(id);
  if (has_token(at(id))) release_token(id);
  at(id).freed = true;
  if (!put_into_free_list(id)) count_free();
  leave_trashcan(Who::built_in);
}

// W8.
bool Heap::put_into_free_list(Id id) {
  if (at(id).kind == Kind::list) return free_lists_.put_list();
  if (at(id).kind == Kind::tuple) return free_lists_.put_tuple(at(id).tuple_size);
  return free_lists_.put_dictionary();
}

// D1.
void Heap::release_token(Id id) {
  if (std::exchange(at(id).dead, true)) return;
  reach_.note(Rule::D1);
  emit(EventKind::died, id);
}

// D5. What is being released cannot be seen any more: the slots are given up before the first release.
void Heap::release_slots(Id id) {
  std::vector<Id> slots = std::exchange(at(id).slots, {});
  if (!slots.empty()) reach_.note(Rule::D5);
  switch (at(id).kind) {
    case Kind::node:
      trashcan_.enter_items();
      std::for_each(slots.rbegin(), slots.rend(), [&](Id old) { release(old); });
      if (trashcan_.leave_items()) drain_trashcan();
      break;
    case Kind::opaque:
    case Kind::list:
    case Kind::tuple:
      std::for_each(slots.rbegin(), slots.rend(), [&](Id old) { release(old); });
      break;
    case Kind::dict:
      for (const std::size_t key : std::exchange(at(id).keys, {})) release(slots[key]);
      break;
    default:  // attributes
      if (at(id).partner != kNone && at(id).kind != Kind::dictionary) release(std::exchange(at(id).partner, kNone));
      for (const Id old : slots) {
        if (old != kNone) release(old);
      }
      break;
  }
}

// T1 to T4. False: too deep, so that the object waits.
bool Heap::enter_trashcan(Who who, Id id) {
  reach_.note(Rule::T1);
  if (trashcan_.enter(who, id)) return true;
  reach_.note(Reached::deep_chain);
  switch (profile_.trashcan) {
    case Profile::Trashcan::one_level:
      reach_.note(Rule::T2);
      break;
    case Profile::Trashcan::two_levels:
      reach_.note(Rule::T3);
      break;
    case Profile::Trashcan::headroom:
      reach_.note(Rule::T4);
      break;
  }
  return false;
}

void Heap::leave_trashcan(Who who) {
  if (trashcan_.leave(who)) drain_trashcan();
}

void Heap::drain_trashcan() {
  reach_.note(Reached::trashcan_emptied);
  trashcan_.start_emptying();
  while (!trashcan_.empty()) deallocate(trashcan_.take());
  trashcan_.stop_emptying();
}

// T5: as if an empty list died outside of every deallocation.
void Heap::empty_trashcan() {
  if (!trashcan_.waits_for_the_end() || trashcan_.empty()) return;
  reach_.note(Rule::T5);
  drain_trashcan();
}

void Heap::run_finalizer(Id id) {
  emit(EventKind::finalizer, id);
  reach_.note(Rule::F1);
  reach_.note(is_legacy(at(id)) ? Reached::legacy_finalizer_ran : Reached::finalizer_ran);
  const ScriptId script = std::exchange(at(id).script, kNoScript);  // N10
  if (script < 0) return;
  ++scripts_running_;
  program_.run_script(script, id);
  --scripts_running_;
}

}  // namespace cyclecheck::model

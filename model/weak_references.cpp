// Weak references: rules W.
#include <algorithm>
#include <cassert>
#include <utility>

#include "model/heap.hpp"

namespace cyclecheck::model {

// W2: the weak reference of this kind without callback that can be used again, kNone if there is none.
Id Heap::without_callback(Id referent, Kind kind) const {
  if (kind == Kind::subref) return kNone;
  for (const Id weak : objects_[referent]->weak_references) {
    if (objects_[weak]->kind == kind && !objects_[weak]->has_callback) return weak;
  }
  return kNone;
}

Id Heap::make_weak(Kind kind, Name name, Id referent, bool has_callback, ScriptId script, Id callback) {
  const auto reused = [&] { return has_callback ? kNone : without_callback(referent, kind); };
  if (const Id old = reused(); old != kNone) {
    hold(old);
    return old;
  }
  at_place(CollectionPlace::allocation);
  if (!count_allocation(CollectionCause::allocation)) return kNone;
  // W3: a collection during the allocation may have made a proxy, which is answered. The new one is freed before it has
  // a label.
  if (const Id meanwhile = kind == Kind::proxy ? reused() : kNone; meanwhile != kNone) {
    count_free();
    hold(meanwhile);
    return meanwhile;
  }
  const Id weak = add_named(kind, name);
  track(weak, generations_[0]);
  at(weak).has_callback = has_callback;
  at(weak).script = script;
  at(weak).callback = callback;
  if (callback != kNone) {
    hold(callback);
    tell(Fact::called_object, callback);
  }
  link(weak, referent);
  return weak;
}

// W3.
void Heap::link(Id weak, Id referent) {
  at(weak).referent = referent;
  std::deque<Id>& list = at(referent).weak_references;
  const auto rank = [&](Id id) {
    if (objects_[id]->has_callback || objects_[id]->kind == Kind::subref) return 2;
    return objects_[id]->kind == Kind::weakref ? 0 : 1;
  };
  const int own = rank(weak);
  list.insert(std::find_if(list.begin(), list.end(), [&](Id other) { return rank(other) >= own; }), weak);
}

void Heap::unlink(Id weak) {
  if (at(weak).referent == kNone) return;
  tell(Fact::cleared, weak);
  std::deque<Id>& list = at(at(weak).referent).weak_references;
  const auto place = std::find(list.begin(), list.end(), weak);
  assert(place != list.end());
  list.erase(place);
  at(weak).referent = kNone;
}

// W9.
void Heap::lose_callback(Id weak) {
  at(weak).has_callback = false;
  const Id callback = std::exchange(at(weak).callback, kNone);
  if (callback != kNone) release(callback);
}

// W4 to W7, at the death of the referent.
void Heap::clear_weak_references(Id referent) {
  const std::deque<Id>& list = at(referent).weak_references;
  const auto can_be_dropped = [&] {
    if (list.empty() || at(list.front()).has_callback) return false;
    return !profile_.drops_only_exact_heads || at(list.front()).kind != Kind::subref;
  };
  for (int dropped = 0; dropped < 2 && can_be_dropped(); ++dropped) {  // W5
    unlink(list.front());
  }

  if (list.empty()) return;                                    // W6.1
  if (list.size() == 1 && !profile_.callback_tuple_for_one) {  // W6.2
    const Id weak = list.front();
    const Id callback = std::exchange(at(weak).callback, kNone);
    const bool has_callback = std::exchange(at(weak).has_callback, false);
    unlink(weak);
    if (at(weak).references > 0 && has_callback) run_callback(weak);
    if (callback != kNone) release(callback);
    return;
  }
  const std::size_t size = list.size();  // W6.3, W6.6
  const Id tuple = allocate_tuple(2 * size);
  if (tuple == kNone) return lose_callbacks(referent);
  if (list.size() != size) tell(Fact::tuple_outlived);
  std::vector<Id> to_call;
  while (!list.empty()) {
    const Id weak = list.front();
    unlink(weak);
    const bool has_callback = std::exchange(at(weak).has_callback, false);
    const Id callback = std::exchange(at(weak).callback, kNone);
    if (at(weak).references == 0) {  // W6.4
      if (!has_callback) tell(Fact::deposited_in_tuple, weak);
      if (callback != kNone) {
        if (at(callback).references == 1) tell(Fact::callback_died_in_list, callback);
        release(callback);
      }
      continue;
    }
    hold(weak);
    at(tuple).slots.push_back(weak);
    if (callback != kNone) at(tuple).slots.push_back(callback);
    if (has_callback) to_call.push_back(weak);
  }
  for (const Id weak : to_call) run_callback(weak);
  release(tuple);
}

// M4.
void Heap::lose_callbacks(Id referent) {
  tell(Fact::callbacks_lost, referent);
  while (!at(referent).weak_references.empty()) unlink(at(referent).weak_references.front());
  log_.add(Event::numbers(EventKind::no_memory, 0));
}

// D2: weak references that were made while the finalizer ran.
void Heap::clear_silently(Id referent) {
  while (!at(referent).weak_references.empty()) {
    tell(Fact::cleared_silently, at(referent).weak_references.front());
    unlink(at(referent).weak_references.front());
  }
}

// W7.
void Heap::run_callback(Id weak) {
  emit(EventKind::callback, weak);
  hold(weak);
  run_script_of(weak);
  release(weak);
}

}  // namespace cyclecheck::model

// Weak references: rules W.
#include <algorithm>
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

Id Heap::make_weak(Kind kind, Name name, Id referent, bool has_callback, ScriptId script) {
  const auto reused = [&] { return has_callback ? kNone : without_callback(referent, kind); };
  if (const Id old = reused(); old != kNone) {
    reach_.note(Rule::W2);
    hold(old);
    return old;
  }
  program_.at_place(CollectionPlace::allocation);
  if (!count_allocation()) return kNone;
  // W3: a collection during the allocation may have made a proxy meanwhile. The new one is freed before anybody sees
  // it.
  if (const Id meanwhile = kind == Kind::proxy ? reused() : kNone; meanwhile != kNone) {
    count_free();
    hold(meanwhile);
    return meanwhile;
  }
  const Id weak = add_named(kind, name);
  track(weak, generations_[0]);
  at(weak).has_callback = has_callback;
  at(weak).script = script;
  link(weak, referent);
  return weak;
}

// W3.
void Heap::link(Id weak, Id referent) {
  reach_.note(Rule::W3);
  at(weak).referent = referent;
  std::vector<Id>& list = at(referent).weak_references;
  const auto rank = [&](Id id) {
    if (objects_[id]->has_callback || objects_[id]->kind == Kind::subref) return 2;
    return objects_[id]->kind == Kind::weakref ? 0 : 1;
  };
  const int own = rank(weak);
  list.insert(std::find_if(list.begin(), list.end(), [&](Id other) { return rank(other) >= own; }), weak);
}

void Heap::unlink(Id weak) {
  const Id referent = std::exchange(at(weak).referent, kNone);
  if (referent != kNone) std::erase(at(referent).weak_references, weak);
}

// W4 to W7, at the death of the referent.
void Heap::clear_weak_references(Id referent) {
  const std::vector<Id>& list = at(referent).weak_references;
  const auto can_be_dropped = [&] {
    if (list.empty() || at(list.front()).has_callback) return false;
    return !profile_.drops_only_exact_heads || at(list.front()).kind != Kind::subref;
  };
  reach_.note(Rule::W4, list.size());
  for (int dropped = 0; dropped < 2 && can_be_dropped(); ++dropped) {  // W5
    reach_.note(Rule::W5);
    unlink(list.front());
  }

  if (list.empty()) return;
  reach_.note(Rule::W6);
  if (list.size() == 1 && !profile_.callback_tuple_for_one) {  // W6, one
    const Id weak = list.front();
    unlink(weak);
    if (at(weak).references > 0 && std::exchange(at(weak).has_callback, false)) run_callback(weak);
    return;
  }
  reach_.note(Reached::callback_tuple);
  const std::size_t size = list.size();
  const Id tuple = allocate_tuple(2 * size);
  if (tuple == kNone) return lose_callbacks(referent);
  if (list.size() != size) ++reach_.undefined;
  std::vector<Id> to_call;
  while (!list.empty()) {
    const Id weak = list.front();
    unlink(weak);
    const bool has_callback = std::exchange(at(weak).has_callback, false);
    if (at(weak).references == 0) {  // deposited in the trashcan
      // Up to 3.12 CPython gives up its callback, whether it has one or not.
      if (!has_callback && !profile_.callback_tuple_for_one) {
        ++reach_.undefined;
        ++reach_.no_callback_released;
      }
      continue;
    }
    hold(weak);
    at(tuple).slots.push_back(weak);
    if (has_callback) to_call.push_back(weak);
  }
  for (const Id weak : to_call) run_callback(weak);
  release(tuple);
}

// M4. Up to 3.12 CPython leaves them as they are, with a referent that is freed next.
void Heap::lose_callbacks(Id referent) {
  reach_.note(Rule::M4);
  reach_.note(Reached::callbacks_lost);
  if (!profile_.callback_tuple_for_one) {
    ++reach_.undefined;
    ++reach_.kept_by_failure;
  }
  while (!at(referent).weak_references.empty()) unlink(at(referent).weak_references.front());
  log_.add(Event::numbers(EventKind::no_memory, 0));
}

// D2: weak references that were made while the finalizer ran.
void Heap::clear_silently(Id referent) {
  while (!at(referent).weak_references.empty()) {
    reach_.note(Reached::weakref_cleared_silently);
    unlink(at(referent).weak_references.front());
  }
}

// W7.
void Heap::run_callback(Id weak) {
  emit(EventKind::callback, weak);
  reach_.note(Rule::W7);
  reach_.note(Reached::callback_fired);
  const ScriptId script = std::exchange(at(weak).script, kNoScript);  // N10
  hold(weak);
  if (script >= 0) {
    ++scripts_running_;
    program_.run_script(script, weak);
    --scripts_running_;
  }
  release(weak);
}

}  // namespace cyclecheck::model

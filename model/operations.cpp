// What operations do: rules N5 to N15, I, W1 to W3, M1 and M2, and those that change the collector.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/execution.hpp"

namespace cyclecheck::model {
namespace {

Kind to_kind(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::node:
      return Kind::node;
    case ObjectKind::instance:
      return Kind::instance;
    case ObjectKind::classic:
      return Kind::classic;
    case ObjectKind::list:
      return Kind::list;
    case ObjectKind::dict:
      return Kind::dict;
    case ObjectKind::custom:
      return Kind::custom;
    case ObjectKind::cell:
      return Kind::cell;
    case ObjectKind::frame:
      return Kind::frame;
    case ObjectKind::generator:
    case ObjectKind::coroutine:
      return Kind::generator;
    case ObjectKind::set:
      return Kind::set;
    case ObjectKind::opaque:
      break;
  }
  return Kind::opaque;
}

}  // namespace

void Machine::execute(const Operation& operation) {
  const Place place = info(operation.code).place;
  if (place != Place::anywhere && in_script() != (place == Place::script_only)) return;  // N9
  if (observer_ != nullptr) observer_->operation_begins(operation);
  perform(operation);
  if (observer_ != nullptr) observer_->operation_ends(operation);
}

void Machine::perform(const Operation& operation) {
  switch (operation.code) {
    case OpCode::create:
      return create(operation);
    case OpCode::tuple:
      return make_tuple(operation);
    case OpCode::method:
      return make_pair(operation, Kind::method, find(operation.a), find(operation.b));
    case OpCode::traceback:
      return make_traceback(operation);
    case OpCode::setitem:
    case OpCode::delitem:
      return change_item(operation);
    case OpCode::close:  // N23
    case OpCode::resume: {
      const Id id = find(operation.a);
      if (id == kNone || heap_.object(id).kind != Kind::generator) return;
      heap_.hold(id);
      heap_.close(id, operation.code == OpCode::resume);
      return heap_.release(id);
    }
    case OpCode::integer:
      return bind(operation.target, heap_.integer(operation.target, operation.number[0]));
    case OpCode::string:
      return bind(operation.target, heap_.constant(operation.target, operation.text));
    case OpCode::add:
      return add(operation);
    case OpCode::intern:
      return intern(operation);
    case OpCode::bulk:
      return bulk(operation);
    case OpCode::let: {
      const Id id = find(operation.a);
      if (id == kNone) return;
      heap_.hold(id);
      return bind(operation.target, id);
    }
    case OpCode::root: {  // N4
      const Id id = find(operation.a);
      if (id == kNone || is_weak_reference(heap_.object(id))) return;
      heap_.hold(id);
      return bind_global(heap_.object(id).label.name, id);
    }
    case OpCode::drop: {
      Id* bound = variable(operation.target);
      if (bound != nullptr) heap_.release(std::exchange(*bound, kNone));
      return;
    }
    case OpCode::append:
    case OpCode::remove:
    case OpCode::store:
    case OpCode::erase:
    case OpCode::clear:
      return change_slots(operation);
    case OpCode::call: {  // N9
      constexpr std::size_t kDeepest = 64;
      if (scopes_.size() == kDeepest) return;
      const std::array<Id, 2> arguments{find(operation.a), find(operation.b)};
      for (const Id id : arguments) {
        if (id != kNone) heap_.hold(id);
      }
      scopes_.push_back({arguments, {}});
      return;
    }
    case OpCode::ret:
      return leave_scope();
    case OpCode::safepoint:
      return heap_.safepoint();
    case OpCode::weakref:
      return make_weak(operation, Kind::weakref);
    case OpCode::subref:
      return make_weak(operation, Kind::subref);
    case OpCode::proxy:
      return make_weak(operation, Kind::proxy);
    case OpCode::weakrefs:
      return make_weak_references(operation);
    case OpCode::hold:
      return hold(operation);
    case OpCode::unhold:
      return unhold(operation);
    case OpCode::fill:
      return fill(operation);
    case OpCode::weakmap:  // N17
    case OpCode::mapset:
    case OpCode::mapget:
      return;
    case OpCode::deref:
      return deref(operation);
    case OpCode::collect:
      return collect(operation.number[0]);
    case OpCode::enable:
      heap_.enabled = true;
      return;
    case OpCode::disable:
      heap_.enabled = false;
      return;
    case OpCode::set_threshold:
      for (std::size_t i = 0; i < operation.count; ++i) heap_.threshold[i] = operation.number[i];
      return;
    case OpCode::set_debug:
      heap_.debug = static_cast<unsigned>(operation.number[0]);
      return;
    case OpCode::clear_garbage:
      return heap_.clear_garbage();
    case OpCode::take_garbage: {
      const auto index = static_cast<std::size_t>(operation.number[0]);
      if (index < heap_.garbage().size()) bind(operation.target, heap_.take_garbage(index));
      return;
    }
    case OpCode::freeze:
    case OpCode::unfreeze:
      if (!profile_.has_freeze) return;
      return operation.code == OpCode::freeze ? heap_.freeze() : heap_.unfreeze();
    case OpCode::callbacks:
      if (profile_.has_callbacks) heap_.callbacks = operation.number[0] != 0;
      return;
    case OpCode::watch:  // X10
    case OpCode::unwatch: {
      const Id id = profile_.has_callbacks ? find(operation.a) : kNone;
      if (id == kNone) return;
      if (operation.code == OpCode::unwatch) return heap_.unwatch(id);
      return heap_.watch(id, operation.number[0] != 0, operation.script);
    }
    case OpCode::shutdown:
      return shut_down();
    case OpCode::raise:
      answer_object(EventKind::raised, self_);
      raised_ = true;
      return;
    case OpCode::fail:
      heap_.fails_in = static_cast<std::uint32_t>(operation.number[0]);
      return;
    default:
      return query(operation);
  }
}

// N11.
void Machine::create(const Operation& operation) {
  const Id id = operation.kind == ObjectKind::coroutine
                    ? heap_.allocate_generator(operation.target, operation.finalizer, operation.script, true)
                    : heap_.allocate(to_kind(operation.kind), operation.target, operation.finalizer, operation.script);
  if (id == kNone) return answer(EventKind::no_memory, 0);  // M2
  heap_.safepoint();
  bind(operation.target, id);
}

// N15, N11.
void Machine::make_tuple(const Operation& operation) {
  const Id a = find(operation.a);
  if (a == kNone) return;
  const Object& source = heap_.object(a);
  if (!has_items(source) && source.kind != Kind::tuple) return;
  if (source.slots.empty()) return;
  const std::vector<Id> items = source.slots;
  for (const Id item : items) heap_.hold(item);
  const Id tuple = heap_.make_tuple(operation.target, items);
  if (tuple == kNone) {  // M2
    for (const Id item : items) heap_.release(item);
    return answer(EventKind::no_memory, 0);
  }
  heap_.safepoint();
  bind(operation.target, tuple);
}

// N14.
void Machine::change_item(const Operation& operation) {
  const Id dict = profile_.insertion_order ? find(operation.a) : kNone;
  if (dict == kNone || heap_.object(dict).kind != Kind::dict) return;
  const Id key = find(operation.b);
  if (key == kNone || !heap_.is_hashed(key)) return;
  const bool sets = operation.code == OpCode::setitem;
  const Id value = sets ? find(operation.c) : kNone;
  if (sets && value == kNone) return;
  heap_.hold(dict);
  sets ? heap_.set_item(dict, key, value) : heap_.delete_item(dict, key);
  heap_.release(dict);
}

// N20, N22, N11. A traceback may have no next one.
void Machine::make_pair(const Operation& operation, Kind kind, Id first, Id second) {
  if (second == kNone || (first == kNone && kind == Kind::method)) return;
  if (first != kNone) heap_.hold(first);
  heap_.hold(second);
  const Id made = heap_.make_pair(kind, operation.target, first, second);
  if (first != kNone) heap_.release(first);
  heap_.release(second);
  if (made == kNone) return answer(EventKind::no_memory, 0);  // M2
  heap_.safepoint();
  bind(operation.target, made);
}

// N22.
void Machine::make_traceback(const Operation& operation) {
  const auto of_kind = [this](Id id, Kind kind) { return id != kNone && heap_.object(id).kind == kind ? id : kNone; };
  make_pair(operation, Kind::traceback, of_kind(find(operation.a), Kind::traceback),
            of_kind(find(operation.b), Kind::frame));
}

// I4.
void Machine::add(const Operation& operation) {
  const Id a = find(operation.a);
  const Id b = find(operation.b);
  if (a == kNone || b == kNone) return;
  if (!is_atom(heap_.object(a)) || heap_.object(a).kind != heap_.object(b).kind) return;
  const Id sum = heap_.add(operation.target, a, b);
  if (sum != kNone) bind(operation.target, sum);
}

// I3.
void Machine::intern(const Operation& operation) {
  const Id a = find(operation.a);
  if (a == kNone || heap_.object(a).kind != Kind::string) return;
  heap_.hold(a);
  bind(operation.target, heap_.intern(a));
}

// N8.
void Machine::bulk(const Operation& operation) {
  const auto target = find(Operand::variable(operation.target));
  if (target == kNone || heap_.object(target).kind != Kind::node) return;
  heap_.hold(target);
  bool failed = false;
  for (std::int32_t i = 0; i < operation.number[0]; ++i) {
    const Id made = heap_.allocate(Kind::node, operation.target, FinalizerKind::none, kNoScript);
    failed = made == kNone;
    if (failed) break;
    heap_.append(target, made);
    heap_.release(made);
  }
  heap_.release(target);
  if (failed) answer(EventKind::no_memory, 0);
}

// N16.
void Machine::hold(const Operation& operation) {
  const Id id = find(operation.a);
  if (id == kNone) return;
  auto held = std::find_if(held_.begin(), held_.end(), [id](const auto& entry) { return entry.first == id; });
  if (held == held_.end()) held = held_.emplace(held, id, 0);
  for (std::int32_t i = 0; i < operation.number[0]; ++i) heap_.hold(id);
  held->second += static_cast<std::uint32_t>(operation.number[0]);
}

void Machine::unhold(const Operation& operation) {
  const Id id = find(operation.a);
  for (std::int32_t i = 0; i < operation.number[0]; ++i) {
    // What dies may hold and give up more.
    const auto held = std::find_if(held_.begin(), held_.end(),
                                   [id](const auto& entry) { return entry.first == id && entry.second > 0; });
    if (held == held_.end()) return;
    --held->second;
    heap_.release(id);
  }
}

void Machine::fill(const Operation& operation) {
  const Id a = find(operation.a);
  if (a == kNone || !has_slots(heap_.object(a))) return;
  const Id b = find(operation.b);
  if (b == kNone) return;
  heap_.hold(a);
  for (std::int32_t i = 0; i < operation.number[0]; ++i) heap_.append(a, b);
  heap_.release(a);
}

namespace {

bool can_be_weakly_referenced(const Object& object) {
  return object.kind == Kind::node || object.kind == Kind::instance || object.kind == Kind::classic ||
         object.kind == Kind::custom || object.kind == Kind::method || object.kind == Kind::generator ||
         object.kind == Kind::set;
}

}  // namespace

void Machine::make_weak_references(const Operation& operation) {
  const Id target = find(Operand::variable(operation.target));
  if (target == kNone || heap_.object(target).kind != Kind::node) return;
  const Id referent = find(operation.a);
  if (referent == kNone || !can_be_weakly_referenced(heap_.object(referent))) return;
  heap_.hold(target);
  heap_.hold(referent);
  bool failed = false;
  for (std::int32_t i = 0; i < operation.number[0]; ++i) {
    const Id made = heap_.make_weak(Kind::subref, operation.target, referent, true, kEmptyScript);
    failed = made == kNone;
    if (failed) break;
    heap_.append(target, made);
    heap_.release(made);
  }
  heap_.release(referent);
  heap_.release(target);
  if (failed) answer(EventKind::no_memory, 0);
}

// W9.
bool Machine::can_be_called(Id id) const {
  const Object& object = heap_.object(id);
  if (object.kind == Kind::node) return true;
  return object.kind == Kind::method && profile_.calls_methods && heap_.object(object.slots.front()).kind == Kind::node;
}

// W1 to W3, W9, N11.
void Machine::make_weak(const Operation& operation, Kind kind) {
  const Id referent = find(operation.a);
  if (referent == kNone || !can_be_weakly_referenced(heap_.object(referent))) return;
  const bool is_object = operation.b.kind != Operand::Kind::none;
  const Id callback = is_object ? find(operation.b) : kNone;
  if (is_object && (callback == kNone || !can_be_called(callback))) return;
  const bool has_callback = operation.script != kNoScript;
  heap_.hold(referent);
  if (is_object) heap_.hold(callback);
  const std::size_t before = heap_.size();
  const Id weak = heap_.make_weak(kind, operation.target, referent, has_callback, operation.script, callback);
  if (weak != kNone) {
    if (heap_.size() != before) heap_.safepoint();
    bind(operation.target, weak);
  }
  if (is_object) heap_.release(callback);
  heap_.release(referent);
  if (weak == kNone) answer(EventKind::no_memory, 0);  // M2
}

// N7. The container is held, what is stored or removed is not.
void Machine::change_slots(const Operation& operation) {
  const Id a = find(operation.a);
  if (a == kNone || !has_slots(heap_.object(a))) return;
  const bool needs_b =
      operation.code == OpCode::append || operation.code == OpCode::remove || operation.code == OpCode::store;
  const Id b = needs_b ? find(operation.b) : kNone;
  if (needs_b && b == kNone) return;
  const auto index = static_cast<std::size_t>(operation.number[0]);
  heap_.hold(a);
  switch (operation.code) {
    case OpCode::append:
      heap_.append(a, b);
      break;
    case OpCode::remove:
      heap_.remove(a, b);
      break;
    case OpCode::store:
      heap_.store(a, index, b);
      break;
    case OpCode::erase:
      heap_.erase(a, index);
      break;
    default:
      heap_.clear(a);
      break;
  }
  heap_.release(a);
}

// N11.
void Machine::deref(const Operation& operation) {
  const Id weak = find(operation.a);
  if (weak == kNone || !is_weak_reference(heap_.object(weak))) return;
  const Id referent = heap_.object(weak).referent;
  if (referent == kNone || heap_.object(referent).references == 0) {
    log_.add(Event::nothing(EventKind::deref));
    return bind(operation.target, kNone);
  }
  answer_object(EventKind::deref, referent);
  heap_.hold(referent);
  bind(operation.target, referent);
}

// X1.
void Machine::collect(std::int32_t generation) {
  if (generation == kInvalidGeneration) return answer(EventKind::error, 0);
  answer(EventKind::collect, static_cast<std::uint32_t>(generation));
  answer(EventKind::returned, heap_.collect(static_cast<std::size_t>(generation)));
}

}  // namespace cyclecheck::model

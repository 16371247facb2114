// What operations do on the collector: rules N5 to N15, I, X and S of docs/memory-model.md.
#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "harness/collector/impl_subject.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

using cyclegc::Heap;
using cyclegc::Layout;
using cyclegc::WeakKind;

namespace {

// A `bulk` that memory ended.
struct BulkFailed : std::bad_alloc {
  ImplSubject::Shortage done;
};

}  // namespace

// M2. What the operation held is released before it reports the failure.
void ImplSubject::execute(const Operation& op) {
  const std::uint64_t index = executed_++;
  try {
    perform(op);
  } catch (const BulkFailed& failure) {
    shortages_.push_back({false, index, failure.done.made, failure.done.one_more});
    log_numbers(EventKind::no_memory, 0);
  } catch (const std::bad_alloc&) {
    shortages_.push_back({false, index});
    log_numbers(EventKind::no_memory, 0);
  }
}

void ImplSubject::perform(const Operation& op) {
  switch (op.code) {
    case OpCode::create:
      return create(op);
    case OpCode::bulk:
      return bulk(op);
    case OpCode::let:
      if (const ObjectId a = find(op.a)) bind(op.target, Handle(heap_, a));
      return;
    case OpCode::root:
      if (const ObjectId a = find(op.a); a && !heap_.is_weak_reference(a)) {
        bind_global(label_of(a).name, Handle(heap_, a));
      }
      return;
    case OpCode::drop:
      return drop(op.target);
    case OpCode::append:
    case OpCode::remove:
    case OpCode::store:
    case OpCode::erase:
    case OpCode::clear:
      return mutate(op);
    case OpCode::call:
      return enter_scope(op);
    case OpCode::ret:
      if (!in_script()) leave_scope();
      return;
    case OpCode::safepoint:
      return heap_.safepoint();
    case OpCode::weakref:
      return make_weak(op, WeakKind::reference);
    case OpCode::subref:
      return make_weak(op, WeakKind::subreference);
    case OpCode::proxy:
      return make_weak(op, WeakKind::proxy);
    case OpCode::weakrefs:
      return make_weak_references(op);
    case OpCode::hold:
      return hold(op);
    case OpCode::unhold:
      return unhold(op);
    case OpCode::fill:
      return fill(op);
    case OpCode::weakmap:  // N17
    case OpCode::mapset:
    case OpCode::mapget:
      return;
    case OpCode::deref:
      return dereference(op);
    case OpCode::use:
      if (const ObjectId a = find(op.a); a && heap_.is_weak_reference(a) && heap_.weak_kind(a) == WeakKind::proxy) {
        log_numbers(EventKind::used, heap_.referent(a) ? 1 : 0);
      }
      return;
    case OpCode::collect:
      return collect(op);
    case OpCode::enable:
      return gc_.enable();
    case OpCode::disable:
      return gc_.disable();
    case OpCode::isenabled:
      return log_flag(gc_.is_enabled());
    case OpCode::set_threshold:
      return set_threshold(op);
    case OpCode::get_threshold: {
      const auto& threshold = gc_.get_threshold();
      return log_numbers(EventKind::threshold, number_of(threshold[0]), number_of(threshold[1]),
                         number_of(threshold[2]));
    }
    case OpCode::get_count:
      return log_count();
    case OpCode::set_debug:
      return gc_.set_debug(number_of(op.number[0]));
    case OpCode::get_debug:
      return log_numbers(EventKind::flag, gc_.get_debug());
    case OpCode::garbage:
      for (std::size_t i = 0; i < gc_.garbage_size(); ++i) log(EventKind::garbage, gc_.garbage(i));
      return;
    case OpCode::clear_garbage:
      return gc_.clear_garbage();
    case OpCode::take_garbage:
      return take_garbage(op);
    case OpCode::get_objects:
      return get_objects(op);
    case OpCode::get_referrers:
      if (const ObjectId a = find(op.a)) {
        budget_.look_at(places_of(2));
        answer(gc_.get_referrers(a));
      }
      return;
    case OpCode::get_referents:
      if (const ObjectId a = find(op.a)) {
        budget_.look_at(slot_count(a));
        answer(gc_.get_referents(a));
      }
      return;
    case OpCode::is_tracked:
      if (const ObjectId a = find(op.a)) log_flag(gc_.is_tracked(a));
      return;
    case OpCode::is_finalized:
      if (!profile_->has_is_finalized) return;
      if (const ObjectId a = find(op.a)) log_flag(gc_.is_finalized(a));
      return;
    case OpCode::freeze:
      budget_.look_at(2 * heap_.size());
      if (profile_->has_freeze) gc_.freeze();
      return;
    case OpCode::unfreeze:
      budget_.look_at(2 * heap_.size());
      if (profile_->has_freeze) gc_.unfreeze();
      return;
    case OpCode::get_freeze_count:
      if (!profile_->has_freeze) return;
      return log_numbers(EventKind::freeze_count, static_cast<std::uint32_t>(gc_.get_freeze_count()));
    case OpCode::callbacks:
      return set_callbacks(op.number[0] != 0);
    case OpCode::watch:
      return watch(op);
    case OpCode::unwatch:
      if (const ObjectId a = find(op.a); a && profile_->has_callbacks) gc_.unwatch(a);
      return;
    case OpCode::get_stats:
      if (!profile_->has_stats) return;
      for (const cyclegc::GenerationStats& stats : gc_.get_stats()) {
        log_numbers(EventKind::stats, static_cast<std::uint32_t>(stats.collections),
                    static_cast<std::uint32_t>(stats.collected), static_cast<std::uint32_t>(stats.uncollectable));
      }
      return;
    case OpCode::refcount:
      if (const ObjectId a = find(op.a); a && !is_permanent(a)) log_numbers(EventKind::references, gc_.refcount(a));
      return;
    case OpCode::same: {
      const ObjectId a = find(op.a);
      const ObjectId b = find(op.b);
      if (a && b) log_flag(a == b);
      return;
    }
    case OpCode::shutdown:
      if (!in_script()) shutdown();
      return;
    case OpCode::raise:
      return;
    case OpCode::fail:
      return heap_.fail_allocation(number_of(op.number[0]));
    case OpCode::tuple:
      return make_tuple(op);
    case OpCode::method:
      return make_pair(op, method_type_);
    case OpCode::traceback:
      return make_pair(op, traceback_type_);
    case OpCode::setitem:
    case OpCode::delitem:
      return change_item(op);
    case OpCode::close:  // N23
    case OpCode::resume: {
      const Handle a(heap_, find(op.a));
      if (!a || heap_.is_weak_reference(a.get()) || !is_generator(a.get())) return;
      return op.code == OpCode::close ? heap_.close(a.get()) : heap_.resume(a.get());
    }
    case OpCode::integer:
      return bind(op.target, atoms_.integer(op.number[0], creation_tag::of(op.target, kNoScript)));
    case OpCode::string:
      return bind(op.target, atoms_.constant(op.text, creation_tag::of(op.target, kNoScript)));
    case OpCode::add:
      return add(op);
    case OpCode::intern:
      return intern(op);
    case OpCode::id:
      if (const ObjectId a = find(op.a)) log(EventKind::identity, a);
      return;
  }
}

// N11.
void ImplSubject::create(const Operation& op) {
  const cyclegc::TypeId type = types_[static_cast<std::size_t>(op.kind)][static_cast<std::size_t>(op.finalizer)];
  const std::uint64_t tag = creation_tag::of(op.target, op.script);
  Handle object = op.kind == ObjectKind::custom ? create_custom(type, told(tag)) : heap_.create(type, told(tag));
  made(object.get(), tag);
  heap_.safepoint();
  log_step();
  bind(op.target, std::move(object));
}

// N15.
void ImplSubject::make_tuple(const Operation& op) {
  const ObjectId a = find(op.a);
  if (!a || heap_.is_weak_reference(a) || !has_slots(a)) return;
  const Layout layout = heap_.type(heap_.type_of(a)).layout;
  const bool in_a_row = layout == Layout::node || layout == Layout::opaque || layout == Layout::list ||
                        layout == Layout::custom || layout == Layout::cell || layout == Layout::tuple;
  if (!in_a_row) return;
  std::vector<ObjectId> items(slot_count(a));
  std::vector<Handle> held;
  for (std::uint32_t i = 0; i < items.size(); ++i) {
    items[i] = slot(a, i);
    held.emplace_back(heap_, items[i]);
  }
  if (items.empty()) return;
  budget_.store(items.size());
  const std::uint64_t tag = creation_tag::of(op.target, kNoScript);
  Handle tuple = heap_.create_tuple(tuple_type_, items, told(tag));
  made(tuple.get(), tag);
  held.clear();
  heap_.safepoint();
  log_step();
  bind(op.target, std::move(tuple));
}

// N20, N22.
void ImplSubject::make_pair(const Operation& op, cyclegc::TypeId type) {
  ObjectId first = find(op.a);
  const ObjectId second = find(op.b);
  if (type == traceback_type_) {
    if (first && heap_.type_of(first) != traceback_type_) first = {};
    if (!second || heap_.type(heap_.type_of(second)).layout != Layout::frame) return;
  } else if (!first || !second) {
    return;
  }
  Handle hold(heap_, first);
  Handle hold_second(heap_, second);
  budget_.store(2);
  const std::uint64_t tag = creation_tag::of(op.target, kNoScript);
  Handle pair = heap_.create_pair(type, first, second, told(tag));
  made(pair.get(), tag);
  hold.reset();
  hold_second.reset();
  heap_.safepoint();
  log_step();
  bind(op.target, std::move(pair));
}

// I4.
void ImplSubject::add(const Operation& op) {
  const ObjectId a = find(op.a);
  const ObjectId b = find(op.b);
  if (!a || !b || !atoms_.is_atom(a) || heap_.type_of(a) != heap_.type_of(b)) return;
  Handle sum = atoms_.add(a, b, creation_tag::of(op.target, kNoScript));
  if (sum) bind(op.target, std::move(sum));
}

// I3.
void ImplSubject::intern(const Operation& op) {
  const ObjectId a = find(op.a);
  if (a && atoms_.is_string(a)) bind(op.target, atoms_.intern(a));
}

// N8.
void ImplSubject::bulk(const Operation& op) {
  const ObjectId container = look_up(op.target);
  if (!is_alive(container) || !is_node(container)) return;
  const Handle hold(heap_, container);
  const cyclegc::TypeId type = types_[static_cast<std::size_t>(ObjectKind::node)][0];
  const std::uint64_t tag = creation_tag::of(op.target, kNoScript);
  BulkFailed progress;
  try {
    for (std::int32_t i = 0; i < op.number[0]; ++i) {
      const Handle node = heap_.create(type, told(tag));
      made(node.get(), tag);
      progress.done.one_more = true;
      heap_.append(container, node.get());
      progress.done.one_more = false;
      ++progress.done.made;
    }
  } catch (const std::bad_alloc&) {
    throw progress;
  }
}

// N16.
void ImplSubject::hold(const Operation& op) {
  const ObjectId a = find(op.a);
  if (!a) return;
  const std::uint32_t record = record_of(a);
  auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& entry) { return entry.record == record; });
  if (held == held_.end()) held = held_.insert(held, {record, a, 0});
  for (std::int32_t i = 0; i < op.number[0]; ++i) {
    heap_.hold(a);
    ++held->times;
  }
}

void ImplSubject::unhold(const Operation& op) {
  const ObjectId a = find(op.a);
  if (!a) return;
  const std::uint32_t record = record_of(a);
  for (std::int32_t i = 0; i < op.number[0]; ++i) {
    // What dies may hold and give up more.
    const auto held = std::find_if(held_.begin(), held_.end(),
                                   [&](const Held& entry) { return entry.record == record && entry.times > 0; });
    if (held == held_.end()) return;
    --held->times;
    heap_.unhold(a);
  }
}

void ImplSubject::fill(const Operation& op) {
  const ObjectId a = find(op.a);
  if (!a || !has_slots(a)) return;
  const ObjectId b = find(op.b);
  if (!b) return;
  if (!takes(a, b)) return;
  const Handle hold(heap_, a);
  budget_.store(number_of(op.number[0]));
  BulkFailed progress;
  try {
    for (std::int32_t i = 0; i < op.number[0]; ++i) {
      append(a, b);
      ++progress.done.made;
    }
  } catch (const std::bad_alloc&) {
    throw progress;
  }
}

void ImplSubject::make_weak_references(const Operation& op) {
  const ObjectId container = look_up(op.target);
  if (!is_alive(container) || !is_node(container)) return;
  const ObjectId a = find(op.a);
  if (!a || !heap_.can_be_weakly_referenced(a)) return;
  const Handle hold(heap_, container);
  const Handle hold_referent(heap_, a);
  const std::uint64_t tag = creation_tag::of(op.target, kEmptyScript) | creation_tag::kWeak;
  BulkFailed progress;
  try {
    for (std::int32_t i = 0; i < op.number[0]; ++i) {
      const Heap::Weak weak = heap_.create_weak(
          WeakKind::subreference, a, [this](Heap&, ObjectId self) { run_callback(self); }, told(tag));
      made(weak.handle.get(), tag);
      progress.done.one_more = true;
      heap_.append(container, weak.handle.get());
      progress.done.one_more = false;
      ++progress.done.made;
    }
  } catch (const std::bad_alloc&) {
    throw progress;
  }
}

// W1 to W3, W9.
void ImplSubject::make_weak(const Operation& op, WeakKind kind) {
  const ObjectId a = find(op.a);
  if (!a || !heap_.can_be_weakly_referenced(a)) return;
  const bool is_object = op.b.kind != Operand::Kind::none;
  const ObjectId object = is_object ? find(op.b) : ObjectId{};
  if (is_object && (!object || !can_be_called(object))) return;
  const Handle hold(heap_, a);
  const Handle hold_object(heap_, object);
  cyclegc::WeakCallback callback;
  if (op.script != kNoScript) callback = [this](Heap&, ObjectId self) { run_callback(self); };
  const std::uint64_t tag = creation_tag::of(op.target, op.script) | creation_tag::kWeak;
  Heap::Weak weak = heap_.create_weak(kind, a, std::move(callback), told(tag), object);
  if (weak.created) {
    made(weak.handle.get(), tag);
    heap_.safepoint();
    log_step();
  }
  // Which one it is: one that is there already may be shared (W2, W3).
  if (steps_ == Steps::told) log(EventKind::identity, weak.handle.get());
  bind(op.target, std::move(weak.handle));
}

void ImplSubject::dereference(const Operation& op) {
  const ObjectId weak = find(op.a);
  if (!weak || !heap_.is_weak_reference(weak)) return;
  const ObjectId referent = heap_.referent(weak);
  log_->add(referent ? Event::of(EventKind::deref, label_of(referent)) : Event::nothing(EventKind::deref));
  bind(op.target, Handle(heap_, referent));
}

// N7.
void ImplSubject::mutate(const Operation& op) {
  const ObjectId a = find(op.a);
  if (!a || !has_slots(a)) return;
  const bool needs_value = op.code != OpCode::erase && op.code != OpCode::clear;
  const ObjectId b = needs_value ? find(op.b) : ObjectId{};
  if (needs_value && !b) return;
  const Handle hold(heap_, a);
  const std::uint32_t index = number_of(op.number[0]);
  if (Custom* const object = custom(a)) return mutate_custom(op, a, *object, b);
  if (op.code == OpCode::remove || op.code == OpCode::erase) budget_.look_at(slot_count(a));
  if (heap_.type(heap_.type_of(a)).layout == Layout::set) {
    budget_.look_at(StepBudget::kElement * (op.code == OpCode::remove ? gc_.get_referents(a).size() : 1));
  }
  if (op.code == OpCode::append && takes(a, b)) heap_.append(a, b);
  if (op.code == OpCode::remove) heap_.remove(a, b);
  if (op.code == OpCode::store) heap_.store(a, index, b);
  if (op.code == OpCode::erase) heap_.erase(a, index);
  if (op.code == OpCode::clear) clear(a);
}

// The same as the library's `clear`, which tells no steps.
void ImplSubject::clear(ObjectId a) {
  const Layout layout = heap_.type(heap_.type_of(a)).layout;
  const bool has_attributes = layout == Layout::instance || layout == Layout::classic || layout == Layout::dict ||
                              layout == Layout::frame || layout == Layout::generator || layout == Layout::coroutine;
  if (steps_ != Steps::told || !has_attributes) return heap_.clear(a);
  for (std::uint32_t i = 0; i < kAttributes; ++i) {
    if (!heap_.slot(a, i)) continue;
    heap_.erase(a, i);
    log_step();
  }
}

// N14.
void ImplSubject::change_item(const Operation& op) {
  const ObjectId dict = profile_->insertion_order ? find(op.a) : ObjectId{};
  if (!dict || heap_.is_weak_reference(dict) || !has_slots(dict)) return;
  if (heap_.type(heap_.type_of(dict)).layout != Layout::dict) return;
  const ObjectId key = find(op.b);
  if (!key || !is_hashed(key)) return;
  const bool sets = op.code == OpCode::setitem;
  const ObjectId value = sets ? find(op.c) : ObjectId{};
  if (sets && !value) return;
  const Handle hold(heap_, dict);
  budget_.look_at(slot_count(dict));
  sets ? heap_.set_item(dict, key, value) : heap_.delete_item(dict, key);
}

// N18.
void ImplSubject::mutate_custom(const Operation& op, ObjectId a, Custom& object, ObjectId b) {
  switch (op.code) {
    case OpCode::append:
      return append(a, b);
    case OpCode::store:
    case OpCode::erase:
      return change(a, object, number_of(op.number[0]), b);
    case OpCode::remove: {
      const auto is_b = [b](const cyclegc::Member& slot) { return slot.get() == b; };
      const auto found = std::find_if(object.slots.begin(), object.slots.end(), is_b);
      return change(a, object, static_cast<std::uint32_t>(found - object.slots.begin()), {});
    }
    default: {
      // Emptied first, then released first to last.
      std::vector<Handle> old;
      for (cyclegc::Member& slot : object.slots) {
        old.emplace_back(heap_, slot.get());
        heap_.store_member(a, slot, {});
      }
      object.slots.clear();
      for (Handle& handle : old) handle.reset();
    }
  }
}

// N9.
void ImplSubject::enter_scope(const Operation& op) {
  if (in_script() || scopes_.size() == kScopes) return;
  Scope scope;
  scope.arguments[0] = Handle(heap_, find(op.a));
  scope.arguments[1] = Handle(heap_, find(op.b));
  scopes_.push_back(std::move(scope));
}

void ImplSubject::leave_scope() {
  if (scopes_.empty()) return;
  Scope scope = std::move(scopes_.back());
  scopes_.pop_back();
  const auto release = [this](Handle& value) {
    if (!value) return;
    value.reset();
    log_step();
  };
  for (Handle& argument : scope.arguments) release(argument);
  for (auto& [name, value] : scope.locals) release(value);
}

void ImplSubject::collect(const Operation& op) {
  const std::int32_t generation = op.number[0];
  if (generation >= kInvalidGeneration) return log_numbers(EventKind::error, 0);
  log_numbers(EventKind::collect, number_of(generation));
  log_numbers(EventKind::returned, gc_.collect(generation));
}

void ImplSubject::set_threshold(const Operation& op) {
  if (op.count >= 3) return gc_.set_threshold(op.number[0], op.number[1], op.number[2]);
  if (op.count == 2) return gc_.set_threshold(op.number[0], op.number[1]);
  gc_.set_threshold(op.number[0]);
}

void ImplSubject::take_garbage(const Operation& op) {
  const std::size_t index = number_of(op.number[0]);
  if (index < gc_.garbage_size()) bind(op.target, gc_.take_garbage(index));
}

void ImplSubject::get_objects(const Operation& op) {
  if (op.count == 0) return answer(gc_.get_objects());
  if (!profile_->has_generation_argument) return;
  if (op.number[0] >= kInvalidGeneration) return log_numbers(EventKind::error, 0);
  answer(gc_.get_objects(op.number[0]));
}

void ImplSubject::answer(const std::vector<ObjectId>& objects) {
  for (const ObjectId id : objects) log(EventKind::object, id);
  log_numbers(EventKind::answer_end, 0);
}

// X8.
void ImplSubject::set_callbacks(bool on) {
  if (!profile_->has_callbacks || on == callbacks_on_) return;
  // The one that writes the log is not the only one: all of them must be called, also while the list changes.
  if (on) {
    const std::array<cyclegc::GcCallback, 4> made{[](const cyclegc::GcEvent&) {},
                                                  [this](const cyclegc::GcEvent& event) { log_gc_event(event); },
                                                  acting_callback(), last_callback()};
    callbacks_.fill(kNoCallback);
    try {
      for (std::size_t i = 0; i < made.size(); ++i) callbacks_[i] = gc_.add_callback(made[i]);
    } catch (const std::bad_alloc&) {
      for (const std::uint32_t callback : callbacks_) gc_.remove_callback(callback);
      throw;
    }
  } else {
    for (const std::uint32_t callback : callbacks_) gc_.remove_callback(callback);
  }
  callbacks_on_ = on;
}

// Takes the one behind it out when a collection begins, and puts it back when the collection ends; itself it takes out
// each time, and goes to the end.
cyclegc::GcCallback ImplSubject::acting_callback() {
  return [this, token = std::make_shared<bool>()](const cyclegc::GcEvent& event) {
    ImplSubject& subject = *this;
    const std::weak_ptr<bool> mine = token;
    subject.gc_.remove_callback(std::exchange(subject.callbacks_[kLast], kNoCallback));
    subject.gc_.remove_callback(subject.callbacks_[kActs]);
    if (mine.expired()) throw std::logic_error("a gc callback is destroyed while it runs");
    subject.callbacks_[kActs] = subject.gc_.add_callback(subject.acting_callback());
    if (event.stop) subject.callbacks_[kLast] = subject.gc_.add_callback(subject.last_callback());
  };
}

cyclegc::GcCallback ImplSubject::last_callback() {
  return [this](const cyclegc::GcEvent&) {
    if (callbacks_[kLast] == kNoCallback) throw std::logic_error("a gc callback is called that was removed");
  };
}

// X10.
void ImplSubject::watch(const Operation& op) {
  constexpr std::size_t kMost = 16;
  const ObjectId a = find(op.a);
  if (!a || !profile_->has_callbacks || gc_.watchers() == kMost) return;
  gc_.watch(a, [this, a, at_stop = op.number[0] != 0, script = op.script](const cyclegc::GcEvent& event) mutable {
    if (event.stop == at_stop) watcher_called(a, event, std::exchange(script, kNoScript));
  });
}

// S1 to S4.
void ImplSubject::shutdown() {
  while (!scopes_.empty()) leave_scope();
  for (std::size_t i = 0; i < held_.size(); ++i) {
    while (held_[i].times > 0) {
      --held_[i].times;
      heap_.unhold(held_[i].id);
    }
  }
  gc_.shutdown([this] {
    log_step();
    // NOLINTNEXTLINE(modernize-loop-convert): what dies may run scripts, which bind more names
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      if (!names_[bound_[i].value].variable) continue;
      bind_global(bound_[i], {});
      log_step();
    }
  });
  // What is deposited dies at the end of this operation: it has not leaked.
  heap_.empty_trashcan();
  find_deaths();
  for (const Record& record : records_) {
    if (!record.weak && !record.dead && !is_permanent(record.token))
      log_->add(Event::of(EventKind::leaked, record.label));
  }
}

}  // namespace cyclecheck

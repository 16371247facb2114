#include "model/machine.hpp"

#include <algorithm>

#include "model/execution.hpp"

namespace cyclecheck::model {

// --- names: N1 to N4 ---

// N2.
Id* Machine::variable(Name name) {
  if (!in_script() && !scopes_.empty()) {
    for (auto& [local, id] : scopes_.back().locals) {
      if (local == name && id != kNone) return &id;
    }
  }
  return globals_[name.value] == kNone ? nullptr : &globals_[name.value];
}

// N3.
Id Machine::find(const Operand& operand) {
  Id id = kNone;
  switch (operand.kind) {
    case Operand::Kind::none:
      return kNone;
    case Operand::Kind::variable: {
      const Id* bound = variable(operand.name);
      if (bound != nullptr) id = *bound;
      break;
    }
    case Operand::Kind::label:
      id = heap_.last_created(operand.name);
      break;
    case Operand::Kind::self:
      id = self_;
      break;
  }
  if (!usable(id)) return kNone;
  if (operand.slot != Operand::kWhole) id = heap_.slot(id, static_cast<std::size_t>(operand.slot));
  if (!usable(id)) return kNone;
  tell(Fact::found, id);
  return id;
}

bool Machine::usable(Id id) const {
  if (id == kNone) return false;
  const Object& object = heap_.object(id);
  return !object.freed && !object.dead && object.references > 0;
}

void Machine::bind_global(Name name, Id id) {
  if (id != kNone && !bound_once_[name.value]) {
    bound_once_[name.value] = true;
    global_order_.push_back(name);
  }
  replace(globals_[name.value], id);
}

// N2.
void Machine::bind(Name name, Id id) {
  tell(Fact::bound, id);
  if (in_script() || scopes_.empty()) return bind_global(name, id);
  for (auto& [local, old] : scopes_.back().locals) {
    if (local == name) return replace(old, id);
  }
  if (id != kNone) scopes_.back().locals.emplace_back(name, id);
}

void Machine::replace(Id& variable, Id id) {
  const Id old = std::exchange(variable, id);
  if (old != kNone) heap_.release(old);
}

// --- scopes, scripts, the end ---

// N9.
void Machine::leave_scope() {
  if (scopes_.empty()) return;
  const Scope scope = std::move(scopes_.back());
  scopes_.pop_back();
  for (const Id id : scope.arguments) {
    if (id != kNone) heap_.release(id);
  }
  for (const auto& [name, id] : scope.locals) {
    if (id != kNone) heap_.release(id);
  }
}

// S.
void Machine::shut_down() {
  while (!scopes_.empty()) leave_scope();
  for (std::size_t i = 0; i < held_.size(); ++i) {
    while (held_[i].second > 0) {
      --held_[i].second;
      heap_.release(held_[i].first);
    }
  }
  heap_.collect_at_shutdown(true);
  // Scripts may bind names while this runs, so the order may grow.
  // NOLINTNEXTLINE(modernize-loop-convert): a growing vector leaves iterators invalid
  for (std::size_t i = 0; i < global_order_.size(); ++i) {
    replace(globals_[global_order_[i].value], kNone);
  }
  heap_.collect_at_shutdown(false);
  heap_.empty_trashcan();
  for (Id id = 0; id < heap_.size(); ++id) {
    const Object& object = heap_.object(id);
    if (object.dead || object.permanent || !(has_token(object) || is_atom(object))) continue;
    answer_object(EventKind::leaked, id);
  }
  stopped_ = true;
}

// N10.
void Machine::run_script(ScriptId script, Id self) {
  const Id outer = std::exchange(self_, self);
  for (const Operation& operation : trace_.scripts[static_cast<std::size_t>(script)]) {
    execute(operation);
    if (std::exchange(raised_, false)) break;
  }
  self_ = outer;
}

// --- what is observed ---

void Machine::list_generations() {
  std::array<std::uint32_t, 3> digest{kDigestSeed, kDigestSeed, kDigestSeed};
  for (std::uint32_t g = 0; g < 3; ++g) {
    for (const Id id : heap_.generation(g)) {
      const Label& label = heap_.object(id).label;
      if (observe_ == Observe::digest) {
        digest[g] = fold(digest[g], label);
      } else {
        Event event = Event::of(EventKind::listed, label);
        event.number[0] = g;
        log_.add(event);
      }
    }
  }
  if (observe_ == Observe::digest) log_.add(Event::numbers(EventKind::digest, digest[0], digest[1], digest[2]));
}

std::vector<Root> Machine::roots() const {
  std::vector<Root> roots;
  const auto add = [&](const Root& root) {
    if (root.id != kNone) roots.push_back(root);
  };
  const std::vector<Id>& garbage = heap_.garbage();
  for (std::size_t i = 0; i < garbage.size(); ++i) add({Root::Kind::garbage, 0, {}, i, garbage[i]});
  for (std::size_t i = 0; i < globals_.size(); ++i) {
    add({Root::Kind::global, 0, {static_cast<std::uint16_t>(i)}, 0, globals_[i]});
  }
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    for (std::size_t i = 0; i < 2; ++i) add({Root::Kind::argument, s + 1, {}, i, scopes_[s].arguments[i]});
    for (const auto& [name, id] : scopes_[s].locals) add({Root::Kind::local, s + 1, name, 0, id});
  }
  for (std::size_t i = 0; i < heap_.watchers().size(); ++i) {
    add({Root::Kind::watcher, 0, {}, i, heap_.watchers()[i]->object});
  }
  for (const auto& [id, count] : held_) {
    if (count > 0) add({Root::Kind::held, 0, {}, count, id});
  }
  for (const Id id : heap_.permanent_atoms()) add({Root::Kind::interpreter, 0, {}, 0, id});
  return roots;
}

// N12.
void Machine::end_operation() {
  heap_.empty_trashcan();
  const std::size_t garbage = heap_.garbage().size();
  if (std::exchange(logged_garbage_, garbage) != garbage) {
    answer(EventKind::garbage_size, static_cast<std::uint32_t>(garbage));
  }
  const auto ran = heap_.take_ran();
  const bool any = ran != std::array<std::uint32_t, 3>{};
  if (any) log_.add(Event::numbers(EventKind::ran, ran[0], ran[1], ran[2]));
  if (any || observe_ == Observe::every) {
    const auto size = [&](std::size_t g) { return static_cast<std::uint32_t>(heap_.generation(g).size()); };
    log_.add(Event::numbers(EventKind::members, size(0), size(1), size(2)));
    list_generations();
  }
  const auto count = heap_.counts();
  if (std::exchange(logged_count_, count) != count || observe_ == Observe::every) answer_counts();
}

// --- a whole run ---

void Machine::run() {
  if (observer_ != nullptr) observer_->look_at(*this);
  for (std::size_t i = 0; i < trace_.operations.size(); ++i) {
    if (!stopped_) {
      execute(trace_.operations[i]);
      end_operation();
      if (observer_ != nullptr) observer_->step_ended(i);
    }
    log_.end_operation();
  }
}

std::vector<Id> ids_of(const std::vector<Root>& roots) {
  std::vector<Id> ids(roots.size());
  std::transform(roots.begin(), roots.end(), ids.begin(), [](const Root& root) { return root.id; });
  return ids;
}

void run(const Trace& trace, Observe observe, Log& log, Observer* observer) {
  log.clear();
  Machine(trace, observe, log, observer).run();
}

}  // namespace cyclecheck::model

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "harness/generate/generator.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

bool makes_weak(OpCode code) { return code == OpCode::weakref || code == OpCode::subref || code == OpCode::proxy; }

}  // namespace

std::optional<OpCode> Generator::weak_code() {
  constexpr std::array kCodes{OpCode::weakref, OpCode::subref, OpCode::proxy};
  const std::uint32_t first = random_.below(kCodes.size());
  for (std::uint32_t i = 0; i < kCodes.size(); ++i) {
    const OpCode code = kCodes[(first + i) % kCodes.size()];
    if (has(weak_making(code))) return code;
  }
  return std::nullopt;
}

// A callback that holds something: what it watches, the weak reference itself, or what is held elsewhere.
void Generator::called_by_object() {
  const auto code = weak_code();
  if (!code) return;
  containers(2, kContainer);
  const Name referent = chosen_[0];
  const Name called = hot_node();
  const Name watching = hot_weak(*code);
  if (referent == called || random_.chance(220)) create(referent);
  if (referent != called) create(called);
  if (referent != called && random_.chance(170)) append(Operand::variable(called), Operand::variable(referent));
  weak(*code, watching, Operand::variable(referent));
  Operation& made = trace_.operations.back();
  if (made.script == kNoScript) made.script = kEmptyScript;
  made.b = Operand::variable(called);
  if (random_.chance(170)) append(Operand::variable(referent), Operand::variable(watching));
  if (random_.chance(60)) append(Operand::variable(called), Operand::variable(watching));
  if (random_.chance(60)) append(operand(kOwner), Operand::variable(watching));
  if (random_.chance(190)) drop(called);
  if (random_.chance(190)) drop(watching);
  if (random_.chance(190)) drop(referent);
  if (random_.chance(60)) add_collect(generation());
}

// A callback that is there already becomes an object.
void Generator::call_object_instead() {
  for (int tries = 0; tries < 8; ++tries) {
    Operation& made = trace_.operations[random_.below(static_cast<std::uint32_t>(trace_.operations.size()))];
    if (!makes_weak(made.code) || made.script == kNoScript) continue;
    made.b = random_.chance(64) ? made.a : operand(kContainer);
    return;
  }
}

// What a script makes does something, too.
void Generator::script_in_script() {
  if (trace_.scripts.empty()) return;
  for (int tries = 0; tries < 8; ++tries) {
    const auto outer = random_.below(static_cast<std::uint32_t>(trace_.scripts.size()));
    const Script& script = trace_.scripts[outer];
    if (script.empty()) continue;
    const auto at = random_.below(static_cast<std::uint32_t>(script.size()));
    if (script[at].script == kNoScript && script[at].code != OpCode::create) continue;
    if (script[at].script >= 0) continue;
    const bool can_finalize = script[at].code == OpCode::create && takes_finalizer(script[at].kind);
    if (script[at].script == kNoScript && !can_finalize) continue;
    Script inner;
    const std::uint32_t length = random_.between(1, 3);
    for (std::uint32_t i = 0; i < length; ++i) inner.push_back(script_operation());
    trace_.scripts.push_back(std::move(inner));
    Operation& owner = trace_.scripts[outer][at];
    owner.script = static_cast<ScriptId>(trace_.scripts.size()) - 1;
    if (can_finalize && owner.finalizer == FinalizerKind::none) owner.finalizer = finalizer();
    return;
  }
}

void Generator::many() {
  // Beyond what fits into a byte, seldom; mostly few, so that all of it is seen.
  const auto size = [&] {
    return static_cast<std::int32_t>(random_.chance(24) ? random_.between(250, 300) : random_.between(0, 5));
  };
  const std::uint32_t kind = random_.below(3);
  if (kind == 0) {
    Operation make = bare(OpCode::weakrefs);
    make.target = hot_node();
    make.a = operand(kContainer);
    make.number[0] = size();
    return add(make);
  }
  if (kind == 1) {
    Operation fill = bare(OpCode::fill);
    fill.a = operand(kOwner);
    fill.b = operand(kObject);
    fill.number[0] = size();
    return add(fill);
  }
  Operation hold = bare(OpCode::hold);
  hold.a = operand(kObject);
  hold.number[0] = size();
  add(hold);
  if (!random_.chance(200)) return;
  hold.code = OpCode::unhold;
  if (random_.chance(100)) hold.number[0] = size();
  if (hold.a.kind == Operand::Kind::variable && random_.chance(128)) {
    drop(hold.a.name);
    hold.a.kind = Operand::Kind::label;
  }
  add(hold);
}

// Trash holds a chain of older objects, which dies with it; at its end is one whose death is seen.
void Generator::old_behind_trash() {
  containers(2, kContainer);
  const Name trash = hot_node();
  const Name older = chosen_[0];
  const auto code = weak_code();
  const Name watching = code ? hot_weak(*code) : older;
  create(older);
  if (code) weak(*code, watching, Operand::variable(older));
  const std::uint32_t length = random_.between(1, 3);
  for (std::uint32_t i = 0; i < length; ++i) {
    create(trash);
    append(Operand::variable(trash), Operand::variable(older));
    append(Operand::variable(trash), operand(kObject));
    Operation moves = bare(OpCode::let);
    moves.target = older;
    moves.a = Operand::variable(trash);
    holds_[older.value] = holds_[trash.value];
    add(moves);
  }
  add_collect(static_cast<std::int32_t>(random_.below(2)));
  create(trash);
  append(Operand::variable(trash), Operand::variable(trash));
  append(Operand::variable(trash), Operand::variable(older));
  drop(older);
  drop(trash);
  if (random_.chance(64)) drop(watching);
  add_collect(0);
}

// Of what an extension's object holds the collector sees the first references alone, and the same one may be on both
// sides. The object is trash.
void Generator::shown_and_hidden() {
  if (!has(Making::custom)) return many();
  const Name extension = hot_name([](Making making) { return making == Making::custom; });
  create(extension);
  append(Operand::variable(extension), Operand::variable(extension));
  Operation fill = bare(OpCode::fill);
  fill.a = Operand::variable(extension);
  fill.b = operand(kObject);
  fill.number[0] = static_cast<std::int32_t>(random_.between(3, 6));
  add(fill);
  drop(extension);
  add_collect(static_cast<std::int32_t>(random_.below(3)));
}

void Generator::idiom() {
  switch (random_.below(10)) {
    case 0:
    case 1:
      return called_by_object();
    case 2:
    case 3:
      return call_object_instead();
    case 4:
    case 5:
      return script_in_script();
    case 6:
      return ephemerons();
    case 7:
      return old_behind_trash();
    case 8:
      return shown_and_hidden();
    default:
      return many();
  }
}

void Generator::callback_resurrection(OpCode code) {
  containers(2, kContainer);
  const Name trash = chosen_[0];
  const Name watching = hot_weak(code);
  create(trash);
  append(Operand::variable(trash), Operand::variable(trash));
  if (random_.chance(128)) {
    create(chosen_[1]);
    append(Operand::variable(chosen_[1]), Operand::variable(trash));
    append(Operand::variable(trash), Operand::variable(chosen_[1]));
    drop(chosen_[1]);
  }
  Operation back = bare(OpCode::root);
  back.a = Operand::label(trash);
  Operation watches = bare(code);
  watches.target = watching;
  watches.a = Operand::variable(trash);
  watches.script = script_of(back);
  if (random_.chance(128)) trace_.scripts.back().push_back(script_operation());
  holds_[watching.value] = made_[watching.value] = code == OpCode::proxy ? Holds::proxy : Holds::weak;
  add(watches);
  drop(trash);
  add_collect(random_.chance(128) ? 2 : static_cast<std::int32_t>(random_.below(2)));
  append(Operand::variable(trash), operand(kObject));
  if (random_.chance(128)) add(fields(OpCode::deref, false));
  if (random_.chance(128)) drop(trash);
  if (random_.chance(128)) add_collect(2);
}

// What a function of gc.callbacks does: often something about the list itself.
Operation Generator::watcher_operation() {
  switch (random_.below(8)) {
    case 0:
    case 1: {
      Operation remove = bare(OpCode::unwatch);
      remove.a = random_.chance(170) ? Operand::self() : operand(kObject);
      return remove;
    }
    case 2: {
      Operation another = bare(OpCode::watch);
      another.a = random_.chance(128) ? Operand::self() : operand(kObject);
      another.number[0] = static_cast<std::int32_t>(random_.below(2));
      another.script = random_.chance(128) ? kEmptyScript : script_of(script_operation());
      return another;
    }
    case 3: {
      Operation collects = bare(OpCode::collect);
      collects.number[0] = generation();
      return collects;
    }
    default:
      return script_operation();
  }
}

void Generator::watcher() {
  Operation watch = bare(OpCode::watch);
  const Name name = likely(kObject);
  watch.a = random_.chance(200) ? Operand::variable(name) : operand(kObject);
  watch.number[0] = static_cast<std::int32_t>(random_.below(2));
  watch.script = kEmptyScript;
  if (random_.chance(220)) {
    Script script;
    for (std::uint32_t left = random_.between(1, 3); left > 0; --left) script.push_back(watcher_operation());
    trace_.scripts.push_back(std::move(script));
    watch.script = static_cast<ScriptId>(trace_.scripts.size()) - 1;
  }
  add(watch);
  if (random_.chance(128)) drop(name);
  if (random_.chance(60)) add_collect(generation());
  if (!random_.chance(100)) return;
  Operation remove = bare(OpCode::unwatch);
  remove.a = random_.chance(128) ? watch.a : operand(kObject);
  add(remove);
}

void Generator::add_second_finalizers() {
  const auto change = [&](std::vector<Operation>& operations) {
    for (Operation& operation : operations) {
      const bool has_one = operation.finalizer != FinalizerKind::none;
      if (has_one && random_.chance(operation.finalizer == FinalizerKind::legacy ? 160 : 60)) {
        operation.finalizer = FinalizerKind::both;
      }
    }
  };
  change(trace_.operations);
  for (Script& script : trace_.scripts) change(script);
}

void Generator::add_last_words() {
  if (trace_.operations.empty() || trace_.operations.back().code != OpCode::shutdown) return;
  trace_.operations.pop_back();
  containers(2, kContainer);
  const Name owner = hot_node();
  const Name last = chosen_[0] == owner ? chosen_[1] : chosen_[0];
  Operation collects = bare(OpCode::collect);
  collects.number[0] = static_cast<std::int32_t>(random_.below(2));
  create(owner);
  create_with(last, collects);
  trace_.scripts.back().push_back(fields(OpCode::create, true));
  const auto first = static_cast<std::int32_t>(random_.between(1, 3));
  add(set_thresholds({first, 0, static_cast<std::int32_t>(random_.below(2))}));
  add(bare(OpCode::enable));
  Operation many = bare(OpCode::bulk);
  many.target = owner;
  many.number[0] = static_cast<std::int32_t>(random_.between(1, 6));
  add(many);
  add(bare(OpCode::shutdown));
  order_scripts();
}

Operation Generator::set_thresholds(const std::array<std::int32_t, 3>& thresholds) {
  Operation sets = bare(OpCode::set_threshold);
  sets.count = 3;
  for (std::size_t i = 0; i < 3; ++i) sets.number[i] = thresholds[i];
  return sets;
}

void Generator::weakrefs_of_trash() {
  const auto code = weak_code();
  containers(2, kContainer);
  if (!code || chosen_.size() < 2) return;
  const Name referent = chosen_[0];
  const Name trash = chosen_[1];
  create(referent);
  create(trash);
  append(Operand::variable(trash), Operand::variable(trash));
  for (std::uint32_t left = random_.between(2, 4); left > 0; --left) {
    const Name watching = hot_weak(*code);
    weak(*code, watching, Operand::variable(referent));
    if (trace_.operations.back().script == kNoScript) trace_.operations.back().script = kEmptyScript;
    append(Operand::variable(trash), Operand::variable(watching));
    if (random_.chance(200)) drop(watching);
  }
  drop(trash);
  drop(referent);
}

void Generator::add_collecting_allocations() {
  const auto end = static_cast<std::uint32_t>(trace_.operations.size());
  if (end == 0) return;
  const auto collect_at = [this](std::uint32_t at) {
    const auto place = trace_.operations.begin() + static_cast<std::ptrdiff_t>(at);
    trace_.operations.insert(trace_.operations.insert(place, set_thresholds({1, 0, 0})) + 2,
                             set_thresholds(trace_.settings.threshold));
  };
  if (random_.chance(128)) {
    weakrefs_of_trash();
    if (trace_.operations.size() != end) collect_at(static_cast<std::uint32_t>(trace_.operations.size()) - 1);
    move_in(end);
  }
  for (std::uint32_t left = random_.between(0, 3); left > 0; --left) collect_at(random_.below(end));
  order_scripts();
}

void Generator::add_watching_trash() {
  const auto code = weak_code();
  containers(3, kContainer);
  if (!code || chosen_.size() < 3 || trace_.operations.empty()) return;
  const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
  const Name watching = hot_weak(*code);
  const Name called = limit_name(kObjectKinds + 1);
  const std::array<Name, 3> of = {chosen_[0], chosen_[1], chosen_[2]};
  create(of[0]);
  add_collect(0);
  Operation uncollectable = bare(OpCode::create);
  uncollectable.target = of[1];
  uncollectable.kind = kind_of(of[1]);
  uncollectable.finalizer = FinalizerKind::legacy;
  uncollectable.script = kEmptyScript;
  add(uncollectable);
  uncollectable.target = called;
  uncollectable.kind = ObjectKind::node;
  uncollectable.finalizer = FinalizerKind::none;
  uncollectable.script = kNoScript;
  add(uncollectable);
  create(of[2]);
  for (const std::size_t trash : {1U, 2U}) append(Operand::variable(of[trash]), Operand::variable(of[trash]));
  append(Operand::variable(of[2]), Operand::variable(of[0]));
  weak(*code, watching, Operand::variable(of[0]));
  trace_.operations.back().script = kEmptyScript;
  trace_.operations.back().b = Operand::variable(called);
  append(Operand::variable(of[1]), Operand::variable(watching));
  drop(watching);
  for (const Name leaves : {called, of[0], of[1], of[2]}) {
    Operation drops = bare(OpCode::drop);
    drops.target = leaves;
    add(drops);
  }
  add_collect(0);
  move_in(before);
  order_scripts();
}

void Generator::add_own_weakrefs() {
  const auto code = weak_code();
  containers(1, kContainer);
  if (!code || chosen_.empty() || trace_.operations.empty()) return;
  const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
  const Name dying = chosen_[0];
  std::vector<Name> names;
  Script script;
  for (std::uint32_t left = random_.between(2, 3); left > 0; --left) {
    Operation made = bare(*code);
    made.target = names.emplace_back(hot_weak(*code));
    made.a = Operand::self();
    made.script = random_.chance(200) ? kEmptyScript : kNoScript;
    script.push_back(made);
  }
  create_with(dying, script.front());
  trace_.scripts.back() = script;
  if (random_.chance(100)) append(Operand::variable(dying), Operand::variable(dying));
  drop(dying);
  if (random_.chance(128)) add_collect(generation());
  for (std::uint32_t left = random_.below(3); left > 0; --left) create(dying);
  for (const Name name : names) {
    Operation asks = bare(OpCode::deref);
    asks.target = hot();
    asks.a = Operand::variable(name);
    add(asks);
  }
  move_in(before);
  order_scripts();
}

void Generator::add_nested_collection() {
  containers(3, kContainer);
  if (chosen_.size() < 3) return;
  const Name owner = hot_node();
  auto other = [this, owner, i = std::size_t{0}]() mutable {
    while (chosen_[i] == owner) ++i;
    return chosen_[i++];
  };
  const Name old = other();
  const Name trash = other();
  const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
  create(old);
  add_collect(1);
  create(owner);
  create_with(trash, bare(OpCode::safepoint));
  append(Operand::variable(trash), Operand::variable(trash));
  append(Operand::variable(trash), Operand::variable(old));
  drop(old);
  add(set_thresholds({1, 0, 0}));
  add(bare(OpCode::enable));
  Operation many = bare(OpCode::bulk);
  many.target = owner;
  many.number[0] = static_cast<std::int32_t>(random_.between(2, 6));
  add(many);
  drop(trash);
  add_collect(0);
  std::rotate(trace_.operations.begin(), trace_.operations.begin() + before, trace_.operations.end());
  order_scripts();
}

void Generator::move_in(std::ptrdiff_t before) {
  const auto at = static_cast<std::ptrdiff_t>(random_.below(static_cast<std::uint32_t>(before)));
  std::rotate(trace_.operations.begin() + at, trace_.operations.begin() + before, trace_.operations.end());
}

void Generator::order_scripts() {
  Trace ordered = with_ordered_scripts(trace_);
  trace_.operations = std::move(ordered.operations);
  trace_.scripts = std::move(ordered.scripts);
}

void Generator::add_watchers() {
  if (trace_.operations.empty()) return;
  add_up_to(5, [this] { watcher(); });
  order_scripts();
}

// Put in afterwards, as faults are.
void Generator::add_resurrection() {
  if (!random_.chance(8) || trace_.operations.empty()) return;
  const auto code = weak_code();
  if (!code) return;
  const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
  callback_resurrection(*code);
  move_in(before);
  order_scripts();
}

// Put in afterwards, as faults are: what was added at the end goes to any place before the end of the program.
void Generator::add_idioms() {
  if (!random_.chance(64) || trace_.operations.empty()) return;
  const std::uint32_t idioms = random_.between(1, 4 + static_cast<std::uint32_t>(trace_.operations.size() / 40));
  for (std::uint32_t i = 0; i < idioms; ++i) {
    const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
    idiom();
    move_in(before);
  }
  order_scripts();
}

}  // namespace cyclecheck

#include "harness/generate/generator.hpp"

#include <algorithm>
#include <optional>

namespace cyclecheck {
namespace {

// The first `drop` of a variable to whose object several weak references were made shortly before.
std::optional<std::size_t> drop_of_watched(const std::vector<Operation>& operations) {
  constexpr std::size_t kShortly = 16;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].code != OpCode::drop) continue;
    std::size_t weak = 0;
    for (std::size_t j = i - std::min(i, kShortly); j < i; ++j) {
      const bool makes = operations[j].code == OpCode::weakref || operations[j].code == OpCode::subref ||
                         operations[j].code == OpCode::proxy;
      if (makes && operations[j].script != kNoScript && operations[j].a == Operand::variable(operations[i].target))
        ++weak;
    }
    if (weak > 1) return i;
  }
  return std::nullopt;
}

}  // namespace

void Generator::run() {
  while (trace_.operations.size() < plan_.length) {
    const Action action = plan_.actions[byte()];
    if (action < kOpCodes) {
      emit(static_cast<OpCode>(action));
    } else {
      emit(static_cast<Shape>(action - kOpCodes));
    }
  }
  if (plan_.ends_with_shutdown) add(bare(OpCode::shutdown));
}

// Put in afterwards: without them a trace is what its seed always gave. Most fail soon, since much of what a long
// countdown waits for never comes.
void Generator::add_faults() {
  const auto draw = [&] {
    Operation operation = bare(OpCode::fail);
    operation.number[0] = static_cast<std::int32_t>(random_.chance(190) ? random_.between(1, 3) : random_.below(40));
    return operation;
  };
  const auto put = [&](std::vector<Operation>& operations) {
    const auto at = random_.below(static_cast<std::uint32_t>(operations.size()) + 1);
    operations.insert(operations.begin() + at, draw());
  };
  // Deaths allocate seldom, and what they do is the next allocation only if `fail` stands right before them (M4).
  if (random_.chance(100)) {
    if (const auto drop = drop_of_watched(trace_.operations)) {
      Operation fault = bare(OpCode::fail);
      fault.number[0] = 1;
      trace_.operations.insert(trace_.operations.begin() + static_cast<std::ptrdiff_t>(*drop), fault);
    }
  }
  if (!random_.chance(26)) return;
  const std::uint32_t faults = random_.between(1, 3 + static_cast<std::uint32_t>(trace_.operations.size() / 30));
  for (std::uint32_t i = 0; i < faults; ++i) {
    const auto scripts = static_cast<std::uint32_t>(trace_.scripts.size());
    Script* const script = scripts != 0 && random_.chance(60) ? &trace_.scripts[random_.below(scripts)] : nullptr;
    put(script != nullptr && script->size() < kLongestScript ? *script : trace_.operations);
  }
}

void Generator::emit(OpCode code) {
  switch (code) {
    case OpCode::create:
      create(hot_maker());
      return;
    case OpCode::weakref:
    case OpCode::subref:
    case OpCode::proxy: {
      // Two statements: the order in which a call's arguments draw random numbers is the compiler's choice.
      const Name name = hot_weak(code);
      weak(code, name, operand(kContainer));
      return;
    }
    case OpCode::tuple: {
      const Name name = hot_tuple();
      return tuple(name, operand(kHolder));
    }
    case OpCode::drop:
      drop(likely(kObject));
      return;
    case OpCode::bulk:
      bulk();
      return;
    default:
      break;
  }
  add(fields(code, false));
  const Operation& last = trace_.operations.back();
  if (code == OpCode::let && last.a.slot == Operand::kWhole) holds_[last.target.value] = holds_of(last.a);
  if (code == OpCode::let && last.a.slot != Operand::kWhole) holds_[last.target.value] = Holds::container;
  if (code == OpCode::deref || code == OpCode::take_garbage) holds_[last.target.value] = Holds::container;
  if (code == OpCode::root) holds_[last.a.name.value] = made_[last.a.name.value];
}

Operation Generator::fields(OpCode code, bool in_script) {
  Operation operation = bare(code);
  for (const Field field : info(code).used()) fill(operation, field, in_script);
  return operation;
}

void Generator::fill(Operation& operation, Field field, bool in_script) {
  switch (field) {
    case Field::target:
      operation.target = target(operation.code);
      return;
    case Field::a:
      operation.a = first_operand(operation.code, in_script);
      return;
    case Field::b:
      operation.b = in_script ? script_operand(kObject) : operand(kObject);
      return;
    case Field::c:
      return;  // add_idioms() makes what has it
    case Field::kind:
      operation.kind = kind_of(operation.target);
      return;
    case Field::finalizer:
      if (takes_finalizer(operation.kind) && random_.chance(plan_.finalizers)) {
        operation.finalizer = finalizer();
        operation.script = kEmptyScript;
      }
      return;
    case Field::callback:
      if (random_.chance(plan_.callbacks)) operation.script = kEmptyScript;
      return;
    case Field::index:
      operation.number[0] = index();
      return;
    case Field::size:
      operation.number[0] = static_cast<std::int32_t>(random_.below(4));
      return;
    case Field::generation:
      operation.number[0] = generation();
      return;
    case Field::generation_opt:
      operation.count = random_.chance(170) ? 1 : 0;
      if (operation.count == 1) operation.number[0] = generation();
      return;
    case Field::thresholds:
      thresholds(operation);
      return;
    case Field::flags:
      operation.number[0] = flags();
      return;
    case Field::on_off:
      operation.number[0] = random_.chance(180) ? 1 : 0;
      return;
    case Field::integer:
    case Field::text:
      return;  // add_atoms() makes what has these
    case Field::watcher:
      return;  // add_idioms() does
  }
}

Name Generator::target(OpCode code) {
  switch (code) {
    case OpCode::create:
      return hot_maker();
    case OpCode::weakref:
    case OpCode::subref:
    case OpCode::proxy:
      return hot_weak(code);
    case OpCode::tuple:
      return hot_tuple();
    case OpCode::bulk:
      return hot_node();
    case OpCode::drop:
      return likely(kObject);
    default:
      return hot();
  }
}

Operand Generator::first_operand(OpCode code, bool in_script) {
  Wanted wanted = kObject;
  switch (code) {
    case OpCode::append:
    case OpCode::remove:
    case OpCode::store:
    case OpCode::erase:
    case OpCode::clear:
      wanted = kOwner;
      break;
    case OpCode::tuple:
      wanted = kHolder;
      break;
    case OpCode::deref:
      wanted = kWeak;
      break;
    case OpCode::use:
      wanted = bit(Holds::proxy);
      break;
    case OpCode::root:
      // `root` says nothing new about what a variable holds: the label is the point.
      return in_script && random_.chance(150) ? Operand::self() : Operand::label(hot());
    default:
      break;
  }
  return in_script ? script_operand(wanted) : operand(wanted);
}

void Generator::create(Name name) {
  Operation operation = bare(OpCode::create);
  operation.target = name;
  operation.kind = kind_of(name);
  if (takes_finalizer(operation.kind) && random_.chance(plan_.finalizers)) {
    operation.finalizer = finalizer();
    operation.script = script();
  }
  made_[name.value] = held_after(plan_.making[name.value]);
  holds_[name.value] = made_[name.value];
  add(operation);
}

void Generator::weak(OpCode code, Name name, Operand referent) {
  Operation operation = bare(code);
  operation.target = name;
  operation.a = referent;
  if (random_.chance(plan_.callbacks)) operation.script = script();
  made_[name.value] = code == OpCode::proxy ? Holds::proxy : Holds::weak;
  holds_[name.value] = made_[name.value];
  add(operation);
}

void Generator::tuple(Name name, Operand source) {
  Operation operation = bare(OpCode::tuple);
  operation.target = name;
  operation.a = source;
  made_[name.value] = holds_[name.value] = Holds::tuple;
  add(operation);
}

void Generator::drop(Name name) {
  Operation operation = bare(OpCode::drop);
  operation.target = name;
  holds_[name.value] = Holds::nothing;
  add(operation);
}

void Generator::append(Operand a, Operand b) {
  Operation operation = bare(OpCode::append);
  operation.a = a;
  operation.b = b;
  add(operation);
}

void Generator::bulk() {
  const std::uint32_t size = std::min(plan_.bulk_budget, random_.between(0, plan_.bulk_size));
  plan_.bulk_budget -= size;
  Operation operation = bare(OpCode::bulk);
  operation.target = hot_node();
  operation.number[0] = std::min(static_cast<std::int32_t>(size), kMaxBulk);
  add(operation);
  // Large heaps make every later collection slow: most of what was allocated at once goes at once.
  if (size > 60 && random_.chance(200)) {
    Operation clear = bare(OpCode::clear);
    clear.a = Operand::variable(operation.target);
    add(clear);
  }
}

ScriptId Generator::script() {
  if (!random_.chance(plan_.full_scripts)) return kEmptyScript;
  const std::uint32_t length = random_.below(kLongestScript + 1);
  if (length == 0) return kEmptyScript;
  Script& script = trace_.scripts.emplace_back();
  script.reserve(length);
  for (std::uint32_t i = 0; i < length; ++i) script.push_back(script_operation());
  return static_cast<ScriptId>(trace_.scripts.size()) - 1;
}

Operation Generator::script_operation() {
  // One in four is one of the ways in which an object keeps itself alive.
  if (random_.chance(64)) {
    Operation operation;
    switch (random_.below(3)) {
      case 0:
        operation.code = OpCode::root;
        operation.a = Operand::self();
        break;
      case 1:
        operation.code = OpCode::append;
        operation.a = operand(kOwner);
        operation.b = Operand::self();
        break;
      default:
        operation.code = OpCode::let;
        operation.target = hot();
        operation.a = Operand::self();
        break;
    }
    return operation;
  }
  return fields(plan_.script_operations[byte()], true);
}

Operand Generator::script_operand(Wanted wanted) {
  const std::uint32_t kind = random_.below(100);
  if (kind < 30) return Operand::self();
  if (kind < 45) return Operand::self(slot());
  return operand(wanted);
}

Name Generator::likely(Wanted wanted) {
  Name name = hot();
  for (int tries = 0; tries < 4 && (bit(holds_[name.value]) & wanted) == 0; ++tries) name = hot();
  return name;
}

Name Generator::likely_label(Wanted wanted) {
  Name name = hot();
  for (int tries = 0; tries < 4 && (bit(made_[name.value]) & wanted) == 0; ++tries) name = hot();
  return name;
}

Operand Generator::operand(Wanted wanted) {
  const std::int32_t where = random_.chance(plan_.slots) ? slot() : Operand::kWhole;
  if (where != Operand::kWhole) wanted = kHolder;
  if (random_.chance(plan_.labels)) return Operand::label(likely_label(wanted), where);
  return Operand::variable(likely(wanted), where);
}

Holds Generator::holds_of(const Operand& operand) const {
  if (operand.kind == Operand::Kind::variable) return holds_[operand.name.value];
  if (operand.kind == Operand::Kind::label) return made_[operand.name.value];
  return Holds::container;
}

ObjectKind Generator::kind_of(Name name) const {
  for (const auto& [other, kind] : plan_.instead) {
    if (other == name) return kind;
  }
  switch (plan_.making[name.value]) {
    case Making::instance:
      return ObjectKind::instance;
    case Making::classic:
      return ObjectKind::classic;
    case Making::opaque:
      return ObjectKind::opaque;
    case Making::custom:
      return ObjectKind::custom;
    case Making::list:
      return ObjectKind::list;
    case Making::dict:
      return ObjectKind::dict;
    default:
      return ObjectKind::node;
  }
}

std::int32_t Generator::generation() {
  const std::uint32_t kind = random_.below(64);
  if (kind == 0) return kInvalidGeneration;
  return kind < 28 ? 2 : static_cast<std::int32_t>(kind % 3);
}

void Generator::thresholds(Operation& operation) {
  operation.count = static_cast<std::uint8_t>(random_.between(1, 3));
  const auto values = random_.chance(180) ? small_thresholds(random_) : plan_.threshold;
  for (std::size_t i = 0; i < operation.count; ++i) operation.number[i] = values[i];
}

std::int32_t Generator::flags() {
  constexpr std::int32_t kSaveAll = 32;
  constexpr std::int32_t kLeak = 32 + 2 + 4;
  switch (random_.below(6)) {
    case 0:
    case 1:
      return 0;
    case 2:
      return kSaveAll;
    case 3:
      return random_.chance(128) ? kLeak : kLeak + 8 + 16;
    default:
      return static_cast<std::int32_t>(random_.below(64));
  }
}

}  // namespace cyclecheck

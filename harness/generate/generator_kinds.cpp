// Kinds that shapes do not know: methods, cells, frames and their tracebacks, generators, sets, dicts with keys that
// are objects.
#include <optional>

#include "harness/generate/generator.hpp"

namespace cyclecheck {

// The method is bound to what holds it, as x.m = x.method is, or to something else.
void Generator::method() {
  const Name owner = hot_maker();
  const auto first = static_cast<std::uint32_t>(plan_.making.size()) + kFirstMethod;
  const Name name{static_cast<std::uint16_t>(first + random_.below(kMethods))};
  Operation binds = bare(OpCode::method);
  binds.target = name;
  binds.a = random_.chance(160) ? Operand::variable(hot_node()) : operand(kObject);
  binds.b = random_.chance(200) ? Operand::variable(owner) : operand(kObject);
  add(binds);
  const auto code = weak_code();
  if (code && random_.chance(128)) {
    Operation watches = bare(*code);
    watches.target = hot_weak(*code);
    const bool is_callback = random_.chance(160);
    watches.a = is_callback ? Operand::variable(owner) : Operand::variable(name);
    watches.script = random_.chance(128) ? kEmptyScript : script_of(script_operation());
    if (is_callback) watches.b = Operand::variable(name);
    add(watches);
    if (random_.chance(128)) append(Operand::variable(owner), Operand::variable(watches.target));
    if (random_.chance(128)) drop(watches.target);
  }
  if (random_.chance(180)) append(Operand::variable(owner), Operand::variable(name));
  if (random_.chance(180)) {
    Operation drops = bare(OpCode::drop);
    drops.target = name;
    add(drops);
  }
  if (random_.chance(100)) drop(owner);
  if (random_.chance(60)) add_collect(generation());
}

void Generator::add_methods() {
  if (trace_.operations.empty()) return;
  add_up_to(6, [this] { method(); });
  order_scripts();
}

// Shapes need the first two, and others make nodes under a node's.
std::optional<Name> Generator::name_to_change() {
  if (trace_.operations.empty()) return std::nullopt;
  for (int tries = 0; tries < 6; ++tries) {
    const Name name = hot_maker();
    if (name.value > 1 && plan_.making[name.value] != Making::node && !is_changed(name)) return name;
  }
  return std::nullopt;
}

void Generator::make_instead(Name name, ObjectKind kind) {
  plan_.instead.emplace_back(name, kind);
  const auto change = [&](std::vector<Operation>& operations) {
    for (Operation& operation : operations) {
      if (operation.code != OpCode::create || operation.target != name) continue;
      operation.kind = kind;
      if (kind == ObjectKind::generator) continue;
      operation.finalizer = FinalizerKind::none;
      operation.script = kNoScript;
    }
  };
  change(trace_.operations);
  for (Script& script : trace_.scripts) change(script);
  order_scripts();
}

void Generator::add_cells() {
  if (const auto name = name_to_change()) make_instead(*name, ObjectKind::cell);
}

// The exception is stored in a variable of the frame where it was caught, or in another object.
void Generator::traceback(Name frame) {
  const auto first = static_cast<std::uint32_t>(plan_.making.size()) + kFirstMethod + kMethods;
  const Name name{static_cast<std::uint16_t>(first + random_.below(kTracebacks))};
  const Name other{static_cast<std::uint16_t>(first + random_.below(kTracebacks))};
  const Name exception = hot_maker();
  Operation makes = bare(OpCode::traceback);
  makes.target = name;
  makes.a = random_.chance(200) ? Operand::variable(other) : operand(kObject);
  makes.b = random_.chance(230) ? Operand::variable(frame) : operand(kObject);
  if (random_.chance(160)) create(frame);
  add(makes);
  // Of a recursion that was too deep: each is in front of the one before (rule T1).
  if (random_.chance(12)) {
    makes.a = Operand::variable(name);
    for (std::uint32_t links = random_.between(45, 120); links > 0; --links) add(makes);
  }
  append(Operand::variable(exception), Operand::variable(name));
  if (random_.chance(200)) append(Operand::variable(frame), Operand::variable(exception));
  for (const Name leaves : {name, frame, exception}) {
    if (!random_.chance(128)) continue;
    Operation drops = bare(OpCode::drop);
    drops.target = leaves;
    add(drops);
  }
  if (random_.chance(60)) add_collect(generation());
}

void Generator::add_frames() {
  add_of_kind(ObjectKind::frame, 6, [this](Name frame) { traceback(frame); });
}

// Often it is a cycle: what it holds holds it.
void Generator::generator(Name name, ObjectKind kind, OpCode ends) {
  const Name other = hot_maker();
  Operation makes = bare(OpCode::create);
  makes.target = name;
  makes.kind = kind;
  if (random_.chance(150)) {
    makes.finalizer = FinalizerKind::del;
    makes.script = random_.chance(64) ? kEmptyScript : script_of(script_operation());
    if (makes.script >= 0 && random_.chance(64)) {
      Operation back = bare(OpCode::root);
      back.a = Operand::self();
      trace_.scripts[static_cast<std::size_t>(makes.script)].push_back(back);
    }
  }
  add(makes);
  append(Operand::variable(name), Operand::variable(other));
  if (random_.chance(170)) append(Operand::variable(other), Operand::variable(name));
  if (random_.chance(40)) append(Operand::variable(name), Operand::variable(name));
  const auto code = weak_code();
  if (code && random_.chance(100)) {
    Operation watches = bare(*code);
    watches.target = hot_weak(*code);
    watches.a = Operand::variable(name);
    watches.script = random_.chance(128) ? kEmptyScript : kNoScript;
    add(watches);
  }
  // A collection may be due when its code goes on.
  if (ends == OpCode::resume && random_.chance(80)) {
    Operation fills = bare(OpCode::bulk);
    fills.target = hot_node();
    create(fills.target);
    fills.number[0] = static_cast<std::int32_t>(random_.between(1, 60));
    add(fills);
  }
  if (random_.chance(ends == OpCode::resume ? 160 : 60)) {
    Operation closes = bare(ends);
    closes.a = Operand::variable(name);
    add(closes);
  }
  for (const Name leaves : {other, name}) {
    if (!random_.chance(160)) continue;
    Operation drops = bare(OpCode::drop);
    drops.target = leaves;
    add(drops);
  }
  if (random_.chance(80)) add_collect(generation());
  if (!random_.chance(50)) return;
  Operation asks = bare(OpCode::is_finalized);
  asks.a = Operand::label(name);
  add(asks);
}

void Generator::add_generators() {
  add_of_kind(ObjectKind::generator, 6, [this](Name name) { generator(name, ObjectKind::generator, OpCode::close); });
}

void Generator::add_resumed() {
  const ObjectKind kind = random_.chance(160) ? ObjectKind::coroutine : ObjectKind::generator;
  add_of_kind(kind, 6, [&](Name name) {
    const OpCode ends = random_.chance(170) ? OpCode::resume : OpCode::close;
    generator(name, kind, ends);
  });
}

void Generator::elements(Name set) {
  Operation adds = bare(OpCode::append);
  adds.a = Operand::variable(set);
  if (random_.chance(128)) create(set);
  // The later range is that in which a table of 32 places grows (N24.2).
  std::uint32_t elements = random_.between(1, random_.chance(64) ? 30 : 6);
  if (random_.chance(64)) elements = random_.between(16, 23);
  for (; elements > 0; --elements) {
    const Name element = hot_maker();
    if (random_.chance(200) && element != set) create(element);
    adds.b = Operand::variable(element);
    add(adds);
    if (random_.chance(60)) append(adds.b, adds.a);
    if (random_.chance(24)) append(adds.a, operand(kObject));
    if (random_.chance(24)) {
      Operation removes = adds;
      removes.code = OpCode::remove;
      add(removes);
    }
  }
  if (random_.chance(100)) {
    Operation looks = bare(OpCode::get_referents);
    looks.a = adds.a;
    add(looks);
  }
  if (random_.chance(100)) drop(set);
  if (random_.chance(60)) add_collect(generation());
}

void Generator::add_sets() {
  add_of_kind(ObjectKind::set, 4, [this](Name set) { elements(set); });
}

void Generator::keys(Name dict) {
  const Name key = hot_maker();
  Operation maps = bare(OpCode::setitem);
  maps.a = Operand::variable(dict);
  maps.b = Operand::variable(key);
  maps.c = random_.chance(100) ? maps.b : operand(kObject);
  if (random_.chance(80)) create(dict);
  if (random_.chance(160) && key != dict) create(key);
  add(maps);
  if (random_.chance(100)) append(maps.b, maps.a);
  if (random_.chance(50)) append(maps.a, operand(kObject));
  if (random_.chance(50)) {
    maps.c = operand(kObject);
    add(maps);
  }
  if (random_.chance(60)) {
    Operation deletes = bare(OpCode::delitem);
    deletes.a = maps.a;
    deletes.b = random_.chance(128) ? maps.b : operand(kObject);
    add(deletes);
  }
  for (const Name leaves : {key, dict}) {
    if (random_.chance(128)) drop(leaves);
  }
  if (random_.chance(60)) add_collect(generation());
}

void Generator::add_keys() {
  add_of_kind(ObjectKind::dict, 6, [this](Name dict) { keys(dict); });
}

}  // namespace cyclecheck

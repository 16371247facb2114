#include "harness/promises/small_world.hpp"

#include <array>
#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

class World {
 public:
  World(std::uint64_t seed, std::uint64_t index, ProfileId profile) : random_(seed ^ 0x536D616C6C, index) {
    trace_ = empty_trace(profile);
  }

  Trace make() {
    objects_ = random_.between(2, 4);
    if (random_.chance(128)) add(simple(OpCode::callbacks, 1));
    if (random_.chance(100)) trace_.settings.threshold = {number(1, 4), number(0, 3), number(0, 3)};
    for (std::uint32_t i = 0; i < objects_; ++i) {
      add(create(object(i)));
      if (random_.chance(80)) add(collect());
      if (random_.chance(40)) add(create_many(object(i)));
      if (random_.chance(20)) add(switch_off());
    }
    const std::uint32_t links = random_.between(objects_, 3 * objects_);
    for (std::uint32_t i = 0; i < links; ++i) add(link(any_object(), any_object()));
    for (std::uint32_t i = random_.below(3); i > 0; --i) add(weak_reference(Operand::variable(any_object()), true));
    for (std::uint32_t i = 0; i < objects_; ++i) {
      if (random_.chance(200)) add(drop(object(i)));
    }
    for (std::uint32_t i = random_.between(1, 3); i > 0; --i) {
      add(collect());
      if (random_.chance(128)) add(ask(any_weak()));
    }
    return std::move(trace_);
  }

 private:
  // Names: up to four objects, three weak references, one for answers.
  static Name object(std::uint32_t i) { return Name{static_cast<std::uint16_t>(i)}; }
  Name any_object() { return object(random_.below(objects_)); }
  Name any_weak() { return object(4 + random_.below(3)); }
  static Name answer() { return object(7); }

  void add(const Operation& operation) { trace_.operations.push_back(operation); }

  static Operation simple(OpCode code, std::int32_t number = 0) {
    Operation operation;
    operation.code = code;
    operation.number[0] = number;
    return operation;
  }

  Operation collect() { return simple(OpCode::collect, random_.chance(200) ? 2 : 0); }

  std::int32_t number(std::uint32_t low, std::uint32_t high) {
    return static_cast<std::int32_t>(random_.between(low, high));
  }

  // Allocations without a safepoint between.
  Operation create_many(Name name) {
    Operation operation = simple(OpCode::bulk, number(1, 6));
    operation.target = name;
    return operation;
  }

  Operation switch_off() {
    if (random_.chance(128)) return simple(OpCode::disable);
    Operation operation = simple(OpCode::set_threshold, 0);
    operation.count = 1;
    return operation;
  }

  static Operation drop(Name name) {
    Operation operation = simple(OpCode::drop);
    operation.target = name;
    return operation;
  }

  static Operation link(Name a, Name b) {
    Operation operation = simple(OpCode::append);
    operation.a = Operand::variable(a);
    operation.b = Operand::variable(b);
    return operation;
  }

  static Operation ask(Name weak) {
    Operation operation = simple(OpCode::deref);
    operation.target = answer();
    operation.a = Operand::variable(weak);
    return operation;
  }

  Operation create(Name name) {
    Operation operation = simple(OpCode::create);
    operation.target = name;
    operation.kind = random_.chance(128) ? ObjectKind::node : ObjectKind::instance;
    if (random_.chance(190)) {
      operation.finalizer = FinalizerKind::del;
      operation.script = script();
    }
    return operation;
  }

  Operation weak_reference(const Operand& referent, bool with_script) {
    Operation operation = simple(random_.chance(200) ? OpCode::weakref : OpCode::subref);
    operation.target = any_weak();
    operation.a = referent;
    if (random_.chance(128)) operation.script = with_script && random_.chance(128) ? script() : kEmptyScript;
    return operation;
  }

  ScriptId script() {
    Script script;
    for (std::uint32_t i = random_.between(1, 3); i > 0; --i) script.push_back(step());
    trace_.scripts.push_back(std::move(script));
    return static_cast<ScriptId>(trace_.scripts.size()) - 1;
  }

  // What a finalizer may do.
  Operation step() {
    Operation operation;
    switch (random_.below(9)) {
      case 0:
        return weak_reference(random_.chance(128) ? Operand::self() : Operand::self(slot()), false);
      case 1:
        return drop(any_object());
      case 2:
        return ask(any_weak());
      case 3:
        operation = simple(OpCode::let);
        operation.target = any_object();
        operation.a = random_.chance(128) ? Operand::self() : Operand::self(slot());
        return operation;
      case 4:
        operation = simple(OpCode::clear);
        operation.a = random_.chance(128) ? Operand::self() : Operand::self(slot());
        return operation;
      case 5:
        operation = link(any_object(), any_object());
        operation.b = Operand::self();
        return operation;
      case 6:
        return drop(any_weak());
      case 7:
        return collect();
      default:
        operation = simple(OpCode::create);
        operation.target = any_object();
        return operation;
    }
  }

  std::int16_t slot() { return static_cast<std::int16_t>(random_.below(3)); }

  Random random_;
  Trace trace_;
  std::uint32_t objects_ = 2;
};

class Deep {
 public:
  Deep(std::uint64_t seed, std::uint64_t index, ProfileId profile) : random_(seed ^ 0x44656570, index) {
    trace_ = empty_trace(profile);
    trace_.settings.enabled = false;
    // What the trashcan lets pass; from 3.14 on that depends on the stack, and on who dies on it.
    if (profile < ProfileId::python3_13) {
      lengths_ = {15, 60, 8};
    } else if (profile < ProfileId::python3_14) {
      lengths_ = {4'850, 5'100, 1};
    } else {
      lengths_ = {100, 450, 8};
    }
  }

  Trace make() {
    end_is_collected_ = random_.chance(128);
    is_subclass_ = random_.chance(170);
    has_callback_ = random_.chance(190);
    collector_first_ = random_.chance(128);
    if (random_.chance(220)) {
      Operation collect;
      collect.code = OpCode::collect;
      collect.number[0] = random_.chance(200) ? 2 : 0;
      trace_.scripts.push_back({collect});
      script_ = static_cast<ScriptId>(trace_.scripts.size()) - 1;
    }
    const std::uint32_t first = random_.between(lengths_.least, lengths_.most);
    for (std::uint32_t i = 0; i < lengths_.chains; ++i) chain(first + i);
    return std::move(trace_);
  }

 private:
  enum : std::uint16_t { kEnd, kFinalized, kReferent, kWeak, kLink, kOther };
  static Name name(std::uint16_t number) { return Name{number}; }

  Operation& add(OpCode code, std::uint16_t target) {
    trace_.operations.emplace_back();
    trace_.operations.back().code = code;
    trace_.operations.back().target = name(target);
    return trace_.operations.back();
  }
  void create(std::uint16_t target, ScriptId script = kNoScript) {
    Operation& made = add(OpCode::create, target);
    made.kind = ObjectKind::node;
    if (script == kNoScript) return;
    made.finalizer = FinalizerKind::del;
    made.script = script;
  }
  void append(std::uint16_t to, std::uint16_t what) {
    Operation link;
    link.code = OpCode::append;
    link.a = Operand::variable(name(to));
    link.b = Operand::variable(name(what));
    trace_.operations.push_back(link);
  }
  void drop(std::uint16_t target) { add(OpCode::drop, target); }

  // The end holds an object with a finalizer and a weak reference to garbage, or to what the end alone holds.
  void chain(std::uint32_t length) {
    create(kEnd);
    create(kFinalized, script_);
    create(kReferent);
    append(kReferent, kReferent);
    Operation& weak = add(is_subclass_ ? OpCode::subref : OpCode::weakref, kWeak);
    weak.a = Operand::variable(name(kReferent));
    if (has_callback_) weak.script = kEmptyScript;
    append(kEnd, collector_first_ ? kFinalized : kWeak);
    append(kEnd, collector_first_ ? kWeak : kFinalized);
    if (end_is_collected_) append(kEnd, kReferent);
    for (const std::uint16_t held : {kFinalized, kWeak, kReferent}) drop(held);
    std::uint16_t inner = kEnd;
    for (std::uint32_t i = 0; i < length; ++i) {
      const std::uint16_t outer = i % 2 == 0 ? kLink : kOther;
      create(outer);
      append(outer, inner);
      if (i == 0) drop(kEnd);
      inner = outer;
    }
    drop(inner == kLink ? kOther : kLink);
    drop(inner);
  }

  struct Lengths {
    std::uint32_t least = 0, most = 0, chains = 0;
  };

  Random random_;
  Trace trace_;
  Lengths lengths_;
  bool end_is_collected_ = false, is_subclass_ = false, has_callback_ = false, collector_first_ = false;
  ScriptId script_ = kNoScript;
};

}  // namespace

Trace deep_world(std::uint64_t seed, std::uint64_t index, ProfileId profile) {
  return Deep(seed, index, profile).make();
}

Trace small_world(std::uint64_t seed, std::uint64_t index, ProfileId profile) {
  return World(seed, index, profile).make();
}

}  // namespace cyclecheck

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

}  // namespace

Trace small_world(std::uint64_t seed, std::uint64_t index, ProfileId profile) {
  return World(seed, index, profile).make();
}

}  // namespace cyclecheck

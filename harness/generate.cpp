#include "harness/generate.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/plan.hpp"
#include "harness/random.hpp"

namespace cyclecheck {
namespace {

// What a variable probably holds. Scripts and collections change what really is there; a wrong guess costs one
// operation that does nothing.
enum class Holds : std::uint8_t { nothing, container, opaque, weak, proxy };

Holds held_after(Making making) {
  switch (making) {
    case Making::node:
    case Making::instance:
    case Making::classic:
      return Holds::container;
    case Making::opaque:
      return Holds::opaque;
    case Making::weakref:
    case Making::subref:
      return Holds::weak;
    case Making::proxy:
      return Holds::proxy;
  }
  return Holds::nothing;
}

// An operation whose fields are still to be filled in.
Operation bare(OpCode code) {
  Operation operation;
  operation.code = code;
  return operation;
}

// A set of Holds.
using Wanted = std::uint8_t;
constexpr Wanted bit(Holds holds) { return static_cast<Wanted>(1U << static_cast<unsigned>(holds)); }
constexpr Wanted kContainer = bit(Holds::container);
constexpr Wanted kOwner = kContainer | bit(Holds::opaque);
constexpr Wanted kWeak = bit(Holds::weak) | bit(Holds::proxy);
constexpr Wanted kObject = kOwner | kWeak;

class Generator {
 public:
  Generator(Random& random, Plan& plan, Trace& trace) : random_(random), plan_(plan), trace_(trace) {
    holds_.assign(plan.making.size(), Holds::nothing);
    made_.assign(plan.making.size(), Holds::nothing);
  }

  void run() {
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

 private:
  // Operations.

  void emit(OpCode code) {
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

  // Any operation from its table row; in scripts operands may be `self`.
  Operation fields(OpCode code, bool in_script) {
    Operation operation = bare(code);
    for (const Field field : info(code).used()) fill(operation, field, in_script);
    return operation;
  }

  void fill(Operation& operation, Field field, bool in_script) {
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
      case Field::kind:
        operation.kind = kind_of(operation.target);
        return;
      case Field::finalizer:
        if (operation.kind != ObjectKind::opaque && random_.chance(plan_.finalizers)) {
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
    }
  }

  // A label's name tells the kind of the object: what creates one takes a name of that kind.
  Name target(OpCode code) {
    switch (code) {
      case OpCode::create:
        return hot_maker();
      case OpCode::weakref:
      case OpCode::subref:
      case OpCode::proxy:
        return hot_weak(code);
      case OpCode::bulk:
        return hot_node();
      case OpCode::drop:
        return likely(kObject);
      default:
        return hot();
    }
  }

  Operand first_operand(OpCode code, bool in_script) {
    Wanted wanted = kObject;
    switch (code) {
      case OpCode::append:
      case OpCode::remove:
      case OpCode::store:
      case OpCode::erase:
      case OpCode::clear:
        wanted = kOwner;
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

  void create(Name name) {
    Operation operation = bare(OpCode::create);
    operation.target = name;
    operation.kind = kind_of(name);
    if (operation.kind != ObjectKind::opaque && random_.chance(plan_.finalizers)) {
      operation.finalizer = finalizer();
      operation.script = script();
    }
    made_[name.value] = operation.kind == ObjectKind::opaque ? Holds::opaque : Holds::container;
    holds_[name.value] = made_[name.value];
    add(operation);
  }

  void weak(OpCode code, Name name, Operand referent) {
    Operation operation = bare(code);
    operation.target = name;
    operation.a = referent;
    if (random_.chance(plan_.callbacks)) operation.script = script();
    made_[name.value] = code == OpCode::proxy ? Holds::proxy : Holds::weak;
    holds_[name.value] = made_[name.value];
    add(operation);
  }

  void drop(Name name) {
    Operation operation = bare(OpCode::drop);
    operation.target = name;
    holds_[name.value] = Holds::nothing;
    add(operation);
  }

  void append(Operand a, Operand b) {
    Operation operation = bare(OpCode::append);
    operation.a = a;
    operation.b = b;
    add(operation);
  }

  void bulk() {
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

  void add(const Operation& operation) { trace_.operations.push_back(operation); }

  // Scripts.

  ScriptId script() {
    if (!random_.chance(plan_.full_scripts)) return kEmptyScript;
    const std::uint32_t length = random_.below(7);
    if (length == 0) return kEmptyScript;
    Script& script = trace_.scripts.emplace_back();
    script.reserve(length);
    for (std::uint32_t i = 0; i < length; ++i) script.push_back(script_operation());
    return static_cast<ScriptId>(trace_.scripts.size()) - 1;
  }

  Operation script_operation() {
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

  Operand script_operand(Wanted wanted) {
    const std::uint32_t kind = random_.below(100);
    if (kind < 30) return Operand::self();
    if (kind < 45) return Operand::self(slot());
    return operand(wanted);
  }

  // Shapes.

  void emit(Shape shape) {
    switch (shape) {
      case Shape::cycle:
        cycle();
        return;
      case Shape::chain:
        chain();
        return;
      case Shape::clique:
        clique();
        return;
      case Shape::tree:
        tree();
        return;
      case Shape::weak_cluster:
        weak_cluster();
        return;
      case Shape::late_weakref:
        late_weakref();
        return;
      case Shape::churn:
        churn();
        return;
    }
  }

  // Collects up to `count` different names that make containers, beginning anywhere.
  void containers(std::uint32_t count) {
    chosen_.clear();
    const auto names = static_cast<std::uint32_t>(plan_.making.size());
    std::uint32_t at = random_.below(names);
    for (std::uint32_t i = 0; i < names && chosen_.size() < count; ++i, at = (at + 1) % names) {
      if (held_after(plan_.making[at]) == Holds::container) chosen_.push_back(Name{static_cast<std::uint16_t>(at)});
    }
  }

  void release_shape() {
    for (const Name name : chosen_) {
      if (random_.chance(plan_.drops_shape)) drop(name);
    }
  }

  void cycle() {
    containers(random_.between(1, 8));
    for (const Name name : chosen_) create(name);
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      append(Operand::variable(chosen_[i]), Operand::variable(chosen_[(i + 1) % chosen_.size()]));
    }
    if (random_.chance(64)) append(Operand::variable(chosen_[0]), operand(kObject));
    release_shape();
  }

  // Two names in turn: each new object refers to the one before it, and the variable of the one before that is used
  // again.
  void chain() {
    containers(2);
    const std::uint32_t depth = plan_.chain_limit > 1000 ? plan_.chain_limit : random_.between(45, plan_.chain_limit);
    // One chain of that length is enough for a trace.
    plan_.chain_limit = std::min(plan_.chain_limit, 200U);
    create(chosen_[0]);
    for (std::uint32_t i = 1; i < depth; ++i) {
      create(chosen_[i % 2]);
      append(Operand::variable(chosen_[i % 2]), Operand::variable(chosen_[(i + 1) % 2]));
    }
    drop(chosen_[depth % 2]);
    if (random_.chance(plan_.drops_shape)) drop(chosen_[(depth + 1) % 2]);
  }

  void clique() {
    containers(random_.between(2, 5));
    for (const Name name : chosen_) create(name);
    for (const Name from : chosen_) {
      for (const Name to : chosen_) append(Operand::variable(from), Operand::variable(to));
    }
    release_shape();
  }

  void tree() {
    const std::uint32_t size = random_.between(3, 30);
    containers(random_.between(2, 6));
    create(chosen_[0]);
    for (std::uint32_t i = 1; i < size; ++i) {
      const Name parent = chosen_[random_.below(static_cast<std::uint32_t>(std::min<std::size_t>(i, chosen_.size())))];
      const Name child = chosen_[i % chosen_.size()];
      if (child == parent) continue;
      // The object that the variable held before lives on as far as an older parent refers to it.
      create(child);
      append(Operand::variable(parent), Operand::variable(child));
    }
    release_shape();
  }

  void weak_cluster() {
    containers(2);
    const Name referent = chosen_[0];
    create(referent);
    const std::uint32_t size = random_.between(2, 6);
    for (std::uint32_t i = 0; i < size; ++i) {
      const auto code = static_cast<OpCode>(static_cast<std::uint32_t>(OpCode::weakref) + random_.below(3));
      if (!has(weak_making(code))) continue;
      const Name name = hot_weak(code);
      weak(code, name, Operand::variable(referent));
      // A weak reference that becomes trash together with its referent has its callback suppressed (rule C7).
      const bool together = random_.chance(100);
      if (together) append(Operand::variable(chosen_.back()), Operand::variable(name));
      if (random_.chance(together ? 180 : 50)) drop(name);
    }
    if (random_.chance(100)) append(Operand::variable(referent), Operand::variable(chosen_.back()));
    if (random_.chance(100)) append(Operand::variable(chosen_.back()), Operand::variable(referent));
    release_shape();
  }

  // A weak reference to trash that a callback makes while the trash is being collected. What it answers is asked by the
  // finalizer of an older object, which dies while the trash is cleared.
  void late_weakref() {
    containers(2);
    if (!has(Making::weakref)) return;
    const Name older = chosen_[0];
    const Name trash = chosen_[1];
    const Name early = hot_weak(OpCode::weakref);
    const Name late = hot_weak(OpCode::weakref);
    Operation asks = bare(OpCode::deref);
    asks.target = hot();
    asks.a = Operand::variable(late);
    Operation makes = bare(OpCode::weakref);
    makes.target = late;
    makes.a = Operand::label(trash);
    create_with(older, asks);
    if (random_.chance(220)) add_collect(0);
    create(trash);
    append(Operand::variable(trash), Operand::variable(trash));
    append(Operand::variable(trash), Operand::variable(older));
    Operation watches = bare(OpCode::weakref);
    watches.target = early;
    watches.a = Operand::variable(trash);
    watches.script = script_of(makes);
    holds_[early.value] = made_[early.value] = Holds::weak;
    add(watches);
    drop(older);
    drop(trash);
    add_collect(0);
  }

  void create_with(Name name, const Operation& only) {
    Operation operation = bare(OpCode::create);
    operation.target = name;
    operation.kind = kind_of(name);
    operation.finalizer = finalizer();
    operation.script = script_of(only);
    holds_[name.value] = made_[name.value] = Holds::container;
    add(operation);
  }

  ScriptId script_of(const Operation& only) {
    trace_.scripts.push_back({only});
    return static_cast<ScriptId>(trace_.scripts.size()) - 1;
  }

  void add_collect(std::int32_t generation) {
    Operation operation = bare(OpCode::collect);
    operation.number[0] = generation;
    add(operation);
  }

  void churn() {
    containers(1);
    const std::uint32_t size = random_.between(1, 12);
    for (std::uint32_t i = 0; i < size; ++i) {
      create(chosen_[0]);
      drop(chosen_[0]);
    }
  }

  // Parts.

  std::size_t byte() { return static_cast<std::size_t>(random_.next() >> 56); }
  Name hot() { return plan_.hot[byte()]; }

  // A hot name that creates what `fits` says, if a few tries find one; otherwise the first one.
  // REQUIRES: there is one
  template <typename Fits>
  Name hot_name(const Fits& fits) {
    for (int tries = 0; tries < 6; ++tries) {
      const Name name = hot();
      if (fits(plan_.making[name.value])) return name;
    }
    const auto found = std::find_if(plan_.making.begin(), plan_.making.end(), fits);
    return Name{static_cast<std::uint16_t>(found - plan_.making.begin())};
  }

  Name hot_maker() {
    return hot_name([](Making making) { return making <= Making::opaque; });
  }
  Name hot_node() {
    return hot_name([](Making making) { return making == Making::node; });
  }
  // REQUIRES: has(weak_making(code))
  Name hot_weak(OpCode code) {
    return hot_name([wanted = weak_making(code)](Making making) { return making == wanted; });
  }

  static Making weak_making(OpCode code) {
    return static_cast<Making>(static_cast<std::uint32_t>(Making::weakref) + static_cast<std::uint32_t>(code) -
                               static_cast<std::uint32_t>(OpCode::weakref));
  }

  [[nodiscard]] bool has(Making making) const {
    return std::find(plan_.making.begin(), plan_.making.end(), making) != plan_.making.end();
  }

  // A name whose variable probably holds what is wanted.
  Name likely(Wanted wanted) {
    Name name = hot();
    for (int tries = 0; tries < 4 && (bit(holds_[name.value]) & wanted) == 0; ++tries) name = hot();
    return name;
  }

  Name likely_label(Wanted wanted) {
    Name name = hot();
    for (int tries = 0; tries < 4 && (bit(made_[name.value]) & wanted) == 0; ++tries) name = hot();
    return name;
  }

  Operand operand(Wanted wanted) {
    const std::int16_t where = random_.chance(plan_.slots) ? slot() : Operand::kWhole;
    if (where != Operand::kWhole) wanted = kOwner;
    if (random_.chance(plan_.labels)) return Operand::label(likely_label(wanted), where);
    return Operand::variable(likely(wanted), where);
  }

  Holds holds_of(const Operand& operand) const {
    if (operand.kind == Operand::Kind::variable) return holds_[operand.name.value];
    if (operand.kind == Operand::Kind::label) return made_[operand.name.value];
    return Holds::container;
  }

  [[nodiscard]] ObjectKind kind_of(Name name) const {
    switch (plan_.making[name.value]) {
      case Making::instance:
        return ObjectKind::instance;
      case Making::classic:
        return ObjectKind::classic;
      case Making::opaque:
        return ObjectKind::opaque;
      default:
        return ObjectKind::node;
    }
  }

  FinalizerKind finalizer() { return random_.chance(plan_.legacy) ? FinalizerKind::legacy : FinalizerKind::del; }

  std::int16_t slot() { return static_cast<std::int16_t>(random_.chance(40) ? random_.below(17) : random_.below(3)); }

  std::int32_t index() { return static_cast<std::int32_t>(random_.chance(40) ? random_.below(20) : random_.below(3)); }

  std::int32_t generation() {
    const std::uint32_t kind = random_.below(64);
    if (kind == 0) return kInvalidGeneration;
    return kind < 28 ? 2 : static_cast<std::int32_t>(kind % 3);
  }

  void thresholds(Operation& operation) {
    operation.count = static_cast<std::uint8_t>(random_.between(1, 3));
    const auto values = random_.chance(180) ? small_thresholds(random_) : plan_.threshold;
    for (std::size_t i = 0; i < operation.count; ++i) operation.number[i] = values[i];
  }

  std::int32_t flags() {
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

  Random& random_;
  Plan& plan_;
  Trace& trace_;
  std::vector<Holds> holds_;
  std::vector<Holds> made_;
  std::vector<Name> chosen_;
};

}  // namespace

void generate(std::uint64_t seed, std::uint64_t index, const GenerateOptions& options, Trace& trace) {
  // The profile takes part in the stream: two profiles under one seed see different traces.
  Random random(seed ^ ((static_cast<std::uint64_t>(options.profile) + 1) << 56), index);
  Plan plan;
  make_plan(random, options, plan);
  trace.profile = options.profile;
  trace.settings.threshold = plan.threshold;
  trace.settings.enabled = plan.enabled;
  trace.settings.free_lists_filled = plan.free_lists_filled;
  trace.operations.clear();
  trace.scripts.clear();
  trace.names.clear();
  Generator(random, plan, trace).run();
}

Trace generate(std::uint64_t seed, std::uint64_t index, const GenerateOptions& options) {
  Trace trace;
  generate(seed, index, options, trace);
  return trace;
}

}  // namespace cyclecheck

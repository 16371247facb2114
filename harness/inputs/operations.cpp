#include "harness/inputs/operations.hpp"

#include <algorithm>
#include <array>

#include "trace/profile.hpp"

namespace cyclecheck {
namespace {

// How often each operation is drawn. What changes the graph comes often, what only answers seldom.
constexpr std::uint32_t weight_of(OpCode code) {
  switch (code) {
    case OpCode::create:
      return 12;
    case OpCode::append:
    case OpCode::drop:
    case OpCode::collect:
      return 10;
    case OpCode::weakref:
    case OpCode::subref:
    case OpCode::proxy:
    case OpCode::deref:
    case OpCode::store:
    case OpCode::root:
      return 5;
    case OpCode::bulk:
    case OpCode::weakrefs:
    case OpCode::let:
    case OpCode::clear:
    case OpCode::remove:
    case OpCode::erase:
    case OpCode::call:
    case OpCode::ret:
    case OpCode::set_threshold:
    case OpCode::take_garbage:
    case OpCode::set_debug:
    case OpCode::tuple:
    case OpCode::raise:
    case OpCode::shutdown:
    case OpCode::watch:
    case OpCode::method:
    case OpCode::traceback:
    case OpCode::close:
    case OpCode::resume:
    case OpCode::setitem:
      return 3;
    default:
      return 1;
  }
}

constexpr std::uint32_t kWeights = [] {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kOpCodes; ++i) sum += weight_of(static_cast<OpCode>(i));
  return sum;
}();

OpCode draw_code(Random& random) {
  std::uint32_t at = random.below(kWeights);
  for (std::size_t i = 0; i < kOpCodes; ++i) {
    const std::uint32_t weight = weight_of(static_cast<OpCode>(i));
    if (at < weight) return static_cast<OpCode>(i);
    at -= weight;
  }
  return OpCode::safepoint;
}

constexpr std::uint32_t kFreshNames = 12;

// Rules I2 and I3.
constexpr std::array<std::string_view, 6> kTexts{"", "a", "b", "ab", "a b", " "};

// Around what fits into one and two bytes.
constexpr std::array<std::int32_t, 6> kEdges{127, 255, 256, 32'767, 65'535, 100'000};

std::vector<std::int32_t> numbers_in(const Trace& trace) {
  std::vector<std::int32_t> numbers;
  const auto add = [&numbers](const Operation& operation) {
    if (operation.number[0] > 3) numbers.push_back(operation.number[0]);
  };
  std::for_each(trace.operations.begin(), trace.operations.end(), add);
  for (const Script& script : trace.scripts) std::for_each(script.begin(), script.end(), add);
  return numbers;
}

}  // namespace

OperationMaker::OperationMaker(Trace& trace, Random& random)
    : trace_(trace), random_(random), names_(std::min(name_count(trace) + 1, std::uint32_t{kMaxNames})) {}

Name OperationMaker::name() {
  // Now and then any of a few, so that a trace gets more names than it has.
  const std::uint32_t bound = random_.chance(32) ? std::max(names_, kFreshNames) : names_;
  return Name{static_cast<std::uint16_t>(random_.below(bound))};
}

std::int32_t OperationMaker::number_at_an_edge(std::int32_t largest) {
  const std::vector<std::int32_t> numbers = numbers_in(trace_);
  const bool of_trace = !numbers.empty() && random_.chance(160);
  const std::int32_t number = of_trace ? numbers[random_.below(static_cast<std::uint32_t>(numbers.size()))]
                                       : kEdges[random_.below(kEdges.size())];
  return std::clamp(number + static_cast<std::int32_t>(random_.below(5)) - 2, 0, largest);
}

std::int32_t OperationMaker::small_number() {
  return static_cast<std::int32_t>(random_.chance(32) ? random_.below(20) : random_.below(4));
}

std::int32_t OperationMaker::index() { return random_.chance(20) ? number_at_an_edge(kMaxIndex) : small_number(); }

std::int32_t OperationMaker::threshold() {
  if (random_.chance(16)) return number_at_an_edge(kMaxThreshold);
  if (random_.chance(64)) return profile(trace_.profile).threshold[0] + static_cast<std::int32_t>(random_.below(3)) - 1;
  return small_number();
}

// About as many as bring the count over the threshold.
std::int32_t OperationMaker::bulk_size() {
  const std::int32_t threshold = trace_.settings.threshold[0];
  // Many allocations take long: large ones are rare.
  if (threshold > 0 && threshold < kMaxBulk - 4 && random_.chance(threshold < 100 ? 128 : 16)) {
    return threshold + static_cast<std::int32_t>(random_.below(4)) - 1;
  }
  return static_cast<std::int32_t>(random_.chance(4) ? random_.below(1500) : random_.below(24));
}

Operand OperationMaker::operand(bool in_script) {
  if (in_script && random_.chance(80)) return Operand::self(random_.chance(32) ? 0 : Operand::kWhole);
  const std::int32_t slot = random_.chance(24) ? index() : Operand::kWhole;
  // Scripts mostly find what nobody holds any more.
  const bool label = random_.chance(in_script ? 150 : 60);
  return label ? Operand::label(name(), slot) : Operand::variable(name(), slot);
}

void OperationMaker::redraw(Operation& operation, Field field, bool in_script) {
  switch (field) {
    case Field::target:
      operation.target = name();
      return;
    case Field::a:
      operation.a = operand(in_script);
      return;
    case Field::b:
      operation.b = operand(in_script);
      return;
    case Field::c:
      operation.c = operand(in_script);
      return;
    case Field::kind:
      operation.kind = static_cast<ObjectKind>(random_.chance(96) ? random_.below(kObjectKinds) : 0);
      return;
    case Field::finalizer:
      operation.finalizer = FinalizerKind::none;
      operation.script = kNoScript;
      if (!random_.chance(110)) return;
      operation.finalizer = random_.chance(64) ? FinalizerKind::legacy : FinalizerKind::del;
      if (operation.finalizer == FinalizerKind::legacy && random_.chance(64)) operation.finalizer = FinalizerKind::both;
      operation.script = script_or_none(in_script);
      return;
    case Field::callback:
      operation.script = kNoScript;
      operation.b = {};
      if (!random_.chance(150)) return;
      operation.script = script_or_none(in_script);
      if (random_.chance(48)) operation.b = operand(in_script);
      return;
    case Field::index:
      operation.number[0] = index();
      return;
    case Field::size:
      operation.number[0] = bulk_size();
      return;
    case Field::generation:
      operation.number[0] = static_cast<std::int32_t>(random_.chance(4)     ? kInvalidGeneration
                                                      : random_.chance(128) ? 2
                                                                            : random_.below(3));
      return;
    case Field::generation_opt:
      operation.count = random_.chance(128) ? 1 : 0;
      operation.number[0] = operation.count == 0 ? 0 : static_cast<std::int32_t>(random_.below(kInvalidGeneration + 1));
      return;
    case Field::thresholds:
      operation.number = {};
      operation.count = static_cast<std::uint8_t>(1 + random_.below(3));
      for (std::size_t i = 0; i < operation.count; ++i) operation.number[i] = i == 0 ? threshold() : index();
      return;
    case Field::flags:
      operation.number[0] = static_cast<std::int32_t>(random_.chance(64) ? 0 : random_.below(64));
      return;
    case Field::on_off:
      operation.number[0] = static_cast<std::int32_t>(random_.below(2));
      return;
    case Field::integer:
      // Both ends of the range that is cached (rule I1).
      operation.number[0] = random_.chance(128) ? small_number() - 7 : small_number() + 254;
      if (random_.chance(32)) operation.number[0] = (random_.chance(128) ? 1 : -1) * (kMaxInteger - small_number());
      return;
    case Field::text:
      operation.text = random_.chance(128) ? any_text() : std::string(kTexts[random_.below(kTexts.size())]);
      return;
    case Field::watcher:
      operation.number[0] = static_cast<std::int32_t>(random_.below(2));
      operation.script = script_or_none(in_script);
      return;
  }
}

std::string OperationMaker::any_text() {
  std::string text;
  for (std::uint32_t left = random_.below(random_.chance(8) ? kMaxText + 1 : 16); left > 0; --left) {
    const auto drawn = static_cast<char>(random_.between(' ', '~'));
    text += drawn == '"' || drawn == '\\' || drawn == '#' ? 'z' : drawn;
  }
  return text;
}

Operation OperationMaker::make(OpCode code, bool in_script) {
  Operation operation;
  operation.code = code;
  for (const Field field : info(code).used()) redraw(operation, field, in_script);
  return operation;
}

Operation OperationMaker::any(bool in_script) {
  const Place wrong = in_script ? Place::trace_only : Place::script_only;
  OpCode code = draw_code(random_);
  while (info(code).place == wrong) code = draw_code(random_);
  return make(code, in_script);
}

// In a script it is seldom more than an empty one; what stands too deep goes when the trace is put in order.
ScriptId OperationMaker::script_or_none(bool in_script) {
  if (random_.chance(in_script ? 230 : 96) || depth_ == kMaxScriptDepth) return kEmptyScript;
  return script();
}

ScriptId OperationMaker::script() {
  ++depth_;
  Script script;
  const std::uint32_t length = 1 + random_.below(random_.chance(64) ? 5 : 2);
  for (std::uint32_t i = 0; i < length; ++i) script.push_back(any(true));
  --depth_;
  trace_.scripts.push_back(std::move(script));
  return static_cast<ScriptId>(trace_.scripts.size() - 1);
}

ScriptId OperationMaker::script_of(const Operation& operation) {
  trace_.scripts.push_back({operation});
  return static_cast<ScriptId>(trace_.scripts.size() - 1);
}

Operation OperationMaker::create(Name target, ScriptId script) {
  Operation operation;
  operation.code = OpCode::create;
  operation.kind = static_cast<ObjectKind>(random_.chance(64) ? random_.below(3) : 0);
  operation.target = target;
  operation.script = script;
  if (script != kNoScript) operation.finalizer = random_.chance(48) ? FinalizerKind::legacy : FinalizerKind::del;
  return operation;
}

Operation OperationMaker::weak(Name target, Operand referent, ScriptId script) {
  constexpr std::array kCodes{OpCode::weakref, OpCode::subref, OpCode::proxy};
  Operation operation;
  operation.code = kCodes[random_.below(kCodes.size())];
  operation.target = target;
  operation.a = referent;
  operation.script = script;
  return operation;
}

Operation OperationMaker::two(OpCode code, Operand a, Operand b) {
  Operation operation;
  operation.code = code;
  operation.a = a;
  operation.b = b;
  return operation;
}

Operation OperationMaker::one(OpCode code, Operand a) { return two(code, a, {}); }

Operation OperationMaker::drop(Name target) {
  Operation operation;
  operation.code = OpCode::drop;
  operation.target = target;
  return operation;
}

Operation OperationMaker::collect() { return make(OpCode::collect, false); }

std::vector<Operation> OperationMaker::idiom() {
  const Name x = name();
  const Name y = name();
  const Operand held = Operand::variable(x);
  const Operand other = Operand::variable(y);
  switch (random_.below(15)) {
    case 14: {  // A generator that what it holds holds.
      Operation generator = create(y, random_.chance(128) ? kEmptyScript : script_of(any(true)));
      generator.kind = random_.chance(128) ? ObjectKind::generator : ObjectKind::coroutine;
      const OpCode ends = random_.chance(128) ? OpCode::drop : random_.chance(128) ? OpCode::close : OpCode::resume;
      return {generator,
              two(OpCode::append, other, held),
              two(OpCode::append, held, other),
              ends == OpCode::drop ? drop(y) : one(ends, other),
              drop(y),
              drop(x),
              collect()};
    }
    case 13: {  // An exception that is stored where it was caught.
      Operation frame = create(y, kNoScript);
      frame.kind = ObjectKind::frame;
      Operation traceback = two(OpCode::traceback, held, other);
      const Name z = name();
      traceback.target = z;
      return {frame,     two(OpCode::append, other, held),
              traceback, two(OpCode::append, held, Operand::variable(z)),
              drop(z),   drop(y),
              drop(x),   collect()};
    }
    case 12: {  // A method that its object holds.
      Operation method = two(OpCode::method, other, held);
      method.target = y;
      return {method, two(OpCode::append, held, other), drop(y), drop(x), collect()};
    }
    case 9: {  // A callback that holds what it watches.
      Operation watch = weak(y, held, random_.chance(128) ? kEmptyScript : script_of(any(true)));
      watch.b = random_.chance(128) ? held : other;
      return {watch, two(OpCode::append, held, other), drop(y), drop(x)};
    }
    case 10: {  // A finalizer that makes its like.
      Operation like = create(x, script_of(one(OpCode::root, Operand::self())));
      return {create(x, script_of(like)), two(OpCode::append, held, held), drop(x), collect()};
    }
    case 11: {  // gc.callbacks that act.
      Operation watch = one(OpCode::watch, held);
      watch.number[0] = static_cast<std::int32_t>(random_.below(2));
      watch.script = random_.chance(128) ? script_of(any(true)) : script_of(one(OpCode::unwatch, Operand::self()));
      return {watch, drop(x), collect()};
    }
    case 0: {  // Trash that resurrects itself.
      const Operation rescue = random_.chance(128) ? one(OpCode::root, Operand::self())
                                                   : two(OpCode::append, Operand::label(y), Operand::self());
      return {create(x, script_of(rescue)), two(OpCode::append, held, held), drop(x), collect()};
    }
    case 1: {  // A callback that changes the graph.
      Operation change = any(true);
      if (random_.chance(128)) change = one(OpCode::clear, Operand::label(y));
      return {weak(y, held, script_of(change)), drop(x)};
    }
    case 2:  // A collection inside of a finalizer.
      return {create(x, script_of(collect())), drop(x)};
    case 3:  // A weak reference to trash, held from outside or by the trash itself.
      if (random_.chance(128)) {
        return {two(OpCode::append, held, held), weak(y, held, random_.chance(128) ? kEmptyScript : kNoScript), drop(x),
                collect()};
      }
      return {weak(y, held, random_.chance(128) ? kEmptyScript : kNoScript),
              two(OpCode::append, held, other),
              two(OpCode::append, held, held),
              drop(y),
              drop(x),
              collect()};
    case 4:  // More allocations than the threshold.
      return {make(OpCode::bulk, false)};
    case 5:  // A cycle that nobody holds.
      return {two(OpCode::append, held, other), two(OpCode::append, other, held), drop(x), drop(y)};
    case 6: {  // A finalizer that asks a weak reference.
      Operation ask = make(OpCode::deref, true);
      ask.a = Operand::label(y);
      return {create(x, script_of(ask)), two(OpCode::append, held, held), weak(y, held, kNoScript), drop(x), collect()};
    }
    case 7:  // A younger generation that an older one refers to.
      return {collect(), create(y), two(OpCode::append, held, other), drop(y), collect()};
    default:
      return {make(OpCode::set_threshold, false), create(x), create(y)};
  }
}

}  // namespace cyclecheck

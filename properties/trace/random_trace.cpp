#include "properties/trace/random_trace.hpp"

#include <string>
#include <utility>

namespace cyclecheck::test {
namespace {

// Small numbers mostly, now and then one up to the limit.
std::int32_t number(Random& random, std::int32_t greatest) {
  const auto values = static_cast<std::uint32_t>(greatest) + 1;
  if (random.below(8) == 0) return greatest;
  if (random.below(4) == 0) return static_cast<std::int32_t>(random.below(values));
  return static_cast<std::int32_t>(random.below(values < 12 ? values : 12));
}

class Maker {
 public:
  explicit Maker(Random& random) : random_(random), greatest_name_(static_cast<std::int32_t>(name_limit())) {}

  Trace make() {
    trace_.profile = static_cast<ProfileId>(random_.below(kProfiles));
    trace_.settings.threshold = profile(trace_.profile).threshold;
    trace_.settings.enabled = random_.below(3) != 0;
    trace_.settings.free_lists_filled = random_.below(3) == 0;
    if (random_.below(2) == 0) {
      for (std::int32_t& value : trace_.settings.threshold) value = number(random_, kMaxThreshold);
    }
    const std::uint32_t length = random_.below(40);
    for (std::uint32_t i = 0; i < length; ++i) trace_.operations.push_back(operation(0));
    const std::uint32_t spelled = random_.below(3) == 0 ? 0 : random_.below(20);
    for (std::uint32_t i = 0; i < spelled; ++i) trace_.names.push_back("name_" + std::to_string(i * i));
    return std::move(trace_);
  }

 private:
  std::uint32_t name_limit() {
    constexpr std::uint32_t kLimits[] = {3, 12, 70, 300, kMaxNames - 1};
    return kLimits[random_.below(5)];
  }

  Name name() { return {static_cast<std::uint16_t>(number(random_, greatest_name_))}; }

  std::string text() {
    std::string text;
    const std::uint32_t size = random_.below(random_.below(8) == 0 ? kMaxText + 1 : 16);
    while (text.size() < size) {
      const char c = static_cast<char>(' ' + random_.below(95));
      if (is_text_character(c)) text += c;
    }
    return text;
  }

  Operand operand() {
    const auto slot = random_.below(3) == 0 ? static_cast<std::int32_t>(number(random_, kMaxIndex)) : Operand::kWhole;
    switch (random_.below(4)) {
      case 0:
        return Operand::label(name(), slot);
      case 1:
        return Operand::self(slot);
      default:
        return Operand::variable(name(), slot);
    }
  }

  // Of an operation that stands so deep.
  ScriptId script(int depth) {
    if (depth == kMaxScriptDepth || random_.below(3) == 0) return kEmptyScript;
    const std::size_t id = trace_.scripts.size();
    trace_.scripts.emplace_back();
    Script script;
    const std::uint32_t length = 1 + random_.below(5);
    for (std::uint32_t i = 0; i < length; ++i) script.push_back(operation(depth + 1));
    trace_.scripts[id] = std::move(script);
    return static_cast<ScriptId>(id);
  }

  Operation operation(int depth) {
    Operation operation;
    operation.code = static_cast<OpCode>(random_.below(kOpCodes));
    for (const Field field : info(operation.code).used()) fill(operation, field, depth);
    return operation;
  }

  void fill(Operation& operation, Field field, int depth) {
    switch (field) {
      case Field::target:
        operation.target = name();
        return;
      case Field::a:
        operation.a = operand();
        return;
      case Field::b:
        operation.b = operand();
        return;
      case Field::c:
        operation.c = operand();
        return;
      case Field::kind:
        operation.kind = static_cast<ObjectKind>(random_.below(kObjectKinds));
        return;
      case Field::finalizer:
        operation.finalizer = static_cast<FinalizerKind>(random_.below(kFinalizerKinds));
        if (operation.finalizer != FinalizerKind::none) operation.script = script(depth);
        return;
      case Field::callback:
        if (random_.below(2) == 0) operation.script = script(depth);
        if (operation.script != kNoScript && random_.below(3) == 0) operation.b = operand();
        return;
      case Field::index:
        operation.number[0] = number(random_, kMaxIndex);
        return;
      case Field::size:
        operation.number[0] = number(random_, kMaxBulk);
        return;
      case Field::generation_opt:
        operation.count = static_cast<std::uint8_t>(random_.below(2));
        if (operation.count == 1) operation.number[0] = number(random_, kInvalidGeneration);
        return;
      case Field::generation:
        operation.number[0] = number(random_, kInvalidGeneration);
        return;
      case Field::thresholds:
        operation.count = static_cast<std::uint8_t>(1 + random_.below(3));
        for (std::uint8_t i = 0; i < operation.count; ++i) operation.number[i] = number(random_, kMaxThreshold);
        return;
      case Field::flags:
        operation.number[0] = number(random_, 63);
        return;
      case Field::on_off:
        operation.number[0] = number(random_, 1);
        return;
      case Field::integer:
        operation.number[0] = number(random_, kMaxInteger);
        if (random_.below(2) == 0) operation.number[0] = -operation.number[0];
        return;
      case Field::text:
        operation.text = text();
        return;
      case Field::watcher:
        operation.number[0] = number(random_, 1);
        operation.script = script(depth);
        return;
    }
  }

  Random& random_;
  std::int32_t greatest_name_;
  Trace trace_;
};

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15U;
  std::uint64_t x = state_;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

Trace random_trace(Random& random) { return Maker(random).make(); }

}  // namespace cyclecheck::test

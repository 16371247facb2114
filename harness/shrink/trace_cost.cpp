#include "harness/shrink/trace_cost.hpp"

#include <bit>
#include <cstdlib>
#include <vector>

namespace cyclecheck {
namespace {

std::uint64_t operand_cost(const Operand& operand) {
  std::uint64_t cost = operand.kind == Operand::Kind::label ? 1 : 0;
  if (operand.slot != Operand::kWhole) cost += 2 + static_cast<std::uint64_t>(operand.slot);
  return cost;
}

bool is_named(const Operand& operand) {
  return operand.kind == Operand::Kind::variable || operand.kind == Operand::Kind::label;
}

class Measure {
 public:
  explicit Measure(const Trace& trace) : trace_(trace) {}

  TraceCost run() {
    for (const Operation& operation : trace_.operations) add(operation);
    const Settings& settings = trace_.settings;
    if (settings.threshold != profile(trace_.profile).threshold) {
      cost_[5] += 1;
      for (const std::int32_t value : settings.threshold) cost_[5] += static_cast<std::uint64_t>(value);
    }
    cost_[5] += (settings.enabled ? 0U : 1U) + (settings.free_lists_filled ? 1U : 0U);
    return cost_;
  }

 private:
  void add(const Operation& operation) {
    cost_[1] += 1;
    note_making(operation);
    cost_[4] += kind_cost(operation);
    cost_[5] += number_cost(operation);
    for (const Field field : info(operation.code).used()) {
      if (field == Field::target) see(operation.target);
      if (field == Field::a) see(operation.a);
      if (field == Field::b || field == Field::callback) see(operation.b);
      if (field == Field::c) see(operation.c);
    }
    if (operation.script == kNoScript) return;
    cost_[3] += 1;
    if (operation.script < 0) return;
    cost_[3] += 1;
    for (const Operation& inner : trace_.scripts[static_cast<std::size_t>(operation.script)]) add(inner);
  }

  // A bit that no other kind has.
  static constexpr unsigned kTracebacks = 63;

  // Marks what the operation creates under its name.
  void note_making(const Operation& operation) {
    unsigned kind = 0;
    switch (operation.code) {
      case OpCode::create:
        kind = static_cast<unsigned>(operation.kind);
        break;
      case OpCode::bulk:
      case OpCode::weakrefs:
        kind = static_cast<unsigned>(ObjectKind::node);
        break;
      case OpCode::tuple:
      case OpCode::integer:
      case OpCode::string:
      case OpCode::weakref:
      case OpCode::subref:
      case OpCode::proxy:
        kind = static_cast<unsigned>(kObjectKinds) + static_cast<unsigned>(operation.code);
        break;
      case OpCode::method:
        kind = static_cast<unsigned>(kObjectKinds);
        break;
      case OpCode::traceback:
        kind = kTracebacks;
        break;
      default:
        return;
    }
    const std::size_t name = operation.target.value;
    if (name >= made_.size()) made_.resize(name + 1);
    const std::uint64_t before = made_[name];
    made_[name] |= std::uint64_t{1} << kind;
    if (before != 0 && std::has_single_bit(before) && before != made_[name]) cost_[0] += 1;
  }

  void see(const Operand& operand) {
    cost_[4] += operand_cost(operand);
    if (is_named(operand)) see(operand.name);
  }

  void see(Name name) {
    if (name.value >= seen_.size()) seen_.resize(name.value + std::size_t{1});
    if (!seen_[name.value]) cost_[2] += 1;
    seen_[name.value] = true;
    cost_[6] += name.value;
  }

  const Trace& trace_;
  TraceCost cost_{};
  std::vector<bool> seen_;
  // A set of kinds for each name.
  std::vector<std::uint64_t> made_;
};

class Hasher {
 public:
  void add(std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9FB21C651E98DF25U;
    hash_ ^= hash_ >> 29;
  }
  void add(std::int32_t value) { add(static_cast<std::uint64_t>(static_cast<std::uint32_t>(value))); }
  void add(const Operand& operand) {
    add((static_cast<std::uint64_t>(operand.kind) << 48) | (std::uint64_t{operand.name.value} << 32) |
        static_cast<std::uint32_t>(operand.slot));
  }
  void add(const Operation& operation, const Trace& trace) {
    add((static_cast<std::uint64_t>(operation.code) << 40) | (static_cast<std::uint64_t>(operation.kind) << 32) |
        (static_cast<std::uint64_t>(operation.finalizer) << 24) | (std::uint64_t{operation.target.value} << 8) |
        operation.count);
    add(operation.a);
    add(operation.b);
    add(operation.c);
    for (const std::int32_t number : operation.number) add(number);
    for (const char c : operation.text) add(static_cast<std::uint64_t>(c));
    if (operation.script < 0) {
      add(operation.script);
      return;
    }
    // What the script says matters, not where it is stored.
    for (const Operation& inner : trace.scripts[static_cast<std::size_t>(operation.script)]) add(inner, trace);
    add(std::uint64_t{0xE0D});
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace

std::uint64_t kind_cost(const Operation& operation) {
  // From node to coroutine.
  constexpr auto kKind = std::to_array<std::uint64_t>({0, 1, 3, 2, 2, 2, 3, 2, 2, 3, 2, 4});
  static_assert(kKind.size() == kObjectKinds);
  std::uint64_t cost = 0;
  switch (operation.code) {
    case OpCode::create:
      cost += 1 + kKind[static_cast<std::size_t>(operation.kind)];
      cost += operation.finalizer == FinalizerKind::legacy ? 1 : operation.finalizer == FinalizerKind::both ? 2 : 0;
      break;
    case OpCode::weakref:
      cost += operation.b.kind != Operand::Kind::none ? 2 : 0;
      break;
    case OpCode::subref:
    case OpCode::proxy:
      cost += operation.b.kind != Operand::Kind::none ? 3 : 1;
      break;
    case OpCode::tuple:
    case OpCode::method:
    case OpCode::traceback:
    case OpCode::store:
    case OpCode::root:
    case OpCode::resume:
      cost += 1;
      break;
    default:
      break;
  }
  return cost;
}

std::uint64_t number_cost(const Operation& operation) {
  // A full collection says most clearly that there is one.
  if (operation.code == OpCode::collect) {
    return operation.number[0] == 2 ? 0 : 3 - static_cast<std::uint64_t>(operation.number[0] % 3);
  }
  std::uint64_t cost = operation.count;
  // Of two numbers that are as far from zero the positive one is the simpler one.
  for (const std::int32_t number : operation.number) {
    cost += static_cast<std::uint64_t>(std::abs(std::int64_t{number}) * 2 + (number < 0 ? 1 : 0));
  }
  for (const char c : operation.text) cost += c == 'a' ? 1 : 2;
  return cost;
}

TraceCost cost_of(const Trace& trace) { return Measure(trace).run(); }

std::uint64_t hash_of(const Trace& trace) {
  Hasher hasher;
  hasher.add(static_cast<std::uint64_t>(trace.profile));
  for (const std::int32_t value : trace.settings.threshold) hasher.add(value);
  hasher.add((trace.settings.enabled ? 1U : 0U) | (trace.settings.free_lists_filled ? std::uint64_t{2} : 0U));
  for (const Operation& operation : trace.operations) hasher.add(operation, trace);
  return hasher.value();
}

}  // namespace cyclecheck

#include "harness/shrink/regroup.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/shrink/rewrite.hpp"

namespace cyclecheck {
namespace {

constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);

bool is_variable(const Operand& operand, Name name) {
  return operand.kind == Operand::Kind::variable && operand.name == name && operand.slot == Operand::kWhole;
}

void exchange(Operand& operand, Name one, Name other) {
  if (operand.kind != Operand::Kind::variable && operand.kind != Operand::Kind::label) return;
  if (operand.name == one) {
    operand.name = other;
  } else if (operand.name == other) {
    operand.name = one;
  }
}

void exchange(Operation& operation, Name one, Name other) {
  exchange(operation.a, one, other);
  exchange(operation.b, one, other);
  exchange(operation.c, one, other);
  if (!uses_target(operation.code)) return;
  if (operation.target == one) {
    operation.target = other;
  } else if (operation.target == other) {
    operation.target = one;
  }
}

// Whether the operation may bind its target, or unbind it.
bool binds(OpCode code) { return uses_target(code) && code != OpCode::bulk && code != OpCode::weakrefs; }

// Follows which creation's object a name stands for, from the first operation of the trace to the last. Scopes and
// scripts are passed over, so it may be wrong where there are some.
class Bindings {
 public:
  explicit Bindings(const Trace& trace) : held_(name_count(trace), kUnknown), made_(held_) {}

  // The index of the creation, or kUnknown.
  [[nodiscard]] std::size_t operator()(const Operand& operand) const {
    if (operand.kind == Operand::Kind::variable) return held_[operand.name.value];
    if (operand.kind == Operand::Kind::label) return made_[operand.name.value];
    return kUnknown;
  }
  [[nodiscard]] std::size_t held(Name name) const { return held_[name.value]; }

  void pass(const Operation& operation, std::size_t index) {
    if (!binds(operation.code)) return;
    std::size_t& held = held_[operation.target.value];
    switch (operation.code) {
      case OpCode::create:
        held = index;
        made_[operation.target.value] = index;
        return;
      case OpCode::let:
        held = operation.a.slot == Operand::kWhole ? (*this)(operation.a) : kUnknown;
        return;
      default:
        held = kUnknown;
    }
  }

 private:
  std::vector<std::size_t> held_;
  std::vector<std::size_t> made_;
};

Operation drop_of(Name name) {
  Operation operation;
  operation.code = OpCode::drop;
  operation.target = name;
  return operation;
}

Operation release_of(Name holder, Release release) {
  if (release == Release::dropped) return drop_of(holder);
  Operation operation;
  operation.code = OpCode::clear;
  operation.a = Operand::variable(holder);
  return operation;
}

void make_nodes(Trace& trace, Name holder, std::size_t count) {
  Operation node;
  node.code = OpCode::create;
  node.target = holder;
  trace.operations.push_back(node);
  Operation bulk;
  bulk.code = OpCode::bulk;
  bulk.target = holder;
  bulk.number[0] = static_cast<std::int32_t>(count);
  trace.operations.push_back(bulk);
}

}  // namespace

bool is_link(const Trace& trace, std::size_t creation, std::size_t link, Contract how) {
  const Operation& operation = trace.operations[link];
  if (trace.operations[creation].code != OpCode::create) return false;
  if (operation.code != OpCode::append && operation.code != OpCode::store) return false;
  const Name made = trace.operations[creation].target;
  const auto is_other = [&](const Operand& operand) {
    return operand.kind == Operand::Kind::variable && operand.name != made &&
           (how == Contract::substitute || operand.slot == Operand::kWhole);
  };
  return (is_variable(operation.a, made) && is_other(operation.b)) ||
         (is_variable(operation.b, made) && is_other(operation.a));
}

Trace without_link(const Trace& trace, std::size_t creation, std::size_t link, Contract how) {
  const Name made = trace.operations[creation].target;
  const Operation& operation = trace.operations[link];
  const Operand other = is_variable(operation.a, made) ? operation.b : operation.a;
  Trace result = trace;
  const auto change = [&](Operation& changed) {
    if (how == Contract::exchange) {
      exchange(changed, made, other.name);
      return;
    }
    if (is_variable(changed.a, made)) changed.a = other;
    if (is_variable(changed.b, made)) changed.b = other;
    if (is_variable(changed.c, made)) changed.c = other;
  };
  for (std::size_t i = creation + 1; i < result.operations.size(); ++i) {
    Operation& later = result.operations[i];
    change(later);
    if (later.script >= 0) {
      for (Operation& inner : result.scripts[static_cast<std::size_t>(later.script)]) change(inner);
    }
    if (how == Contract::substitute && binds(later.code) && later.target == made) break;
  }
  erase_range(result.operations, link, link + 1);
  erase_range(result.operations, creation, creation + 1);
  return result;
}

std::vector<std::size_t> plain_creations(const Trace& trace) {
  std::vector<bool> plain(trace.operations.size());
  Bindings bindings(trace);
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const Operation& operation = trace.operations[i];
    for (const Operand* operand : {&operation.a, &operation.b, &operation.c}) {
      if (operand->kind == Operand::Kind::none || operand->slot == Operand::kWhole) continue;
      if (const std::size_t made = bindings(*operand); made != kUnknown) plain[made] = false;
    }
    // A node that `bulk` fills has to stay one that a variable holds.
    if (operation.code == OpCode::bulk || operation.code == OpCode::weakrefs) {
      if (const std::size_t made = bindings.held(operation.target); made != kUnknown) plain[made] = false;
    }
    plain[i] = operation.code == OpCode::create && operation.script == kNoScript;
    bindings.pass(operation, i);
  }
  std::vector<std::size_t> creations;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i]) creations.push_back(i);
  }
  return creations;
}

Trace gathered(const Trace& trace, std::span<const std::size_t> creations, Slots slots, Release release) {
  Trace result = trace;
  result.operations.clear();
  const Name holder{static_cast<std::uint16_t>(name_count(trace))};
  // The slot of each creation's object, if it is one of those.
  std::vector<std::int32_t> slot_of(trace.operations.size(), Operand::kWhole);
  for (std::size_t i = 0; i < creations.size(); ++i) {
    const std::size_t slot = slots == Slots::oldest_first ? i : creations.size() - 1 - i;
    slot_of[creations[i]] = static_cast<std::int32_t>(slot);
  }
  const auto slot = [&](std::size_t made) { return made == kUnknown ? Operand::kWhole : slot_of[made]; };
  std::size_t last_drop = kUnknown;
  Bindings bindings(trace);
  // What variables hold in the new trace.
  std::vector<bool> bound(name_count(trace));
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    Operation operation = trace.operations[i];
    for (Operand* operand : {&operation.a, &operation.b, &operation.c}) {
      if (const std::int32_t at = slot(bindings(*operand)); at != Operand::kWhole) {
        *operand = Operand::variable(holder, at);
      }
    }
    bool stays = slot_of[i] == Operand::kWhole;
    if (operation.code == OpCode::drop && slot(bindings.held(operation.target)) != Operand::kWhole) {
      stays = false;
      last_drop = result.operations.size();
    }
    bindings.pass(trace.operations[i], i);
    if (i == creations.front()) make_nodes(result, holder, creations.size());
    if (binds(operation.code)) {
      if (!stays && bound[operation.target.value]) result.operations.push_back(drop_of(operation.target));
      bound[operation.target.value] = stays && operation.code != OpCode::drop;
    }
    if (stays) result.operations.push_back(operation);
  }
  if (release == Release::never) return result;
  if (last_drop == kUnknown) {
    if (result.operations.back().code == OpCode::shutdown) {
      result.operations.pop_back();
      for (std::size_t i = 0; i < bound.size(); ++i) {
        if (bound[i]) result.operations.push_back(drop_of(Name{static_cast<std::uint16_t>(i)}));
      }
    }
    last_drop = result.operations.size();
  }
  const auto place = result.operations.begin() + static_cast<std::ptrdiff_t>(last_drop);
  result.operations.insert(place, release_of(holder, release));
  return result;
}

Trace contracted(const Trace& trace, std::size_t bulk, std::int32_t first, std::int32_t count) {
  Trace result = trace;
  const Name holder = trace.operations[bulk].target;
  result.operations[bulk].number[0] -= count;
  const auto shift = [&](Operand& operand) {
    if (operand.kind != Operand::Kind::variable || operand.name != holder || operand.slot < first) return;
    operand.slot = std::max(first - 1, operand.slot - count);
  };
  for_each_operation(result, [&](Operation& operation) {
    shift(operation.a);
    shift(operation.b);
    shift(operation.c);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < result.operations.size(); ++i) {
    const Operation& before = trace.operations[i];
    const Operation& after = result.operations[i];
    const bool links = after.code == OpCode::append || after.code == OpCode::store;
    if (links && after.a == after.b && before.a != before.b) continue;
    result.operations[kept++] = result.operations[i];
  }
  result.operations.resize(kept);
  return result;
}

}  // namespace cyclecheck

#include "properties/support/traces.hpp"

#include <algorithm>
#include <ostream>
#include <set>
#include <utility>

#include "harness/collector/impl_subject.hpp"
#include "harness/generate/generate_trace.hpp"
#include "model/machine.hpp"
#include "trace/text.hpp"

namespace cyclecheck {

void showValue(const Trace& trace, std::ostream& out) { out << print_trace(trace); }

namespace properties {
namespace {

void for_each_operation(Trace& trace, const std::function<void(Operation&)>& f) {
  std::for_each(trace.operations.begin(), trace.operations.end(), f);
  for (Script& script : trace.scripts) std::for_each(script.begin(), script.end(), f);
}

// Under which names custom objects are made that have more than their members after an operation.
class PayloadProbe final : public model::Observer {
 public:
  void step_ended(std::size_t /*operation*/) override {
    constexpr std::size_t kMembers = 4;
    for (model::Id id = 0; id < heap().size(); ++id) {
      const model::Object& object = heap().object(id);
      if (object.kind == model::Kind::custom && object.slots.size() > kMembers) names.insert(object.label.name);
    }
  }
  std::set<Name> names;
};

}  // namespace

rc::Gen<Trace> random_trace(ProfileId profile, std::uint32_t max_operations) {
  // RapidCheck would draw small seeds first, which repeat; traces have their own sizes.
  const auto seed = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>());
  return rc::gen::noShrink(rc::gen::map(seed, [=](std::uint64_t drawn) {
    return generate(drawn, 0, GenerateOptions{.profile = profile, .max_operations = max_operations});
  }));
}

Trace without(Trace trace, std::initializer_list<OpCode> codes) {
  const auto unwanted = [&](const Operation& operation) {
    return std::find(codes.begin(), codes.end(), operation.code) != codes.end();
  };
  std::erase_if(trace.operations, unwanted);
  for (Script& script : trace.scripts) std::erase_if(script, unwanted);
  return trace;
}

Trace with_empty_scripts(Trace trace) {
  for_each_operation(trace, [](Operation& operation) {
    if (operation.script != kNoScript) operation.script = kEmptyScript;
  });
  trace.scripts.clear();
  return trace;
}

Trace without_legacy_finalizers(Trace trace) {
  const bool del_is_legacy = !profile(trace.profile).pep442;
  for_each_operation(trace, [&](Operation& operation) {
    const bool legacy = operation.finalizer == FinalizerKind::legacy || operation.finalizer == FinalizerKind::both ||
                        (operation.finalizer == FinalizerKind::del && del_is_legacy);
    if (operation.code != OpCode::create || !legacy) return;
    operation.finalizer = FinalizerKind::none;
    operation.script = kNoScript;
  });
  return trace;
}

Trace with_variables_only(Trace trace) {
  for_each_operation(trace, [](Operation& operation) {
    for (Operand* operand : {&operation.a, &operation.b}) {
      if (operand->kind == Operand::Kind::label) operand->kind = Operand::Kind::variable;
    }
  });
  return trace;
}

Trace without_opaque(Trace trace) {
  for_each_operation(trace, [](Operation& operation) {
    if (operation.code == OpCode::create && operation.kind == ObjectKind::opaque) operation.kind = ObjectKind::node;
  });
  return trace;
}

Trace without_untracked(Trace trace) {
  for_each_operation(trace, [](Operation& operation) {
    if (operation.code == OpCode::create && operation.kind == ObjectKind::dict) operation.kind = ObjectKind::list;
  });
  trace = without(std::move(trace), {OpCode::integer, OpCode::string, OpCode::add, OpCode::intern});
  return without_opaque(std::move(trace));
}

Trace without_kind(Trace trace, ObjectKind kind) {
  for_each_operation(trace, [kind](Operation& operation) {
    if (operation.code == OpCode::create && operation.kind == kind) operation.kind = ObjectKind::instance;
  });
  return trace;
}

Trace without_payloads(Trace trace) {
  // Nodes do not do all that the custom objects did, so that others may have a payload now.
  for (;;) {
    PayloadProbe probe;
    Log log;
    model::run(trace, Observe::digest, log, &probe);
    if (probe.names.empty()) return trace;
    for_each_operation(trace, [&](Operation& operation) {
      const bool made = operation.code == OpCode::create && operation.kind == ObjectKind::custom;
      if (made && probe.names.contains(operation.target)) operation.kind = ObjectKind::node;
    });
  }
}

Operation collect(std::int32_t generation) {
  Operation operation = simple(OpCode::collect);
  operation.number[0] = generation;
  return operation;
}

Operation simple(OpCode code) {
  Operation operation;
  operation.code = code;
  return operation;
}

Log run_model(const Trace& trace, Observe observe) {
  Log log;
  model::run(trace, observe, log);
  return log;
}

Log run_impl(const Trace& trace, Observe observe) {
  Log log;
  ImplSubject().run(trace, observe, log);
  return log;
}

}  // namespace properties
}  // namespace cyclecheck

#include "harness/oom/interruption.hpp"

#include "model/execution.hpp"

namespace cyclecheck {
namespace {

using model::Id;

class InterruptedMachine final : public model::Machine {
 public:
  InterruptedMachine(const Trace& trace, Observe observe, Log& log, const Interruption& interruption)
      : Machine(trace, observe, log, nullptr), interruption_(interruption) {}

 private:
  void execute(const Operation& operation) override {
    const bool fails = interruption_.kind == Interruption::Kind::operation && operation.code != OpCode::raise &&
                       executed_++ == interruption_.index;
    if (!fails) return Machine::execute(operation);
    if (operation.code == OpCode::bulk || operation.code == OpCode::weakrefs || operation.code == OpCode::fill) {
      make_part_of(operation);
    }
    answer(EventKind::no_memory, 0);
  }

  // What a `bulk`, `weakrefs` or `fill` had done by then. The container is held until the object that it could not
  // append is dead.
  void make_part_of(const Operation& operation) {
    Operation part = operation;
    part.number[0] = static_cast<std::int32_t>(interruption_.made);
    if (operation.code == OpCode::fill) return perform(part);
    const Id container = find(Operand::variable(operation.target));
    if (container == model::kNone) return;
    // What is made takes the label of the operand, too.
    const Id referent = operation.code == OpCode::weakrefs ? find(operation.a) : model::kNone;
    heap_.hold(container);
    if (referent != model::kNone) heap_.hold(referent);
    perform(part);
    if (interruption_.one_more && operation.code == OpCode::weakrefs) {
      heap_.release(heap_.make_weak(model::Kind::subref, operation.target, referent, true, kEmptyScript));
    } else if (interruption_.one_more) {
      heap_.release(heap_.allocate(model::Kind::node, operation.target, FinalizerKind::none, kNoScript));
    }
    if (referent != model::kNone) heap_.release(referent);
    heap_.release(container);
  }

  bool has_memory_for_callbacks() override {
    return interruption_.kind != Interruption::Kind::tuple || tuples_++ != interruption_.index;
  }

  const Interruption& interruption_;
  std::uint64_t executed_ = 0;
  std::uint64_t tuples_ = 0;
};

}  // namespace

void run_interrupted(const Trace& trace, Observe observe, Log& log, const Interruption& interruption) {
  log.clear();
  InterruptedMachine(trace, observe, log, interruption).run();
}

}  // namespace cyclecheck

// Covers: without a cycle that has a legacy finalizer nothing leaks, and a full collection finds exactly what the
// tri-colour model calls unreachable (rules R2, C, S4).
// Does not cover: opaque objects and payloads of custom objects, which hide references from the collector and so leak
// by definition.
#include <gtest/gtest.h>

#include <algorithm>

#include "model/machine.hpp"
#include "properties/support/traces.hpp"

namespace cyclecheck::properties {
namespace {

using OpCode::append, OpCode::clear_garbage, OpCode::create, OpCode::drop, OpCode::freeze, OpCode::hold, OpCode::ret,
    OpCode::set_debug, OpCode::shutdown;

// --- traces: everything is given up at the end, often enough for every finalizer to have resurrected its object once
// ---

Trace given_up(Trace trace) {
  // What `hold` took (rule N16) shutdown alone gives up for certain: finalizers would run there for the first time.
  trace = without(without_opaque(without_legacy_finalizers(std::move(trace))), {shutdown, set_debug, freeze, hold});
  // Scripts run once, so that after one round for each script nothing can resurrect anything any more.
  for (std::size_t round = 0; round < trace.scripts.size() + 2; ++round) {
    for (int scope = 0; scope < 64 && round == 0; ++scope) trace.operations.push_back(simple(ret));
    for (std::uint32_t name = 0; name < name_count(trace); ++name) {
      Operation operation = simple(drop);
      operation.target = {static_cast<std::uint16_t>(name)};
      trace.operations.push_back(operation);
    }
    trace.operations.push_back(simple(clear_garbage));
    trace.operations.push_back(collect(2));
  }
  trace.operations.push_back(simple(shutdown));
  return without_payloads(std::move(trace));
}

bool mentions(const Log& log, EventKind kind) {
  return std::any_of(log.all().begin(), log.all().end(), [&](const Event& event) { return event.kind == kind; });
}

TEST(Leaks, NothingIsLeftWhenNoCycleHasALegacyFinalizer) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_TRUE(holds("nothing leaks", id, [](const Trace& trace) {
      const Trace closed = given_up(trace);
      RC_ASSERT(!mentions(run_model(closed), EventKind::leaked));
      RC_ASSERT(!mentions(run_impl(closed), EventKind::leaked));
    }));
  }
}

TEST(Leaks, ALegacyFinalizerInACycleLeaks) {
  // The property above must be able to fail: the notes' leak.
  Trace trace = empty_trace(ProfileId::python2_7);
  Operation make = simple(create);
  make.finalizer = FinalizerKind::del;
  make.script = kEmptyScript;
  Operation link = simple(append);
  link.a = link.b = Operand::variable({0});
  trace.operations = {make, link, simple(drop), collect(2), simple(shutdown)};
  EXPECT_TRUE(mentions(run_model(trace), EventKind::leaked));
  EXPECT_TRUE(mentions(run_impl(trace), EventKind::leaked));
}

// --- the tri-colour model against the collector ---

class LivenessProbe final : public model::Observer {
 public:
  explicit LivenessProbe(const Trace& trace) : trace_(trace) {}
  void step_ended(std::size_t operation) override {
    const model::Heap& heap = this->heap();
    const std::vector<bool> live = model::live(heap.graph(), model::ids_of(run().roots()));
    const bool full =
        trace_.operations[operation].code == OpCode::collect && trace_.operations[operation].number[0] == 2;
    for (model::Id id = 0; id < heap.size(); ++id) {
      if (live[id] && heap.object(id).freed) ++freed_too_early;
      if (full && !live[id] && !heap.object(id).freed) ++found_too_late;
    }
  }
  int freed_too_early = 0;
  int found_too_late = 0;

 private:
  const Trace& trace_;
};

TEST(Liveness, NothingReachableIsFreed) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_TRUE(holds("nothing reachable is freed", id, [](const Trace& trace) {
      LivenessProbe probe(trace);
      Log log;
      model::run(without(trace, {shutdown}), Observe::digest, log, &probe);
      RC_ASSERT(probe.freed_too_early == 0);
    }));
  }
}

TEST(Liveness, AFullCollectionFreesAllThatIsUnreachable) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_TRUE(holds("a full collection frees exactly the unreachable", id, [](const Trace& any) {
      const Trace trace = without_payloads(
          without(with_empty_scripts(without_opaque(without_legacy_finalizers(any))), {shutdown, set_debug, freeze}));
      LivenessProbe probe(trace);
      Log log;
      model::run(trace, Observe::digest, log, &probe);
      RC_ASSERT(probe.freed_too_early == 0);
      RC_ASSERT(probe.found_too_late == 0);
    }));
  }
}

}  // namespace
}  // namespace cyclecheck::properties

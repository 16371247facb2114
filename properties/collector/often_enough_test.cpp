// Covers: finalizers and callbacks run as often as the profile says (rules F2, F3, W7), and gc.garbage holds what it
// may hold (rules B1, C10, C11). Does not cover: in which order; that is the equivalence suite's.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "model/machine.hpp"
#include "properties/support/traces.hpp"

namespace cyclecheck::properties {
namespace {

using OpCode::create, OpCode::drop, OpCode::root, OpCode::set_debug;

// How often an event of this kind occurred for the label that has most of them.
std::size_t most(const Log& log, EventKind kind) {
  std::map<Label, std::size_t> count;
  std::size_t most = 0;
  for (const Event& event : log.all()) {
    if (event.kind == kind) most = std::max(most, ++count[event.label]);
  }
  return most;
}

TEST(OftenEnough, ACallbackRunsAtMostOnce) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_TRUE(holds("callbacks run at most once", id, [](const Trace& trace) {
      RC_ASSERT(most(run_model(trace), EventKind::callback) <= 1U);
      RC_ASSERT(most(run_impl(trace), EventKind::callback) <= 1U);
    }));
  }
}

TEST(OftenEnough, AnObjectDiesAtMostOnce) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_TRUE(holds("objects die at most once", id, [](const Trace& trace) {
      RC_ASSERT(most(run_model(trace), EventKind::died) <= 1U);
      RC_ASSERT(most(run_impl(trace), EventKind::died) <= 1U);
    }));
  }
}

TEST(OftenEnough, APep442FinalizerRunsAtMostOnce) {
  EXPECT_TRUE(holds("PEP 442 finalizers run at most once", ProfileId::python3_11, [](const Trace& any) {
    const Trace trace = without_legacy_finalizers(any);
    RC_ASSERT(most(run_model(trace), EventKind::finalizer) <= 1U);
    RC_ASSERT(most(run_impl(trace), EventKind::finalizer) <= 1U);
  }));
}

// x dies, its finalizer binds it again, and it dies once more.
Trace resurrected_twice(ProfileId id) {
  Trace trace = empty_trace(id);
  Operation make = simple(create);
  make.finalizer = FinalizerKind::legacy;
  make.script = 0;
  Operation again = simple(root);
  again.a = Operand::self();
  trace.scripts = {{again}};
  trace.operations = {make, simple(drop), simple(drop)};
  return trace;
}

TEST(OftenEnough, ALegacyFinalizerRunsAtEveryDeath) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_EQ(most(run_model(resurrected_twice(id)), EventKind::finalizer), 2U);
    EXPECT_EQ(most(run_impl(resurrected_twice(id)), EventKind::finalizer), 2U);
  }
}

// --- gc.garbage ---

bool fills_garbage(const Log& log) {
  return std::any_of(log.all().begin(), log.all().end(),
                     [](const Event& e) { return e.kind == EventKind::garbage_size; });
}

TEST(Garbage, StaysEmptyWithoutLegacyFinalizersAndSaveall) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_TRUE(holds("gc.garbage stays empty", id, [](const Trace& any) {
      const Trace trace = without(without_legacy_finalizers(any), {set_debug});
      RC_ASSERT(!fills_garbage(run_model(trace)));
      RC_ASSERT(!fills_garbage(run_impl(trace)));
    }));
  }
}

class GarbageProbe final : public model::Observer {
 public:
  void step_ended(std::size_t /*operation*/) override {
    for (const model::Id id : heap().garbage()) {
      const FinalizerKind kind = heap().object(id).finalizer;
      if (kind == FinalizerKind::none) ++without_finalizer;
    }
  }
  int without_finalizer = 0;
};

TEST(Garbage, HoldsOnlyObjectsWithALegacyFinalizer) {
  for (const ProfileId id : kDefaultProfiles) {
    EXPECT_TRUE(holds("gc.garbage holds only objects with a finalizer", id, [](const Trace& any) {
      GarbageProbe probe;
      Log log;
      model::run(without(any, {set_debug}), Observe::digest, log, &probe);
      RC_ASSERT(probe.without_finalizer == 0);
    }));
  }
}

}  // namespace
}  // namespace cyclecheck::properties

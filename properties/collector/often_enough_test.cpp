// Covers: finalizers and callbacks run as often as the profile says (rules F2, F3, W7), and gc.garbage holds what it
// may hold (rules B1, C10, C11). Does not cover: in which order; that is the equivalence suite's.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/machine.hpp"
#include "properties/support/traces.hpp"

namespace cyclecheck::properties {
namespace {

using OpCode::create, OpCode::drop, OpCode::root, OpCode::set_debug, OpCode::shutdown;

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
  EXPECT_TRUE(holds("callbacks run at most once", [](const Trace& trace) {
    RC_ASSERT(most(run_model(trace), EventKind::callback) <= 1U);
    RC_ASSERT(most(run_impl(trace), EventKind::callback) <= 1U);
  }));
}

TEST(OftenEnough, AnObjectDiesAtMostOnce) {
  EXPECT_TRUE(holds("objects die at most once", [](const Trace& trace) {
    RC_ASSERT(most(run_model(trace), EventKind::died) <= 1U);
    RC_ASSERT(most(run_impl(trace), EventKind::died) <= 1U);
  }));
}

TEST(OftenEnough, APep442FinalizerRunsAtMostOnce) {
  EXPECT_TRUE(holds("PEP 442 finalizers run at most once", [](const Trace& any) {
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
  EXPECT_TRUE(holds("gc.garbage stays empty", [](const Trace& any) {
    const Trace trace = without(without_legacy_finalizers(any), {set_debug});
    RC_ASSERT(!fills_garbage(run_model(trace)));
    RC_ASSERT(!fills_garbage(run_impl(trace)));
  }));
}

// Every object that a trace makes and that has a legacy finalizer.
class LegacyProbe final : public model::Observer {
 public:
  explicit LegacyProbe(ProfileId id) : del_is_legacy_(!profile(id).pep442) {}
  void step_ended(std::size_t /*operation*/) override {
    for (; seen_ < heap().size(); ++seen_) {
      const model::Object& object = heap().object(static_cast<model::Id>(seen_));
      if (object.finalizer == FinalizerKind::legacy || object.finalizer == FinalizerKind::both ||
          (object.finalizer == FinalizerKind::del && del_is_legacy_)) {
        labels.insert(object.label);
      }
    }
  }
  std::set<Label> labels;

 private:
  bool del_is_legacy_;
  std::size_t seen_ = 0;
};

// gc.garbage is read after every collection, and now and then.
Trace reading_garbage(Trace trace) {
  constexpr std::size_t kNowAndThen = 16;
  std::vector<Operation> operations;
  for (const Operation& operation : trace.operations) {
    operations.push_back(operation);
    if (operation.code == OpCode::collect || operations.size() % kNowAndThen == 0) {
      operations.push_back(simple(OpCode::garbage));
    }
  }
  operations.insert(operations.end(), {collect(2), simple(OpCode::garbage)});
  trace.operations = std::move(operations);
  return trace;
}

// C11: what such an object refers to is set aside with it, and does not enter.
TEST(Garbage, HoldsOnlyObjectsWithALegacyFinalizer) {
  std::size_t seen = 0;
  EXPECT_TRUE(holds("gc.garbage holds only objects with a legacy finalizer", [&](const Trace& any) {
    const Trace trace = reading_garbage(without(any, {set_debug, shutdown}));
    LegacyProbe probe(trace.profile);
    Log ignored;
    model::run(trace, Observe::digest, ignored, &probe);
    for (const auto run : {run_model, run_impl}) {
      const Log log = run(trace, Observe::digest);
      for (const Event& event : log.all()) {
        if (event.kind != EventKind::garbage) continue;
        ++seen;
        RC_ASSERT(probe.labels.contains(event.label));
      }
    }
  }));
  EXPECT_GT(seen, 1000U);
}

}  // namespace
}  // namespace cyclecheck::properties

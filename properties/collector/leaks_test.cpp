// Covers: without a cycle that has a legacy finalizer nothing leaks, and a full collection finds exactly what the
// tri-colour model calls unreachable (rules R2, C, S4).
// Does not cover: opaque objects and payloads of custom objects, which hide references from the collector and so leak
// by definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "model/machine.hpp"
#include "properties/support/traces.hpp"

namespace cyclecheck::properties {
namespace {

using OpCode::append, OpCode::clear_garbage, OpCode::create, OpCode::drop, OpCode::freeze, OpCode::hold, OpCode::ret,
    OpCode::set_debug, OpCode::shutdown, OpCode::watch;

// --- traces: everything is given up at the end, often enough for every finalizer to have resurrected its object once
// ---

Trace given_up(Trace trace) {
  // What `hold` took (rule N16) shutdown alone gives up for certain: finalizers would run there for the first time.
  // What gc.callbacks holds stays (rule X10.4).
  trace =
      without(without_opaque(without_legacy_finalizers(std::move(trace))), {shutdown, set_debug, freeze, hold, watch});
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
  EXPECT_TRUE(holds("nothing leaks", [](const Trace& trace) {
    const Trace closed = given_up(trace);
    RC_ASSERT(!mentions(run_model(closed), EventKind::leaked));
    RC_ASSERT(!mentions(run_impl(closed), EventKind::leaked));
  }));
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

// --- the tri-colour model against what model and collector free ---

using Labels = std::set<Label>;

// Looking at a whole heap takes longer than most operations.
bool is_looked_at(const Trace& trace, std::size_t operation) {
  constexpr std::size_t kNowAndThen = 8;
  return operation % kNowAndThen == 0 || trace.operations[operation].code == OpCode::collect;
}

// After some operations of the trace, by the model's references: what can be reached from the roots.
class Reachable final : public model::Observer {
 public:
  explicit Reachable(const Trace& trace) : trace_(trace) {}
  void step_ended(std::size_t operation) override {
    if (!is_looked_at(trace_, operation)) return;
    const std::vector<bool> live = model::live(heap().graph(), model::ids_of(run().roots()));
    Labels& labels = after.emplace_back();
    Labels& there = not_freed.emplace_back();
    for (model::Id id = 0; id < heap().size(); ++id) {
      const model::Object& object = heap().object(id);
      if (object.label.part != Part::object) continue;
      if (live[id]) labels.insert(object.label);
      if (!object.freed) there.insert(object.label);
    }
  }
  std::vector<Labels> after;
  // What the model has not freed.
  std::vector<Labels> not_freed;

 private:
  const Trace& trace_;
};

// The same of the collector: what is there after these operations.
std::vector<Labels> there_in_collector(const Trace& trace) {
  std::vector<Labels> after;
  ImplSubject subject;
  subject.look_after_operations([&](std::size_t operation) {
    if (is_looked_at(trace, operation)) after.push_back(subject.labels_of_all());
  });
  Log log;
  subject.run(trace, Observe::digest, log);
  return after;
}

// What is there must hold all that is reachable, and nothing else after a full collection.
void expect_reachable(const Trace& trace, const std::vector<Labels>& reachable, const std::vector<Labels>& there,
                      bool exactly) {
  RC_ASSERT(reachable.size() == there.size());
  std::size_t i = 0;
  for (std::size_t at = 0; at < trace.operations.size(); ++at) {
    if (!is_looked_at(trace, at)) continue;
    const bool freed_too_early =
        !std::includes(there[i].begin(), there[i].end(), reachable[i].begin(), reachable[i].end());
    RC_ASSERT(!freed_too_early);
    const Operation& operation = trace.operations[at];
    const bool is_full = operation.code == OpCode::collect && operation.number[0] == 2;
    const bool found_too_late = exactly && is_full && there[i] != reachable[i];
    RC_ASSERT(!found_too_late);
    ++i;
  }
}

void check_liveness(const Trace& trace, bool exactly) {
  Reachable model(trace);
  Log log;
  model::run(trace, Observe::digest, log, &model);
  expect_reachable(trace, model.after, model.not_freed, exactly);
  expect_reachable(trace, model.after, there_in_collector(trace), exactly);
}

TEST(Liveness, NothingReachableIsFreed) {
  EXPECT_TRUE(holds("nothing reachable is freed",
                    [](const Trace& trace) { check_liveness(without(trace, {shutdown}), false); }));
}

TEST(Liveness, AFullCollectionFreesAllThatIsUnreachable) {
  EXPECT_TRUE(holds("a full collection frees exactly the unreachable", [](const Trace& any) {
    const Trace trace = without_payloads(
        without(with_empty_scripts(without_opaque(without_legacy_finalizers(any))), {shutdown, set_debug, freeze}));
    check_liveness(trace, true);
  }));
}

}  // namespace
}  // namespace cyclecheck::properties

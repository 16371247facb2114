// Covers: what the collector counts as steps, and the budget of them (docs/detection/steps.md): what exceeds it is
// told, with its number and its bound; that each condition of a short cut refuses it in random traces. Does not cover:
// that random traces stay within the budget, which every test that runs them sees, and that faults exceed it
// (ci/mutants).
#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <string>
#include <vector>

#include "harness/collector/collector.hpp"
#include "harness/collector/step_budget.hpp"
#include "harness/generate/generate.hpp"
#include "impl/gc_module.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/ref.hpp"
#include "properties/support/sanitized.hpp"

namespace cyclecheck {
namespace {

using cyclegc::GcModule;
using cyclegc::Growth;
using cyclegc::Handle;
using cyclegc::Heap;
using cyclegc::Site;

constexpr std::uint64_t kObjects = 1000;

class Steps : public testing::Test {
 protected:
  Steps() {
    cyclegc::Type node;
    node.name = "node";
    node_ = heap_.define(node);
    gc_.disable();
    list_ = heap_.create(node_);
    for (std::uint64_t i = 0; i < kObjects; ++i) heap_.append(list_.get(), heap_.create(node_).get());
    budget_.start_trace();
  }

  std::uint64_t steps_of(const std::function<void()>& work) {
    const std::uint64_t before = heap_.steps();
    work();
    return heap_.steps() - before;
  }
  // As one operation that makes nothing.
  std::string exceeded(const std::function<void()>& work) {
    budget_.start_operation(heap_);
    work();
    return budget_.end_operation(heap_, 1, 0).value_or("");
  }

  Heap heap_;
  GcModule gc_{heap_};
  cyclegc::TypeId node_;
  Handle list_;
  StepBudget budget_;
};

TEST_F(Steps, ACollectionLooksAtWhatItExaminesAFewTimes) {
  const std::uint64_t places = 2 * kObjects;
  const std::uint64_t first = steps_of([&] { gc_.collect(0); });
  EXPECT_GE(first, places);
  EXPECT_LE(first, StepBudget::kExaminedInPasses * places);
  // All of it is older by now.
  EXPECT_LE(steps_of([&] { gc_.collect(0); }), 8U);
  EXPECT_EQ(heap_.statistics().steps, heap_.steps());
  EXPECT_GT(heap_.statistics().steps_of_passes, 0U);
}

TEST_F(Steps, CreationTakesNoneAndDeathsTakeFew) {
  EXPECT_EQ(steps_of([&] { heap_.create(node_).reset(); }), 0U);
  EXPECT_LE(steps_of([&] { list_.reset(); }), 2 * kObjects);
}

TEST_F(Steps, EachWeakReferenceOfTheListIsCounted) {
  constexpr std::uint64_t kWeak = 100;
  std::vector<Handle> weak;
  for (std::uint64_t i = 0; i < kWeak; ++i) {
    weak.push_back(
        heap_.create_weak(cyclegc::WeakKind::reference, list_.get(), [](Heap&, cyclegc::ObjectId) {}).handle);
  }
  EXPECT_GE(steps_of([&] { list_.reset(); }), kWeak);
}

TEST_F(Steps, WhatIsNotEarnedIsTold) {
  EXPECT_EQ(exceeded([] {}), "");
  const auto looks = [&] { EXPECT_EQ(gc_.get_referrers(list_.get()).size(), 0U); };
  EXPECT_EQ(exceeded(looks), std::to_string(2 * kObjects + 1) + " steps so far; at most " +
                                 std::to_string(StepBudget::kOperation) + " are to be");
  budget_.start_trace();
  budget_.look_at(2 * kObjects + 1);
  EXPECT_EQ(exceeded(looks), "");
}

TEST_F(Steps, PassesHaveABudgetOfTheirOwn) {
  // What is earned otherwise does not pay for them.
  budget_.store(kObjects * kObjects);
  const std::string told = exceeded([&] { gc_.collect(0); });
  EXPECT_NE(told.find(" steps of passes so far; at most " + std::to_string(StepBudget::kGaps) + " are to be"),
            std::string::npos)
      << told;
  budget_.start_trace();
  budget_.examine(2 * kObjects);
  EXPECT_EQ(exceeded([&] { gc_.collect(1); }), "");
}

TEST_F(Steps, ATableThatGrowsByLittleMovesTooOften) {
  cyclegc::internal::Row<std::uint64_t> row{cyclegc::internal::Allocator<std::uint64_t>(Site::tags)};
  for (const Growth growth : {Growth::seldom, Growth::restless}) {
    cyclegc::set_growth(growth);
    for (std::uint64_t i = 0; i < 3000; ++i) row.push_back(i);
    EXPECT_EQ(budget_.end_trace(), std::nullopt);
  }
  cyclegc::set_growth(Growth::seldom);
  for (std::size_t i = 0; i < 200; ++i) row.reserve(row.capacity() + 1);
  const auto told = budget_.end_trace();
  ASSERT_TRUE(told.has_value());
  EXPECT_NE(told->find(" bytes of tags moved so far; at most "), std::string::npos) << *told;
}

std::uint64_t of(const Heap& heap, cyclegc::Refusal refusal) {
  return heap.refusals()[static_cast<std::size_t>(refusal)];
}

// In traces; the next test has some of them.
bool is_never_alone(cyclegc::Refusal refusal) {
  switch (refusal) {
    case cyclegc::Refusal::creation_tag:    // where objects have tags a hook looks at each creation
    case cyclegc::Refusal::leaves_classic:  // each profile with classic instances has dictionaries of instances
    case cyclegc::Refusal::leaves_doomed:   // what waits for a burial does so below a frame
    // What is deposited waits below a frame, or between operations of profiles that have such dictionaries.
    case cyclegc::Refusal::leaves_trashcan:
    // One trace in 36,000: a full collection that begins inside of another one, in a heap without containers beside it.
    case cyclegc::Refusal::leaves_set_apart:
      return true;
    default:
      return false;
  }
}

TEST(ScalingOfSteps, FasterThanNLogNIsTooFast) {
  const auto of = [](const auto& steps) {
    Scaling scaling;
    for (std::size_t i = 0; i < Scaling::kSizes; ++i) scaling.steps[i] = steps(Scaling::kFirst << i);
    return scaling.is_too_fast();
  };
  EXPECT_FALSE(of([](std::uint64_t) { return std::uint64_t{7}; }));
  EXPECT_FALSE(of([](std::uint64_t n) { return 5 * n; }));
  EXPECT_FALSE(of([](std::uint64_t n) { return n * std::bit_width(n); }));
  EXPECT_TRUE(of([](std::uint64_t n) { return n * std::bit_width(n) * std::bit_width(n); }));
  EXPECT_TRUE(of([](std::uint64_t n) { return n * n / 500; }));
}

TEST(ScalingOfSteps, IsTheSameEachTimeAndNotTooFast) {
  for (const ScalingKind& kind : scaling_kinds()) {
    const Scaling scaling = measure_scaling(kind, ProfileId::python3_15);
    EXPECT_FALSE(scaling.is_too_fast()) << kind.name;
    EXPECT_EQ(scaling.steps, measure_scaling(kind, ProfileId::python3_15).steps) << kind.name;
    // It does what it is for.
    const Trace trace = scaled(kind, 10, ProfileId::python3_15);
    EXPECT_GE(trace.operations.size(), 3U) << kind.name;
  }
}

// By all subjects of the collector that take turns in `run`.
TEST(ShortCutConditions, EachRefusesItAlone) {
  if (kSanitized) GTEST_SKIP() << "the same traces take minutes";
  cyclegc::Refusals sum{};
  const auto add = [&sum](const cyclegc::Refusals& refusals) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += refusals[i];
  };
  ImplSubject told;
  ImplSubject found(ImplSubject::Checks::graded, ImplSubject::Deaths::found);
  ImplSubject unseen(ImplSubject::Checks::graded, ImplSubject::Deaths::unseen);
  Log log;
  for (const Profile& row : all_profiles()) {
    for (std::uint64_t index = 0; index < 400; ++index) {
      const Trace trace = generate(3, index, {.profile = row.id});
      told.run(trace, Observe::digest, log);
      found.run(trace, Observe::digest, log);
      if (row.attributes == Profile::Attributes::own_dictionary) continue;
      OperationSet atoms;
      for (const OpCode code : {OpCode::integer, OpCode::string, OpCode::add, OpCode::intern}) {
        atoms.set(static_cast<std::size_t>(code));
      }
      unseen.run(generate(3, index, {.profile = row.id, .without = atoms}), Observe::digest, log);
    }
  }
  for (ImplSubject* const subject : {&told, &found, &unseen}) add(subject->heap().refusals());
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const auto refusal = static_cast<cyclegc::Refusal>(i);
    if (is_never_alone(refusal)) continue;
    EXPECT_GT(sum[i], 0U) << to_string(refusal);
  }
}

TEST(ShortCutConditions, AnEmbeddersRefuseAsWell) {
  cyclegc::Semantics rules;
  rules.classic_instances = true;
  Heap heap(rules);
  cyclegc::Type node;
  node.name = "node";
  const cyclegc::TypeId type = heap.define(node);
  node.layout = cyclegc::Layout::opaque;
  const Handle untracked = heap.create(heap.define(node));
  const Handle tracked = heap.create(type);
  GcModule gc(heap);
  gc.collect(2);
  EXPECT_EQ(of(heap, cyclegc::Refusal::leaves_classic), 1U);
  const Handle tagged = heap.create(type, 7);
  EXPECT_EQ(of(heap, cyclegc::Refusal::creation_tag), 1U);
}

}  // namespace
}  // namespace cyclecheck

// Covers: Runtime: what one safepoint does and leaves, finalizers that throw or come in a row, each with its own
// type's, what waits for one, external bytes from collection to collection, the heap behind finish(), numbers that add
// up, what may not be entered.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cyclegc/runtime.hpp"

namespace cyclegc {
namespace {

struct Link {
  static constexpr bool kShowsAllMembers = true;
  Member next;
  void traverse(const Visitor& visit) const { visit(next); }
  void detach(References& out) { out.take(next); }
};

// A type whose finalizer counts, and does `more`.
TypeId counted(Runtime& runtime, int& runs, std::function<void()> more = {}) {
  Type type = type_of_class<Link>("link");
  type.finalize = [&runs, more = std::move(more)](Heap&, ObjectId) {
    ++runs;
    if (more) more();
  };
  return runtime.define(std::move(type));
}

void make_cycle(Runtime& runtime, TypeId links) {
  const Ref<Link> link = make<Link>(runtime, links);
  runtime.store_member(link.get(), link->next, link.get());
}

TEST(Safepoints, FinalizersThatLeaveAnotherRunOneASafepoint) {
  Runtime runtime;
  int runs = 0;
  int waiting = -1;
  TypeId links;
  links = counted(runtime, runs, [&] {
    if (runs < 6) static_cast<void>(make<Link>(runtime, links));
    waiting = static_cast<int>(runtime.numbers().queued_finalizers);
  });
  static_cast<void>(make<Link>(runtime, links));
  for (int safepoints = 1; safepoints <= 5; ++safepoints) {
    runtime.safepoint();
    EXPECT_EQ(runs, safepoints);
    EXPECT_EQ(waiting, 1) << "the next one, without the one that runs";
  }
}

TEST(Safepoints, AnObjectWhoseFinalizerThrewIsGone) {
  Runtime runtime;
  int runs = 0;
  const TypeId links = counted(runtime, runs, [] { throw std::runtime_error("no"); });
  static_cast<void>(make<Link>(runtime, links));
  runtime.safepoint();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(runtime.size(), 0U);
}

TEST(Safepoints, EachTypeHasItsOwnFinalizer) {
  Runtime runtime;
  int first = 0;
  int second = 0;
  const TypeId one = counted(runtime, first);
  static_cast<void>(runtime.define(type_of_class<Link>("without")));
  const TypeId other = counted(runtime, second);
  static_cast<void>(make<Link>(runtime, one));
  runtime.safepoint();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  static_cast<void>(make<Link>(runtime, other));
  runtime.safepoint();
  EXPECT_EQ(second, 1);
}

TEST(Safepoints, ExternalBytesAreDueAnewAfterEachFullCollection) {
  Runtime runtime({.external_bytes = 1000});
  const auto full = [&] { return runtime.numbers().collections[2]; };
  runtime.add_external(1000);
  runtime.safepoint();
  EXPECT_EQ(full(), 1U);
  runtime.safepoint();
  runtime.add_external(999);
  runtime.safepoint();
  EXPECT_EQ(full(), 1U) << "1000 more are due";
  runtime.add_external(8001);
  runtime.safepoint();
  EXPECT_EQ(full(), 2U);
  runtime.add_external(4999);
  runtime.safepoint();
  EXPECT_EQ(full(), 2U) << "half of 10,000 more are due";
  runtime.add_external(1);
  runtime.pause_collections();
  runtime.safepoint();
  EXPECT_EQ(full(), 2U) << "no collection while they are paused";
  runtime.resume_collections();
  runtime.safepoint();
  EXPECT_EQ(full(), 3U);
}

TEST(Safepoints, TheLimitCountsWhatIsThereAlready) {
  Runtime runtime({.most_bytes = 1'000'000'000});
  runtime.add_external(600'000'000);
  EXPECT_THROW(runtime.add_external(600'000'000), std::bad_alloc);
  EXPECT_EQ(runtime.numbers().external_bytes, 600'000'000U);
  runtime.remove_external(500'000'000);
  runtime.add_external(600'000'000);
  runtime.remove_external(SIZE_MAX);
  EXPECT_EQ(runtime.numbers().external_bytes, 0U);
}

TEST(Safepoints, AHeapWorksOnBehindFinish) {
  Runtime runtime({.young_objects = 10});
  int runs = 0;
  const TypeId links = counted(runtime, runs);
  EXPECT_TRUE(runtime.finish());
  static_cast<void>(make<Link>(runtime, links));
  runtime.safepoint();
  EXPECT_EQ(runs, 1);
}

TEST(Safepoints, FewerOldObjectsAreNoGrowth) {
  Runtime runtime({.young_objects = 10});
  const TypeId links = runtime.define(type_of_class<Link>("link"));
  std::vector<Ref<Link>> old;
  for (int i = 0; i < 1000; ++i) old.push_back(make<Link>(runtime, links));
  runtime.collect();
  old.resize(200);
  const std::uint64_t before = runtime.numbers().collections[2];
  for (int i = 0; i < 20'000; ++i) {
    make_cycle(runtime, links);
    runtime.safepoint();
  }
  EXPECT_GT(runtime.numbers().collections[1], 20U);
  EXPECT_EQ(runtime.numbers().collections[2], before);
}

// The first collection has a hundred thousand objects to free, the second one none.
TEST(Safepoints, PausesAddUp) {
  Runtime runtime;
  const TypeId links = runtime.define(type_of_class<Link>("link"));
  for (int i = 0; i < 100'000; ++i) make_cycle(runtime, links);
  runtime.collect();
  runtime.collect();
  EXPECT_GT(runtime.numbers().all_pauses, runtime.numbers().longest_pause);
}

TEST(Safepoints, NothingIsReleasedInsideOfADeath) {
  Runtime runtime({.released_objects = 0});
  const TypeId links = runtime.define(type_of_class<Link>("link"));
  Ref<Link> dropped = make<Link>(runtime, links);
  Handle(dropped.handle()).reset_later();
  Handle last = dropped.handle();
  dropped.reset();
  last.reset_later();
  ASSERT_EQ(runtime.waiting_objects(), 1U);
  std::size_t released = 1;
  Ref<Link> dying = make<Link>(runtime, links);
  const WeakRef<Link> weak(dying, [&](Heap& heap, ObjectId) { released = heap.release_some(10); });
  dying.reset();
  EXPECT_EQ(released, 0U);
  EXPECT_EQ(runtime.release_some(10), 1U);
  EXPECT_EQ(runtime.size(), 1U) << "the weak reference";
}

// By count as in a collection.
TEST(Safepoints, NoWeakReferenceAnswersWhatWaitsForItsFinalizer) {
  Runtime runtime;
  int runs = 0;
  const TypeId links = counted(runtime, runs);
  Ref<Link> link = make<Link>(runtime, links);
  int called = 0;
  const WeakRef<Link> silent(link);
  const WeakRef<Link> told(link, [&](Heap&, ObjectId) { called = called * 10 + runs + 1; });
  link.reset();
  EXPECT_EQ(runtime.numbers().queued_finalizers, 1U);
  EXPECT_FALSE(silent.lock());
  EXPECT_FALSE(told.lock());
  runtime.safepoint();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(called, 1) << "once, before the finalizer";
}

}  // namespace
}  // namespace cyclegc

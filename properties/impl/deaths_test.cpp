// Covers: the order of deaths by count (D1 to D7), the trashcan (T1 to T5), finalizers at death (F2, F3). Does not
// cover: weak references (weak_references_test.cpp), the depth itself (deep_chains_test.cpp).
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

TEST(Deaths, ReleaseANodesSlotsLastToFirst) {
  World world;
  Handle a = world.make('a');
  for (const char name : {'b', 'c', 'd'}) world.link(a, world.make(name));
  a.reset();
  EXPECT_EQ(world.happened(), "died a, died d, died c, died b");
}

TEST(Deaths, ReleaseAttributesFirstToLast) {
  World world;
  Handle a = world.make(world.instance, 'a');
  for (const char name : {'b', 'c', 'd'}) world.link(a, world.make(name));
  a.reset();
  EXPECT_EQ(world.happened(), "died a, died b, died c, died d");
}

TEST(Deaths, AClassicInstanceKeepsItsTokenInItsDictionary) {
  World world(Semantics::python2_7());
  Handle a = world.make(world.classic, 'a');
  world.link(a, world.make('b'));
  EXPECT_FALSE(world.heap.is_released(a.get()));
  a.reset();
  EXPECT_EQ(world.happened(), "died a, died b");
  EXPECT_EQ(world.heap.size(), 0U);
}

TEST(Deaths, AreNested) {
  World world;
  Handle a = world.make('a');
  Handle b = world.make('b');
  world.link(a, world.make('x'));
  world.link(a, b);
  world.link(b, world.make('y'));
  b.reset();
  a.reset();
  EXPECT_EQ(world.happened(), "died a, died b, died y, died x");
}

TEST(Deaths, OpaqueObjectsOwnButAreNotCounted) {
  World world;
  Handle box = world.make(world.opaque, 'o');
  world.link(box, world.make('a'));
  EXPECT_EQ(world.gc.get_count()[0], 1);
  EXPECT_FALSE(world.gc.is_tracked(box.get()));
  EXPECT_TRUE(world.gc.get_referents(box.get()).empty());
  box.reset();
  EXPECT_EQ(world.happened(), "died o, died a");
  EXPECT_EQ(world.gc.get_count()[0], 0);
}

// A chain of nodes 0, 1, 2 ...; answers in which order they died.
std::vector<int> chain_deaths(const Semantics& rules, int length) {
  std::vector<int> deaths;
  Heap heap(rules);
  Type type;
  type.released = [&](Heap& owner, ObjectId id) { deaths.push_back(static_cast<int>(owner.tag(id))); };
  const TypeId node = heap.define(type);
  Handle head;
  for (int i = length - 1; i >= 0; --i) {
    Handle object = heap.create(node, static_cast<std::uint64_t>(i));
    if (head) heap.append(object.get(), head.get());
    head = std::move(object);
  }
  head.reset();
  heap.empty_trashcan();
  EXPECT_EQ(heap.size(), 0U);
  return deaths;
}

TEST(Trashcan, PutsOffTheFiftyFirstLevel) {
  // One object is put off at a time, so a chain's order does not change, whatever the rule.
  for (const TrashcanRule rule :
       {TrashcanRule::none, TrashcanRule::one_level, TrashcanRule::two_levels, TrashcanRule::headroom}) {
    Semantics rules;
    rules.trashcan = rule;
    const std::vector<int> deaths = chain_deaths(rules, 30000);
    ASSERT_EQ(deaths.size(), 30000U);
    for (int i = 0; i < 30000; ++i) EXPECT_EQ(deaths[static_cast<std::size_t>(i)], i);
  }
}

// Nodes 0, 1, 2 ... of which each holds a marker, then the next one. Answers the number of the marker that died first:
// how deep deaths were nested.
int first_marker(const Semantics& rules, int length) {
  int first = -1;
  Heap heap(rules);
  const TypeId node = heap.define({});
  Type marked;
  marked.released = [&](Heap& owner, ObjectId id) {
    if (first < 0) first = static_cast<int>(owner.tag(id));
  };
  const TypeId marker = heap.define(marked);
  Handle head;
  for (int i = length - 1; i >= 0; --i) {
    Handle object = heap.create(node);
    heap.append(object.get(), heap.create(marker, static_cast<std::uint64_t>(i)).get());
    if (head) heap.append(object.get(), head.get());
    head = std::move(object);
  }
  head.reset();
  heap.empty_trashcan();
  EXPECT_EQ(heap.size(), 0U);
  EXPECT_EQ(heap.verify(Grade::whole_heap), std::nullopt);
  return first;
}

TEST(Trashcan, LimitsTheNesting) {
  Semantics rules;
  // The node at nesting 50 is put off, so the one before it goes on to its marker. Its marker would be at nesting 50 as
  // well and is put off, too: the one before that is the first that dies.
  rules.trashcan = TrashcanRule::one_level;
  EXPECT_EQ(first_marker(rules, 200), 48);
  rules.trashcan = TrashcanRule::none;
  EXPECT_EQ(first_marker(rules, 200), 199);
  rules.trashcan = TrashcanRule::headroom;
  EXPECT_EQ(first_marker(rules, 200), 199);
  EXPECT_LT(first_marker(rules, 30000), 5000);
}

// Makes a chain, each link of which holds the one before, and lets go of it.
void drop_chain(Heap& heap, TypeId type, int links) {
  Handle head;
  for (int i = 0; i < links; ++i) {
    Handle object = heap.create(type);
    if (head) heap.append(object.get(), head.get());
    head = std::move(object);
  }
}

TEST(Trashcan, SubtypesOfTwoLevelsNeverEmptyIt) {
  Semantics rules = Semantics::python2_7();
  Heap heap(rules);
  const TypeId node = heap.define({});
  drop_chain(heap, node, 100);
  EXPECT_GT(heap.size(), 0U);
  EXPECT_EQ(heap.verify(Grade::structural), std::nullopt);
  heap.empty_trashcan();
  EXPECT_EQ(heap.size(), 0U);
}

TEST(Trashcan, IsForgottenByAReset) {
  Heap heap(Semantics::python2_7());
  const TypeId node = heap.define({});
  drop_chain(heap, node, 100);
  EXPECT_GT(heap.size(), 0U);
  heap.reset(Semantics::python2_7());
  // In the places of those that waited.
  std::vector<Handle> kept;
  for (int i = 0; i < 100; ++i) kept.push_back(heap.create(node));
  heap.empty_trashcan();
  EXPECT_EQ(heap.size(), 100U);
  EXPECT_EQ(heap.verify(Grade::whole_heap), std::nullopt);
}

TEST(Finalizers, RunOnceAndTheirObjectIsTrackedMeanwhile) {
  World world;
  Handle keeper;
  Handle a = world.make(world.del, 'a');
  world.gc.collect();
  world.on('a', [&](ObjectId self) {
    EXPECT_EQ(world.gc.refcount(self), 1U);
    EXPECT_TRUE(world.gc.is_tracked(self));
    EXPECT_FALSE(world.gc.is_finalized(self));
    keeper = Handle(world.heap, self);
  });
  a.reset();
  EXPECT_EQ(world.happened(), "del a");
  EXPECT_TRUE(world.gc.is_finalized(keeper.get()));
  EXPECT_EQ(world.names(0), "a");
  keeper.reset();
  EXPECT_EQ(world.happened(), "died a");
}

TEST(Finalizers, LegacyOnesRunAtEveryDeath) {
  World world;
  Handle keeper;
  Handle a = world.make(world.legacy, 'a');
  world.on('a', [&](ObjectId self) { keeper = Handle(world.heap, self); });
  a.reset();
  keeper = {};
  EXPECT_EQ(world.happened(), "del a, del a");
  world.on('a', [](ObjectId) {});
  keeper = {};
  EXPECT_EQ(world.happened(), "del a, died a");
}

TEST(Finalizers, MayThrowAllocateAndCollect) {
  World world;
  Handle a = world.make(world.del, 'a');
  world.link(a, world.make('b'));
  Handle kept;
  world.on('a', [&](ObjectId self) {
    kept = world.make('k');
    world.link(kept, world.make('l'));
    world.heap.clear(self);
    EXPECT_EQ(world.gc.collect(), 0U);
    throw std::runtime_error("finalizer");
  });
  a.reset();
  EXPECT_EQ(world.happened(), "del a, died b, died a");
  EXPECT_EQ(world.unraisable, 1U);
}

}  // namespace
}  // namespace cyclegc

// Covers: what the collector may leave out where nobody can see it - counting references when handles are all that
// refers to a list from outside, and the order of deaths that nobody watches - and that it does not where somebody can.
// Does not cover: random heaps; properties/collector/short_cuts_test.cpp does.
#include <gtest/gtest.h>

#include <vector>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

// A world whose `quiet` objects nobody watches.
class Unwatched : public ::testing::Test {
 protected:
  Unwatched() {
    Type type;
    type.name = "quiet";
    quiet = world.heap.define(type);
    type.layout = Layout::opaque;
    quiet_opaque = world.heap.define(type);
    world.gc.disable();
  }
  Handle make() { return world.heap.create(quiet); }
  void link(const Handle& from, const Handle& to) { world.link(from, to); }
  std::uint64_t freed_at_once() { return world.heap.statistics().freed_at_once; }
  std::string verdict() { return world.heap.verify(Grade::whole_heap).value_or(""); }

  World world;
  TypeId quiet;
  TypeId quiet_opaque;
};

TEST_F(Unwatched, UnwatchedGarbageIsFreedAtOnce) {
  Handle kept = make();
  {
    const Handle a = make();
    const Handle b = make();
    link(a, b);
    link(b, a);
    link(b, kept);
  }
  EXPECT_EQ(world.heap.references(kept.get()), 2U);
  EXPECT_EQ(world.gc.collect(), 2U);
  EXPECT_EQ(freed_at_once(), 2U);
  EXPECT_EQ(world.heap.references(kept.get()), 1U);
  EXPECT_EQ(world.heap.size(), 1U);
  EXPECT_EQ(world.gc.get_stats()[2].collected, 2U);
}

template <bool kAll>
struct Shower {
  static constexpr bool kShowsAllMembers = kAll;
  Member member;
  void traverse(const Visitor& visit) const { visit(member); }
  void detach(References& out) { out.take(member); }
};

// Only a class that says so shows all of its members: others may hold objects that no handle leads to.
TEST_F(Unwatched, AClassThatShowsAllLeavesTheShortCut) {
  const TypeId showers = world.heap.define(type_of_class<Shower<true>>("shower"));
  const Handle holder = make();
  {
    const Ref<Shower<true>> shower = make_tagged<Shower<true>>(world.heap, showers, 0);
    const Handle inner = make();
    world.heap.store_member(shower.get(), shower->member, inner.get());
    link(holder, shower.handle());
    link(inner, holder);
    const Ref<Shower<true>> garbage = make_tagged<Shower<true>>(world.heap, showers, 0);
    world.heap.store_member(garbage.get(), garbage->member, garbage.get());
  }
  EXPECT_EQ(world.gc.collect(), 1U);
  EXPECT_EQ(world.heap.statistics().collections_from_handles, 1U);
  EXPECT_EQ(world.heap.size(), 3U);
  const TypeId others = world.heap.define(type_of_class<Shower<false>>("other"));
  {
    const Ref<Shower<false>> other = make_tagged<Shower<false>>(world.heap, others, 0);
    EXPECT_EQ(world.gc.collect(), 0U);
    EXPECT_EQ(world.heap.statistics().collections_from_handles, 1U);
  }
  EXPECT_TRUE(world.heap.undefine(others));
  EXPECT_EQ(world.gc.collect(), 0U);
  EXPECT_EQ(world.heap.statistics().collections_from_handles, 2U);
  EXPECT_EQ(verdict(), "");
}

TEST_F(Unwatched, OneWatchedObjectBringsBackTheOrder) {
  {
    const Handle a = make();
    const Handle b = world.make('b');
    const Handle c = world.make('c');
    link(a, b);
    link(b, c);
    link(c, a);
  }
  EXPECT_EQ(world.gc.collect(), 3U);
  EXPECT_EQ(freed_at_once(), 0U);
  // a is cleared first: b loses its only reference, and with it c.
  EXPECT_EQ(world.happened(), "died b, died c");
}

TEST_F(Unwatched, AWeakReferenceBringsBackItsCallback) {
  Handle w;
  {
    const Handle a = make();
    link(a, a);
    w = world.weak(a, 'w');
  }
  EXPECT_EQ(world.gc.collect(), 1U);
  EXPECT_EQ(freed_at_once(), 0U);
  EXPECT_EQ(world.happened(), "cb w");
}

// Young garbage can be all that holds an older object, and that a survivor of the same collection.
TEST_F(Unwatched, WhatYoungGarbageAloneHoldsDiesWithIt) {
  Handle old = make();
  ASSERT_EQ(world.gc.collect(), 0U);
  Handle survivor = make();
  {
    const Handle a = make();
    link(a, a);
    link(a, old);
    link(old, survivor);
  }
  old.reset();
  survivor.reset();
  ASSERT_EQ(world.heap.size(), 3U);
  EXPECT_EQ(world.gc.collect(0), 1U);
  EXPECT_EQ(freed_at_once(), 1U);
  EXPECT_EQ(world.heap.size(), 0U);
  EXPECT_EQ(world.gc.generation_size(1), 0U);
  EXPECT_EQ(world.gc.generation_size(2), 0U);
}

TEST_F(Unwatched, AWatchedDeathFarAwayTakesEverythingBack) {
  Handle watched = world.make('x');
  Handle between = make();
  link(between, watched);
  ASSERT_EQ(world.gc.collect(), 0U);
  std::vector<Handle> garbage{make(), make()};
  link(garbage[0], garbage[1]);
  link(garbage[1], garbage[0]);
  link(garbage[0], between);
  link(garbage[0], between);
  world.happened();
  watched.reset();
  between.reset();
  garbage.clear();
  EXPECT_EQ(world.gc.collect(0), 2U);
  EXPECT_EQ(freed_at_once(), 0U);
  EXPECT_EQ(world.happened(), "died x");
  EXPECT_EQ(world.heap.size(), 0U);
}

TEST_F(Unwatched, OpaqueObjectsOfUnwatchedGarbageDieToo) {
  {
    const Handle a = make();
    const Handle inner = world.heap.create(quiet_opaque);
    const Handle kept_by_it = make();
    link(a, a);
    link(a, inner);
    link(inner, kept_by_it);
  }
  EXPECT_EQ(world.gc.collect(0), 1U);
  EXPECT_EQ(freed_at_once(), 1U);
  EXPECT_EQ(world.heap.size(), 0U);
}

// W8, of a tuple that has no token.
TEST_F(Unwatched, ATupleThatIsFreedAtOnceIsKeptForOneOfItsSize) {
  Type type;
  type.name = "quiet list";
  type.layout = Layout::list;
  const TypeId list = world.heap.define(type);
  type.name = "quiet tuple";
  type.layout = Layout::tuple;
  const TypeId tuple = world.heap.define(type);
  const Handle kept = make();
  const std::vector<ObjectId> items{kept.get(), kept.get()};
  {
    const Handle holder = world.heap.create(list);
    const std::vector<ObjectId> cycle{holder.get(), holder.get()};
    const Handle held = world.heap.create_tuple(tuple, cycle);
    link(holder, held);
  }
  EXPECT_EQ(world.gc.collect(0), 2U);
  EXPECT_EQ(freed_at_once(), 2U);
  EXPECT_EQ(world.gc.get_count()[0], 0);
  const Handle again = world.heap.create_tuple(tuple, items);
  EXPECT_EQ(world.gc.get_count()[0], 0);
  const Handle more = world.heap.create_tuple(tuple, items);
  EXPECT_EQ(world.gc.get_count()[0], 1);
}

TEST_F(Unwatched, TheCollectorsDebugFlagsSeeEverything) {
  world.gc.set_debug(debug_flag::save_all);
  {
    const Handle a = make();
    link(a, a);
  }
  EXPECT_EQ(world.gc.collect(), 1U);
  EXPECT_EQ(freed_at_once(), 0U);
  EXPECT_EQ(world.gc.garbage_size(), 1U);
  world.gc.clear_garbage();
}

TEST_F(Unwatched, StatisticsAreTold) {
  world.gc.set_debug(debug_flag::stats);
  {
    const Handle a = make();
    link(a, a);
  }
  EXPECT_EQ(world.gc.collect(), 1U);
  EXPECT_EQ(freed_at_once(), 1U);
  ASSERT_FALSE(world.debug_lines.empty());
  EXPECT_EQ(world.debug_lines.back().kind, DebugLine::Kind::done);
  EXPECT_EQ(world.debug_lines.back().numbers[0], 1U);
}

TEST_F(Unwatched, HandlesAreEnoughOnlyIfTheyAreAllThereIs) {
  Handle a = make();
  Handle b = make();
  link(a, b);
  b.reset();
  EXPECT_EQ(world.gc.collect(), 0U);
  EXPECT_EQ(world.heap.statistics().collections_from_handles, 1U);
  // An opaque object refers to things that the collector does not see.
  const Handle opaque = world.heap.create(quiet_opaque);
  {
    const Handle hidden = make();
    link(opaque, hidden);
  }
  EXPECT_EQ(world.gc.collect(), 0U);
  EXPECT_EQ(world.heap.statistics().collections_from_handles, 1U);
  EXPECT_EQ(world.heap.size(), 4U);
}

TEST_F(Unwatched, AYoungCollectionOfWhatHandlesHoldCountsNothing) {
  const Handle old = make();
  world.gc.collect();
  const std::uint64_t before = world.heap.statistics().collections_from_handles;
  const Handle a = make();
  Handle b = make();
  Handle gap = make();
  const Handle c = make();
  gap.reset();
  link(a, b);
  EXPECT_EQ(world.gc.collect(0), 0U);
  EXPECT_EQ(world.heap.statistics().collections_from_handles, before + 1);
  EXPECT_EQ(world.gc.get_objects(1), (std::vector<ObjectId>{a.get(), b.get(), c.get()}));
  // One that no handle holds any more: references have to be counted again.
  b.reset();
  EXPECT_EQ(world.gc.collect(1), 0U);
  EXPECT_EQ(world.heap.statistics().collections_from_handles, before + 1);
  EXPECT_EQ(world.heap.size(), 4U);
  EXPECT_EQ(verdict(), "");
}

// As many references lead out of the trash as its objects own beyond what refers to them.
TEST_F(Unwatched, TrashThatRefersToItselfAndOut) {
  Handle kept = make();
  {
    const Handle a = make();
    const Handle b = make();
    for (int i = 0; i < 5; ++i) link(a, b);
    link(b, a);
    link(b, b);
    for (int i = 0; i < 3; ++i) link(b, kept);
  }
  EXPECT_EQ(world.heap.references(kept.get()), 4U);
  EXPECT_EQ(world.gc.collect(), 2U);
  EXPECT_EQ(freed_at_once(), 2U);
  EXPECT_EQ(world.heap.references(kept.get()), 1U);
  EXPECT_EQ(verdict(), "");
}

// Within deaths that are nested already a part of the garbage is put off until the outermost one ends, and is uncounted
// only then: so the number of allocations tells whether it was freed at once.
TEST_F(Unwatched, GarbageOfACollectionWithinADeathMayBePutOff) {
  constexpr int kLength = 100;
  std::vector<Handle> made;
  world.on('d', [&](ObjectId) {
    {
      const Handle first = make();
      Handle last = make();
      link(first, last);
      for (int i = 2; i < kLength; ++i) {
        Handle next = make();
        link(last, next);
        last = std::move(next);
      }
      link(last, first);
    }
    EXPECT_EQ(world.gc.collect(), static_cast<std::uint64_t>(kLength));
    EXPECT_EQ(world.gc.get_count()[0], 0);
    for (int i = 0; i < 10; ++i) made.push_back(make());
    EXPECT_EQ(world.gc.get_count()[0], 10);
  });
  Handle dies = world.make(world.del, 'd');
  dies.reset();
  // After the collection died two that were put off, one for each 49 that were not, and this one.
  EXPECT_EQ(world.gc.get_count()[0], 10 - 3);
  EXPECT_EQ(freed_at_once(), 0U);
  EXPECT_EQ(world.heap.size(), 10U);
  EXPECT_EQ(verdict(), "");
}

TEST_F(Unwatched, GcGarbageRefersFromOutside) {
  world.gc.set_debug(debug_flag::save_all);
  {
    const Handle a = make();
    link(a, a);
  }
  ASSERT_EQ(world.gc.collect(), 1U);
  world.gc.set_debug(0);
  const std::uint64_t before = world.heap.statistics().collections_from_handles;
  EXPECT_EQ(world.gc.collect(), 0U);
  EXPECT_EQ(world.heap.statistics().collections_from_handles, before);
  EXPECT_EQ(world.heap.size(), 1U);
  world.gc.clear_garbage();
  EXPECT_EQ(world.gc.collect(), 1U);
}

// Counts are kept in a byte each; these do not fit.
TEST_F(Unwatched, CountsAreExactHoweverHigh) {
  for (const int many : {252, 253, 254, 255, 256, 300, 1000}) {
    Handle popular = make();
    const Handle old = make();
    ASSERT_EQ(world.gc.collect(), 0U);
    Handle fan = make();
    for (int i = 0; i < many; ++i) link(fan, popular);
    link(popular, fan);
    std::vector<Handle> handles(static_cast<std::size_t>(many), popular);
    EXPECT_EQ(world.gc.collect(1), 0U);
    EXPECT_EQ(verdict(), "");
    handles.clear();
    fan.reset();
    EXPECT_EQ(verdict(), "");
    // From handles, by counting in a young list, and with an opaque object by counting in the whole heap.
    EXPECT_EQ(world.gc.collect(), 0U);
    link(popular, popular);
    EXPECT_EQ(world.gc.collect(), 0U);
    const Handle opaque = world.heap.create(quiet_opaque);
    EXPECT_EQ(world.gc.collect(), 0U);
    popular.reset();
    EXPECT_EQ(world.gc.collect(), 2U) << many;
  }
}

TEST_F(Unwatched, AYoungCycleWithManyReferencesIsFound) {
  for (const int many : {252, 253, 254, 255, 256, 1000}) {
    const Handle old = make();
    ASSERT_EQ(world.gc.collect(), 0U);
    Handle a = make();
    for (int i = 0; i < many; ++i) link(a, a);
    Handle watch = a;
    a.reset();
    EXPECT_EQ(world.gc.collect(0), 0U);
    watch.reset();
    EXPECT_EQ(world.gc.collect(1), 1U) << many;
  }
}

// The gaps that garbage leaves in a long list are no objects (G8).
TEST_F(Unwatched, SurvivorsAreCountedWithoutGaps) {
  std::vector<Handle> live;
  for (int i = 0; i < 40000; ++i) {
    live.push_back(make());
    if (i % 100 != 0) continue;
    const Handle a = make();
    link(a, a);
  }
  EXPECT_EQ(world.gc.collect(), 400U);
  EXPECT_EQ(world.gc.generation_size(2), 40000U);
  EXPECT_EQ(world.gc.get_objects(2).size(), 40000U);
  EXPECT_EQ(verdict(), "");
  const std::vector<ObjectId> order = world.gc.get_objects(2);
  for (std::size_t i = 0; i < order.size(); ++i) ASSERT_EQ(order[i], live[i].get());
}

// C3: all but one object of a list return to its end, and half of its places are gaps.
TEST_F(Unwatched, AListFullOfGapsHasRoomForThoseThatReturn) {
  constexpr std::size_t kLong = 20000;
  std::vector<Handle> objects{make()};
  const auto room = [&] { return world.heap.statistics().room; };
  // Objects that only count when they are made ask for room when there is none, and not before.
  world.gc.set_threshold(10 * kLong);
  while (objects.size() < kLong || (objects.size() < room() && objects.size() < 2 * kLong)) objects.push_back(make());
  for (std::size_t i = 0; i + 1 < objects.size(); ++i) {
    objects[i].reset();
    objects[i] = make();
  }
  const std::size_t size = objects.size();
  ASSERT_EQ(room(), size);
  Handle newest = objects[size - 2];
  for (const Handle& object : objects) {
    if (object.get() != newest.get()) link(newest, object);
  }
  objects.clear();
  EXPECT_EQ(world.gc.collect(0), 0U);
  EXPECT_EQ(world.gc.generation_size(1), size);
  EXPECT_EQ(verdict(), "");
}

// An object that another one brings back from the unreachable list stands behind all others (C3), in long lists, too.
TEST_F(Unwatched, LongListsKeepTheOrderOfReturns) {
  for (const bool counted : {false, true}) {
    World other;
    other.gc.disable();
    Type type;
    type.name = "quiet";
    const TypeId node = other.heap.define(type);
    type.layout = Layout::opaque;
    const TypeId leaf = other.heap.define(type);
    const Handle opaque = other.heap.create(leaf);
    // What an opaque object refers to, it refers to from outside.
    if (counted) other.heap.append(opaque.get(), other.heap.create(leaf).get());
    std::vector<ObjectId> expected;
    std::vector<ObjectId> returned;
    std::vector<Handle> held;
    constexpr int kPairs = 30000;
    for (int i = 0; i < kPairs; ++i) {
      Handle first = other.heap.create(node);
      Handle second = other.heap.create(node);
      ASSERT_TRUE(other.heap.append(second.get(), first.get()));
      expected.push_back(second.get());
      returned.push_back(first.get());
      held.push_back(std::move(second));
    }
    expected.insert(expected.end(), returned.begin(), returned.end());
    EXPECT_EQ(other.gc.collect(), 0U);
    EXPECT_EQ(other.gc.get_objects(2), expected);
    EXPECT_EQ(other.heap.statistics().collections_from_handles, counted ? 0U : 1U);
    EXPECT_EQ(other.heap.verify(Grade::structural).value_or(""), "");
    for (Handle& handle : held) handle.reset();
  }
}

}  // namespace
}  // namespace cyclegc

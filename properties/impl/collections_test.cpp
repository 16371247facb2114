// Covers: one collection (C1 to C13): order of survivors, legacy finalizers, resurrection, nested collections, what is
// answered. Does not cover: when a collection starts (gc_module_test.cpp).
#include <gtest/gtest.h>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

// Two objects that refer to each other and to nothing else.
void make_cycle(World& world, TypeId type, char first, char second) {
  const Handle a = world.make(type, first);
  const Handle b = world.make(type, second);
  world.link(a, b);
  world.link(b, a);
}

TEST(Collections, FreeCyclesAndCountThem) {
  World world;
  make_cycle(world, world.plain, 'a', 'b');
  make_cycle(world, world.instance, 'c', 'd');
  EXPECT_EQ(world.gc.collect(), 4U);
  EXPECT_EQ(world.happened(), "died a, died b, died c, died d");
  EXPECT_EQ(world.gc.collect(), 0U);
}

TEST(Collections, CountDictionariesOfTheirOwn) {
  World world(Semantics::python3_8());
  make_cycle(world, world.instance, 'a', 'b');
  EXPECT_EQ(world.gc.collect(), 4U);
  EXPECT_EQ(world.heap.size(), 0U);
}

TEST(Collections, SurvivorsChangeTheirOrder) {
  World world;
  const Handle a = world.make('a');
  const Handle b = world.make('b');
  const Handle c = world.make('c');
  // a <- b <- c, held by c alone: a and b are moved out and come back.
  Heap& heap = world.heap;
  heap.append(c.get(), b.get());
  heap.append(b.get(), a.get());
  Handle first = a;
  const_cast<Handle&>(a).reset();
  const_cast<Handle&>(b).reset();
  first.reset();
  EXPECT_EQ(world.gc.collect(), 0U);
  EXPECT_EQ(world.names(2), "cba");
}

TEST(Collections, MergeYoungerListsBehind) {
  World world;
  std::vector<Handle> handles;
  handles.push_back(world.make('a'));
  world.gc.collect(1);
  handles.push_back(world.make('b'));
  world.gc.collect(0);
  handles.push_back(world.make('c'));
  EXPECT_EQ(world.names(2) + world.names(1) + world.names(0), "abc");
  world.gc.collect(2);
  EXPECT_EQ(world.names(2), "acb");
}

TEST(Collections, AReferenceFromAnOpaqueObjectKeepsAlive) {
  World world;
  Handle a = world.make('a');
  Handle box = world.make(world.opaque, 'o');
  world.link(a, box);
  world.link(box, a);
  a.reset();
  box.reset();
  EXPECT_EQ(world.gc.collect(), 0U);
  EXPECT_EQ(world.names(2), "a");
}

TEST(Collections, LegacyFinalizersMakeGarbage) {
  World world;
  make_cycle(world, world.legacy, 'a', 'b');
  {
    Handle d = world.make(world.legacy, 'd');
    const Handle child = world.make('e');
    world.link(d, d);
    world.link(d, child);
  }
  make_cycle(world, world.plain, 'x', 'y');
  EXPECT_EQ(world.gc.collect(), 6U);
  EXPECT_EQ(world.happened(), "died x, died y");
  EXPECT_EQ(world.gc.garbage_size(), 3U);
  EXPECT_EQ(world.names(2), "abde");
  // Taken out, but not out of its cycle: it is found again (B2).
  world.gc.clear_garbage();
  EXPECT_EQ(world.gc.collect(), 4U);
  EXPECT_EQ(world.gc.garbage_size(), 3U);
  Handle a = world.gc.take_garbage(0);
  world.heap.clear(a.get());
  a.reset();
  world.gc.clear_garbage();
  EXPECT_EQ(world.happened(), "del b, died b, del a, died a");
}

TEST(Collections, FinalizersRunBeforeAnythingIsCleared) {
  World world;
  make_cycle(world, world.del, 'a', 'b');
  EXPECT_EQ(world.gc.collect(), 2U);
  EXPECT_EQ(world.happened(), "del a, del b, died a, died b");
}

// Two finalizable cycles; the first one's finalizer saves its object.
std::uint32_t collect_with_resurrection(World& world, Handle& saved) {
  make_cycle(world, world.del, 'a', 'b');
  make_cycle(world, world.del, 'c', 'd');
  world.on('a', [&](ObjectId self) { saved = Handle(world.heap, self); });
  return world.gc.collect();
}

TEST(Resurrection, SavesWhatIsReachable) {
  World world;
  Handle saved;
  EXPECT_EQ(collect_with_resurrection(world, saved), 2U);
  EXPECT_EQ(world.happened(), "del a, del b, del c, del d, died c, died d");
  saved.reset();
  EXPECT_EQ(world.gc.collect(), 2U);
  EXPECT_EQ(world.happened(), "died a, died b");
}

// C9: no finalizer needs to have run.
TEST(Resurrection, ACallbackMayBringBackTheTrash) {
  World world;
  Handle trash = world.make('a');
  world.link(trash, trash);
  const Handle weak = world.weak(trash, 'w');
  const ObjectId id = trash.get();
  Handle saved;
  world.on('w', [&](ObjectId) { saved = Handle(world.heap, id); });
  trash.reset();
  EXPECT_EQ(world.gc.collect(), 0U);
  EXPECT_EQ(world.happened(), "cb w");
  EXPECT_EQ(world.heap.referent(weak.get()), ObjectId{});
  saved.reset();
  EXPECT_EQ(world.gc.collect(), 1U);
  EXPECT_EQ(world.happened(), "died a");
}

TEST(Resurrection, SavesTheWholeSetUpTo38) {
  for (const Counted counted : {Counted::found, Counted::none_if_resurrected}) {
    Semantics rules = Semantics::python3_8();
    rules.counted = counted;
    World world(rules);
    Handle saved;
    EXPECT_EQ(collect_with_resurrection(world, saved), counted == Counted::found ? 4U : 0U);
    EXPECT_EQ(world.happened(), "del a, del b, del c, del d");
    EXPECT_EQ(world.names(2), "abcd");
    EXPECT_EQ(world.gc.collect(), 2U);
    EXPECT_EQ(world.happened(), "died c, died d");
  }
}

TEST(Collections, SaveAllKeepsWhatWouldBeFreed) {
  World world;
  world.gc.set_debug(debug_flag::save_all);
  make_cycle(world, world.del, 'a', 'b');
  EXPECT_EQ(world.gc.collect(), 2U);
  EXPECT_EQ(world.happened(), "del a, del b");
  EXPECT_EQ(world.gc.garbage_size(), 2U);
  EXPECT_EQ(world.names(2), "ab");
}

TEST(Collections, InsideOfOneDoNothing) {
  World world;
  make_cycle(world, world.del, 'a', 'b');
  world.on('a', [&](ObjectId) {
    make_cycle(world, world.plain, 'x', 'y');
    EXPECT_EQ(world.gc.collect(), 0U);
    EXPECT_TRUE(world.gc.get_objects(2).empty());
  });
  EXPECT_EQ(world.gc.collect(), 2U);
  EXPECT_EQ(world.collections, std::vector<int>{2});
  EXPECT_EQ(world.gc.collect(), 2U);
}

TEST(Collections, In312APendingOneRunsInsideOfAnother) {
  for (const bool rechecks : {false, true}) {
    Semantics rules = Semantics::python3_12();
    rules.safepoint_rechecks = rechecks;
    World world(rules);
    world.gc.set_threshold(2);
    make_cycle(world, world.del, 'a', 'b');
    // Becomes pending here, runs in the finalizer below.
    const Handle c = world.make('c');
    make_cycle(world, world.plain, 'x', 'y');
    std::uint32_t nested = 99;
    world.on('a', [&](ObjectId) {
      const Handle d = world.make('d');
      const Handle e = world.make('e');
      const Handle f = world.make('f');
      world.heap.safepoint();
      nested = world.gc.collect(0);
    });
    EXPECT_EQ(world.gc.collect(2), 4U);
    EXPECT_EQ(world.collections, rechecks ? std::vector<int>({2}) : std::vector<int>({2, 0, 0}));
    EXPECT_EQ(nested, 0U);
    EXPECT_EQ(world.heap.size(), 1U);
  }
}

TEST(Collections, ClearingMayKillSurvivorsOfTheSameCollection) {
  World world;
  Handle old_list = world.make('o');
  world.gc.collect(2);
  // Young trash holds the last reference to `o`, which holds a young survivor.
  Handle young = world.make('y');
  world.link(old_list, young);
  young.reset();
  Handle a = world.make('a');
  world.link(a, a);
  world.link(a, old_list);
  old_list.reset();
  a.reset();
  EXPECT_EQ(world.gc.collect(0), 1U);
  EXPECT_EQ(world.happened(), "died a, died o, died y");
  EXPECT_EQ(world.heap.size(), 0U);
}

}  // namespace
}  // namespace cyclegc

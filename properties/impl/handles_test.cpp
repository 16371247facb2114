// Covers: handles, typed handles, slots of every layout, objects of the embedder's own classes, reset. Does not cover:
// the order of deaths (deaths_test.cpp).
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

TEST(Handles, CountWhatTheyHold) {
  World world;
  Handle a = world.make('a');
  EXPECT_EQ(world.gc.refcount(a.get()), 1U);
  {
    const Handle copy = a;
    EXPECT_EQ(world.gc.refcount(a.get()), 2U);
    const Handle moved = std::move(a);
    EXPECT_FALSE(a);
    EXPECT_EQ(world.gc.refcount(moved.get()), 2U);
    a = moved;
    EXPECT_EQ(world.gc.refcount(a.get()), 3U);
  }
  EXPECT_EQ(world.gc.refcount(a.get()), 1U);
  const Handle& same = a;
  a = same;
  EXPECT_EQ(world.gc.refcount(a.get()), 1U);
  a.reset();
  EXPECT_EQ(world.happened(), "died a");
  EXPECT_EQ(world.heap.size(), 0U);
}

TEST(Handles, AssignmentStoresBeforeItReleases) {
  World world;
  Handle variable = world.make(world.del, 'a');
  const Handle b = world.make('b');
  world.on('a', [&](ObjectId) { EXPECT_EQ(variable, b); });
  variable = b;
  EXPECT_EQ(world.happened(), "del a, died a");
}

TEST(Handles, SwapChangesNoCount) {
  World world;
  Handle a = world.make('a');
  Handle b = world.make('b');
  const ObjectId a_id = a.get();
  a.swap(b);
  EXPECT_EQ(b.get(), a_id);
  EXPECT_EQ(world.gc.refcount(a_id), 1U);
}

TEST(Slots, OfANodeGrowAndCloseGaps) {
  World world;
  const Ref<Node> list = make<Node>(world.heap, world.plain);
  std::vector<Handle> values;
  for (char name = 'a'; name <= 'z'; ++name) values.push_back(world.make(name));
  for (const Handle& value : values) EXPECT_TRUE(list->append(value));
  EXPECT_EQ(list->size(), 26U);
  EXPECT_TRUE(list->remove(values[1]));
  EXPECT_FALSE(list->remove(values[1]));
  EXPECT_EQ((*list)[1], values[2].get());
  EXPECT_TRUE(list->store(24, values[0]));
  EXPECT_FALSE(list->store(25, values[0]));
  EXPECT_EQ(world.gc.refcount(values[0].get()), 3U);
  EXPECT_EQ(world.gc.refcount(values[25].get()), 1U);
  EXPECT_TRUE(list->erase(0));
  EXPECT_EQ(list->size(), 24U);
  EXPECT_EQ(world.heap.verify(Grade::whole_heap), std::nullopt);
  list->clear();
  EXPECT_EQ(world.gc.refcount(values[0].get()), 1U);
}

class AttributesTest : public ::testing::TestWithParam<bool> {};

TEST_P(AttributesTest, AreNumberedAndLimited) {
  Semantics rules;
  rules.own_dictionary = GetParam();
  World world(rules);
  const Ref<Instance> object = make<Instance>(world.heap, world.instance);
  const Handle value = world.make('v');
  EXPECT_FALSE(object->store(16, value));
  EXPECT_TRUE(object->store(2, value));
  EXPECT_FALSE((*object)[0]);
  for (int i = 0; i < 15; ++i) EXPECT_TRUE(object->append(value));
  EXPECT_FALSE(object->append(value));
  EXPECT_TRUE(object->erase(7));
  EXPECT_FALSE(object->erase(7));
  EXPECT_TRUE(object->append(value));
  EXPECT_EQ((*object)[7], value.get());
  EXPECT_EQ(world.gc.refcount(value.get()), 17U);
  object->clear();
  EXPECT_EQ(world.gc.refcount(value.get()), 1U);
  EXPECT_EQ(object->size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(BothPlaces, AttributesTest, ::testing::Bool());

TEST(Attributes, ADictionaryIsTrackedWithItsFirstContainer) {
  World world(Semantics::python3_8());
  const Handle object = world.make(world.instance, 'i');
  EXPECT_EQ(world.gc.get_count()[0], 2);
  EXPECT_EQ(world.gc.generation_size(0), 1U);
  world.heap.store(object.get(), 0, world.make(world.opaque, 'o').get());
  EXPECT_EQ(world.gc.generation_size(0), 1U);
  world.heap.store(object.get(), 1, world.make('n').get());
  EXPECT_EQ(world.gc.generation_size(0), 3U);
  const std::vector<ObjectId> referents = world.gc.get_referents(object.get());
  ASSERT_EQ(referents.size(), 1U);
  EXPECT_TRUE(world.gc.is_tracked(referents[0]));
  world.heap.erase(object.get(), 1);
  world.gc.collect(2);
  EXPECT_FALSE(world.gc.is_tracked(referents[0]));
}

// A class of the embedder with a plain C++ handle inside, whose release must not confuse the heap.
class Pair {
 public:
  explicit Pair(int* alive) : alive_(alive) { ++*alive_; }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() { --*alive_; }
  Member left;
  Member right;
  Handle outside;
  void traverse(const Visitor& visit) const {
    visit(left);
    visit(right);
  }
  void detach(References& references) {
    references.take(left);
    references.take(right);
  }

 private:
  int* alive_;
};

TEST(CustomObjects, AreCountedCollectedAndDestroyed) {
  int alive = 0;
  {
    World world;
    const TypeId pairs = world.heap.define(type_of_class<Pair>("pair"));
    Ref<Pair> a = make<Pair>(world.heap, pairs, &alive);
    Ref<Pair> b = make<Pair>(world.heap, pairs, &alive);
    world.heap.store_member(a.get(), a->left, b.get());
    world.heap.store_member(b.get(), b->right, a.get());
    b->outside = world.make('x');
    EXPECT_EQ(world.gc.refcount(a.get()), 2U);
    EXPECT_EQ(world.heap.verify(Grade::whole_heap), std::nullopt);
    b.reset();
    EXPECT_EQ(world.gc.collect(), 0U);
    EXPECT_FALSE(Ref<Node>::is_a(a.handle()));
    a.reset();
    EXPECT_EQ(alive, 2);
    EXPECT_EQ(world.gc.collect(), 2U);
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(world.happened(), "died x");

    Ref<Pair> kept = make<Pair>(world.heap, pairs, &alive);
    world.heap.store_member(kept.get(), kept->left, kept.get());
    kept->outside = kept.handle();
    kept.reset();
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(CustomObjects, ReleaseInTheirOrder) {
  for (const ReleaseOrder order : {ReleaseOrder::first_to_last, ReleaseOrder::last_to_first}) {
    int alive = 0;
    World world;
    const TypeId pairs = world.heap.define(type_of_class<Pair>("pair", order));
    for (const bool in_cycle : {false, true}) {
      Ref<Pair> pair = make<Pair>(world.heap, pairs, &alive);
      Handle left = world.make('l');
      if (in_cycle) world.link(left, pair.handle());
      world.heap.store_member(pair.get(), pair->left, left.get());
      world.heap.store_member(pair.get(), pair->right, world.make('r').get());
      left.reset();
      pair.reset();
      if (in_cycle) world.gc.collect();
      EXPECT_EQ(world.happened(), order == ReleaseOrder::first_to_last ? "died l, died r" : "died r, died l");
    }
  }
}

TEST(Reset, StartsAnewAndKeepsTypes) {
  World world;
  Handle a = world.make('a');
  const Handle b = world.make('b');
  world.link(a, b);
  Handle w = world.weak(b, 'w');
  world.gc.set_threshold(5);
  a.abandon();
  w.abandon();
  Handle forgotten = b;
  forgotten.abandon();
  const_cast<Handle&>(b).abandon();
  world.heap.reset(Semantics::python2_7());
  EXPECT_EQ(world.heap.size(), 0U);
  EXPECT_EQ(world.gc.get_threshold()[0], 700);
  EXPECT_EQ(world.gc.get_count()[0], 0);
  // In 2.7 a finalizer is a legacy one.
  Handle cycle = world.make(world.del, 'd');
  world.link(cycle, cycle);
  cycle.reset();
  EXPECT_EQ(world.gc.collect(), 1U);
  EXPECT_EQ(world.gc.garbage_size(), 1U);
  EXPECT_EQ(world.happened(), "");
}

}  // namespace
}  // namespace cyclegc

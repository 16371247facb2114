// Covers: lists, dicts, tuples and methods of the embedder (N13 to N15, N20, D9), what of them is untracked (G6, G9),
// their free lists (W8). Does not cover: what they share with nodes and instances.
#include <gtest/gtest.h>

#include <array>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

class BuiltIns : public ::testing::Test {
 protected:
  explicit BuiltIns(const Semantics& semantics = {})
      : world(semantics),
        list(define("list", Layout::list)),
        dict(define("dict", Layout::dict)),
        tuple(define("tuple", Layout::tuple)) {}

  TypeId define(const char* name, Layout layout) {
    Type type;
    type.name = name;
    type.layout = layout;
    return world.heap.define(std::move(type));
  }
  Handle make_tuple(const Handle& item) {
    const std::array<ObjectId, 1> items{item.get()};
    return world.heap.create_tuple(tuple, items);
  }

  World world;
  TypeId list;
  TypeId dict;
  TypeId tuple;
};

// Visits and releases its function first, is weakly referred to, and dies by count when what it is bound to is cleared.
TEST_F(BuiltIns, AMethodHoldsAFunctionAndAnObject) {
  const TypeId method = define("method", Layout::method);
  Handle function = world.make('f');
  Handle self = world.make('s');
  Handle bound = world.heap.create_pair(method, function.get(), self.get());
  EXPECT_EQ(world.heap.slot(bound.get(), 0), function.get());
  EXPECT_EQ(world.heap.slot(bound.get(), 1), self.get());
  EXPECT_EQ(world.gc.get_referents(bound.get()), (std::vector<ObjectId>{function.get(), self.get()}));
  EXPECT_FALSE(world.heap.append(bound.get(), self.get()));
  EXPECT_TRUE(world.heap.can_be_weakly_referenced(bound.get()));
  world.link(self, bound);
  function.reset();
  self.reset();
  bound.reset();
  EXPECT_EQ(world.gc.collect(2), 3U);
  EXPECT_EQ(world.heap.size(), 0U);
}

// The exception, its traceback, and the frame where it was caught.
TEST_F(BuiltIns, AFrameAndItsTracebackAreCollected) {
  const TypeId frames = define("frame", Layout::frame);
  const TypeId tracebacks = define("traceback", Layout::traceback);
  Handle exception = world.make('e');
  Handle frame = world.heap.create(frames);
  Handle traceback = world.heap.create_pair(tracebacks, {}, frame.get());
  EXPECT_FALSE(world.heap.can_be_weakly_referenced(frame.get()));
  EXPECT_FALSE(world.heap.store(frame.get(), kAttributes, exception.get()));
  EXPECT_TRUE(world.heap.store(frame.get(), kAttributes - 1, exception.get()));
  EXPECT_EQ(world.heap.slot(frame.get(), kAttributes - 1), exception.get());
  EXPECT_FALSE(world.heap.slot(traceback.get(), 0));
  EXPECT_EQ(world.heap.slot(traceback.get(), 1), frame.get());
  EXPECT_FALSE(world.heap.erase(traceback.get(), 1));
  world.link(exception, traceback);
  exception.reset();
  traceback.reset();
  EXPECT_EQ(world.gc.collect(2), 0U);
  frame.reset();
  EXPECT_EQ(world.gc.collect(2), 3U);
  EXPECT_EQ(world.heap.size(), 0U);
}

class BuiltInsOf2_7 : public BuiltIns {
 protected:
  BuiltInsOf2_7() : BuiltIns(Semantics::python2_7()) {}
};

// N23: what it holds goes when its code has run, though it is resurrected; then it has no slots.
TEST_F(BuiltIns, AGeneratorEndsOnce) {
  Handle kept;
  int ended = 0;
  Type type;
  type.name = "generator";
  type.layout = Layout::generator;
  type.finalize = [&](Heap& heap, ObjectId self) {
    ++ended;
    EXPECT_FALSE(heap.slot(self, 0));
    kept = Handle(heap, self);
  };
  const TypeId generators = world.heap.define(std::move(type));
  Handle generator = world.heap.create(generators);
  EXPECT_TRUE(world.heap.can_be_weakly_referenced(generator.get()));
  {
    Handle node = world.make('n');
    world.link(generator, node);
    EXPECT_TRUE(world.heap.store(node.get(), 0, generator.get()) || world.heap.append(node.get(), generator.get()));
  }
  EXPECT_EQ(world.heap.size(), 2U);
  generator.reset();
  EXPECT_EQ(world.gc.collect(2), 0U);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(world.heap.size(), 1U);
  ASSERT_TRUE(kept);
  EXPECT_FALSE(world.heap.append(kept.get(), kept.get()));
  world.heap.close(kept.get());
  kept.reset();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(world.heap.size(), 0U);
}

// N24: an element's hash decides where it stands; the table grows; each element is there once.
TEST_F(BuiltIns, ASetIsInTheOrderOfItsTable) {
  std::vector<ObjectId> elements;
  Type type;
  type.name = "set";
  type.layout = Layout::set;
  type.hash = [&](const Heap&, ObjectId id) {
    return static_cast<std::uint64_t>(std::find(elements.begin(), elements.end(), id) - elements.begin() + 1);
  };
  const TypeId sets = world.heap.define(std::move(type));
  Handle set = world.heap.create(sets);
  EXPECT_TRUE(world.heap.can_be_weakly_referenced(set.get()));
  std::vector<Handle> nodes;
  for (int i = 0; i < 40; ++i) {
    nodes.push_back(world.make('n'));
    elements.push_back(nodes.back().get());
  }
  for (std::size_t i = nodes.size(); i-- > 0;) {
    world.link(set, nodes[i]);
    world.link(set, nodes[i]);
  }
  EXPECT_EQ(world.gc.get_referents(set.get()), elements);
  EXPECT_EQ(world.heap.references(elements[0]), 2U);
  EXPECT_TRUE(world.heap.remove(set.get(), elements[7]));
  EXPECT_FALSE(world.heap.remove(set.get(), elements[7]));
  EXPECT_FALSE(world.heap.slot(set.get(), 1));
  world.heap.clear(set.get());
  EXPECT_TRUE(world.gc.get_referents(set.get()).empty());
  world.link(set, nodes[3]);
  world.link(nodes[3], set);
  nodes.clear();
  set.reset();
  EXPECT_EQ(world.gc.collect(2), 2U);
  EXPECT_EQ(world.heap.size(), 0U);
}

// N14: a key that is an object is held and seen, too.
TEST_F(BuiltIns, ADictHoldsKeysThatAreObjects) {
  Handle mapping = world.heap.create(dict);
  Handle key = world.make('k');
  Handle value = world.make('v');
  EXPECT_TRUE(world.heap.set_item(mapping.get(), key.get(), value.get()));
  EXPECT_TRUE(world.heap.set_item(mapping.get(), key.get(), key.get()));
  EXPECT_TRUE(world.heap.set_item(mapping.get(), value.get(), mapping.get()));
  EXPECT_TRUE(world.heap.append(mapping.get(), value.get()));
  EXPECT_EQ(world.gc.get_referents(mapping.get()),
            (std::vector<ObjectId>{key.get(), key.get(), mapping.get(), value.get(), value.get()}));
  EXPECT_TRUE(world.heap.delete_item(mapping.get(), key.get()));
  EXPECT_FALSE(world.heap.delete_item(mapping.get(), key.get()));
  key.reset();
  EXPECT_EQ(world.heap.size(), 2U);
  value.reset();
  mapping.reset();
  EXPECT_EQ(world.gc.collect(2), 2U);
  EXPECT_EQ(world.heap.size(), 0U);
}

// In 2.7 its variables are in a frame, and code that has something to do makes a cycle uncollectable.
TEST_F(BuiltInsOf2_7, AGeneratorThatActsIsUncollectable) {
  for (const bool acts : {false, true}) {
    Type type;
    type.name = "generator";
    type.layout = Layout::generator;
    if (acts) type.finalize = [](Heap&, ObjectId) {};
    const TypeId generators = world.heap.define(std::move(type));
    Handle generator = world.heap.create(generators);
    EXPECT_EQ(world.heap.size(), 2U);
    EXPECT_TRUE(world.heap.append(generator.get(), generator.get()));
    generator.reset();
    EXPECT_EQ(world.gc.collect(2), 2U);
    EXPECT_EQ(world.heap.size(), acts ? 2U : 0U);
    EXPECT_EQ(world.heap.size(), acts ? 2U : 0U);
  }
}

TEST_F(BuiltIns, ADictIsTrackedFromItsFirstContainerOn) {
  const Handle mapping = world.heap.create(dict);
  const Handle atom = world.make(world.opaque, 'o');
  EXPECT_FALSE(world.gc.is_tracked(mapping.get()));
  world.link(mapping, atom);
  EXPECT_FALSE(world.gc.is_tracked(mapping.get()));
  {
    const Handle node = world.make('n');
    world.link(mapping, node);
  }
  EXPECT_TRUE(world.gc.is_tracked(mapping.get()));
  EXPECT_TRUE(world.heap.erase(mapping.get(), 1));
  world.gc.collect(1);
  EXPECT_TRUE(world.gc.is_tracked(mapping.get()));
  world.gc.collect(2);
  EXPECT_FALSE(world.gc.is_tracked(mapping.get()));
}

TEST_F(BuiltIns, ATupleOfAtomsIsUntrackedByTheNextCollection) {
  const Handle atom = world.make(world.opaque, 'o');
  const Handle inner = make_tuple(atom);
  const Handle outer = make_tuple(inner);
  const Handle mapping = world.heap.create(dict);
  EXPECT_TRUE(world.gc.is_tracked(inner.get()));
  world.gc.collect(0);
  EXPECT_FALSE(world.gc.is_tracked(inner.get()));
  EXPECT_FALSE(world.gc.is_tracked(outer.get())) << "it stands behind the one that it holds";
  world.link(mapping, outer);
  EXPECT_FALSE(world.gc.is_tracked(mapping.get()));
  EXPECT_EQ(world.gc.generation_size(1), 0U);
}

TEST_F(BuiltIns, ATupleCannotBeChanged) {
  const Handle atom = world.make(world.opaque, 'o');
  const Handle made = make_tuple(atom);
  EXPECT_EQ(world.heap.slot(made.get(), 0), atom.get());
  EXPECT_FALSE(world.heap.append(made.get(), atom.get()));
  EXPECT_FALSE(world.heap.erase(made.get(), 0));
  EXPECT_EQ(world.heap.slot_count(made.get()), 1U);
}

TEST_F(BuiltIns, ADictKeepsTheOrderInWhichKeysWereSet) {
  const Handle mapping = world.heap.create(dict);
  const Handle a = world.make('a');
  const Handle b = world.make('b');
  const Handle c = world.make('c');
  EXPECT_TRUE(world.heap.store(mapping.get(), 5, a.get()));
  EXPECT_TRUE(world.heap.store(mapping.get(), 2, b.get()));
  EXPECT_TRUE(world.heap.store(mapping.get(), 9, c.get()));
  EXPECT_EQ(world.names(world.gc.get_referents(mapping.get())), "abc");
  EXPECT_TRUE(world.heap.erase(mapping.get(), 5));
  EXPECT_TRUE(world.heap.store(mapping.get(), 5, a.get()));
  EXPECT_EQ(world.names(world.gc.get_referents(mapping.get())), "bca");
  EXPECT_EQ(world.heap.slot_count(mapping.get()), 10U);
  EXPECT_EQ(world.heap.slot(mapping.get(), 9), c.get());
  EXPECT_FALSE(world.heap.slot(mapping.get(), 3));
}

TEST_F(BuiltInsOf2_7, ADictKeepsTheOrderOfItsKeys) {
  const Handle mapping = world.heap.create(dict);
  const Handle a = world.make('a');
  const Handle b = world.make('b');
  EXPECT_TRUE(world.heap.store(mapping.get(), 5, a.get()));
  EXPECT_TRUE(world.heap.store(mapping.get(), 2, b.get()));
  EXPECT_EQ(world.names(world.gc.get_referents(mapping.get())), "ba");
}

TEST_F(BuiltIns, AListOfTheFreeListIsNoAllocation) {
  { const Handle first = world.heap.create(list); }
  EXPECT_EQ(world.gc.get_count()[0], 1) << "it went to the free list, and was not freed";
  const Handle second = world.heap.create(list);
  EXPECT_EQ(world.gc.get_count()[0], 1);
  const Handle third = world.heap.create(list);
  EXPECT_EQ(world.gc.get_count()[0], 2);
}

TEST_F(BuiltIns, CyclesOfThemAreCollected) {
  {
    const Handle l = world.heap.create(list);
    const Handle d = world.heap.create(dict);
    world.link(l, d);
    const Handle t = make_tuple(l);
    world.link(d, t);
  }
  EXPECT_EQ(world.gc.collect(2), 3U);
  EXPECT_EQ(world.heap.size(), 0U);
}

}  // namespace
}  // namespace cyclegc

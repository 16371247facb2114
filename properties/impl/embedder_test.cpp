// Covers: what an embedder does to the library in ordinary programs: hooks, closures and custom objects that hold
// handles, hooks that throw, types that go, limits, classes with bases. Does not cover: misuse (hostile_test.cpp).
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "impl/atoms.hpp"
#include "impl/internal/byte_counts.hpp"
#include "impl/internal/slot_pool.hpp"
#include "impl/memory.hpp"
#include "properties/impl/fixture.hpp"
#include "properties/support/sanitized.hpp"

namespace cyclegc {
namespace {

// A class whose payload holds a reference that the collector does not see.
struct Box {
  Member member;
  Handle outside;
  void traverse(const Visitor& visit) const { visit(member); }
  void detach(References& references) { references.take(member); }
};

static_assert(!std::is_copy_constructible_v<Member> && !std::is_copy_assignable_v<Member>);
static_assert(!std::is_copy_constructible_v<Box>);

Type node_type() {
  Type type;
  type.name = "node";
  return type;
}

TEST(Embedder, HooksOfTypesMayHoldHandlesUntilTheHeapGoes) {
  Heap heap;
  const Handle method = heap.create(heap.define(node_type()));
  Type type = node_type();
  type.finalize = [method](Heap&, ObjectId) {};
  static_cast<void>(heap.define(std::move(type)));
}

TEST(Embedder, HooksOfTheHeapMayHoldHandles) {
  auto held = std::make_shared<Handle>();
  Hooks hooks;
  hooks.unraisable = [held](ObjectId, const std::exception_ptr&) {};
  Heap heap({}, std::move(hooks));
  *held = heap.create(heap.define(node_type()));
  held.reset();
}

TEST(Embedder, TheHeapsEndRunsNoCollection) {
  Heap heap;
  GcModule gc(heap);
  const TypeId boxes = heap.define(type_of_class<Box>("box"));
  const TypeId nodes = heap.define(node_type());
  Handle keep = heap.create(nodes);
  Ref<Box> box = make<Box>(heap, boxes);
  {
    const Handle node = heap.create(nodes);
    for (int i = 0; i < 4; ++i) {
      heap.append(keep.get(),
                  heap.create_weak(WeakKind::subreference, node.get(), [](Heap&, ObjectId) {}).handle.get());
    }
    box->outside = node;
  }
  heap.append(keep.get(), box.get());
  heap.append(keep.get(), keep.get());
  // The next container that is made exceeds the threshold: the tuple of W6 would, if the node died.
  while (gc.get_count()[0] < gc.get_threshold()[0]) heap.append(keep.get(), heap.create(nodes).get());
  box.reset();
  keep.reset();
}

TEST(Embedder, ARemovedGcCallbackMayAddOthers) {
  World world;
  int called = 0;
  world.on('a', [&](ObjectId) {
    for (int i = 0; i < 20; ++i) world.gc.add_callback([&called](const GcEvent&) { ++called; });
  });
  Handle a = world.make(world.del, 'a');
  const std::uint32_t first = world.gc.add_callback([a](const GcEvent&) {});
  a.reset();
  world.gc.remove_callback(first);
  EXPECT_EQ(world.happened(), "del a, died a");
  world.gc.collect();
  EXPECT_EQ(called, 40);
}

// What a hook throws is told, and changes nothing else.
TEST(Embedder, HooksMayThrow) {
  int told = 0;
  Hooks hooks;
  hooks.created = [](ObjectId, ObjectId, Role) { throw std::bad_alloc(); };
  hooks.debug = [](const DebugLine&) { throw 1; };
  hooks.collection_began = [](int) { throw 2; };
  hooks.unraisable = [&told](ObjectId, const std::exception_ptr&) {
    ++told;
    throw 3;
  };
  Heap heap({}, std::move(hooks));
  GcModule gc(heap);
  Type type = type_of_class<Box>("box");
  type.released = [](Heap&, ObjectId) { throw 4; };
  const TypeId boxes = heap.define(std::move(type));
  Ref<Box> box = make<Box>(heap, boxes);
  EXPECT_EQ(told, 1);
  heap.store_member(box.get(), box->member, box.get());
  box.reset();
  gc.set_debug(debug_flag::stats);
  EXPECT_EQ(gc.collect(), 1U);
  EXPECT_EQ(heap.size(), 0U);
  EXPECT_EQ(gc.collect(), 0U);
  EXPECT_FALSE(told < 5);
  EXPECT_EQ(heap.verify(Grade::whole_heap).value_or(""), "");
}

TEST(Embedder, AHookMayLookAtADyingObjectThroughAHandle) {
  World world;
  Type type = node_type();
  std::uint32_t seen = 0;
  type.released = [&seen](Heap& heap, ObjectId self) {
    const Handle peek(heap, self);
    ++seen;
  };
  const TypeId peeked = world.heap.define(std::move(type));
  { const Handle alone = world.heap.create(peeked); }
  {
    const Handle leaf = world.heap.create(peeked);
    const Handle owner = world.heap.create(peeked);
    world.link(owner, leaf);
    world.link(owner, owner);
  }
  world.gc.collect();
  EXPECT_EQ(seen, 3U);
  EXPECT_EQ(world.heap.size(), 0U);
}

constexpr int kDeep = cyclecheck::fewer(200'000, 40'000);

TEST(Embedder, ChainsOfClosuresDieWithoutRecursion) {
  Heap heap(Semantics::embedding());
  const Handle keep = heap.create(heap.define(node_type()));
  Handle last;
  for (int i = 0; i < kDeep; ++i) {
    last = heap.create_weak(WeakKind::reference, keep.get(), [last](Heap&, ObjectId) {}).handle;
  }
  last.reset();
  EXPECT_EQ(heap.size(), 1U);
}

TEST(Embedder, ChainsOfHandlesInCustomObjectsDieWithoutRecursion) {
  Heap heap(Semantics::embedding());
  const TypeId boxes = heap.define(type_of_class<Box>("box"));
  Handle last;
  for (int i = 0; i < kDeep; ++i) {
    Ref<Box> box = make<Box>(heap, boxes);
    box->outside = last;
    last = box.handle();
  }
  last.reset();
  EXPECT_EQ(heap.size(), 0U);
}

// Each object's weak reference has a callback that needs the next one; or captures it; or is called with others.
TEST(Embedder, ChainsThroughCallbacksThatRunDieWithoutRecursion) {
  for (const int way : {0, 1, 2}) {
    Heap heap(Semantics::embedding());
    const TypeId nodes = heap.define(node_type());
    int called = 0;
    Handle next;
    for (int i = 0; i < kDeep; ++i) {
      Handle object = heap.create(nodes);
      const auto count = [&called](Heap&, ObjectId) { ++called; };
      const auto count_and_keep = [&called, next](Heap&, ObjectId) { ++called; };
      for (int copies = 0; copies < (way == 2 ? 2 : 1); ++copies) {
        const Heap::Weak weak = way == 1 || !next
                                    ? heap.create_weak(WeakKind::subreference, object.get(), count_and_keep)
                                    : heap.create_weak(WeakKind::subreference, object.get(), count, 0, next.get());
        heap.append(object.get(), weak.handle.get());
      }
      next = std::move(object);
    }
    next.reset();
    EXPECT_EQ(heap.size(), 0U);
    EXPECT_EQ(called, way == 2 ? 2 * kDeep : kDeep);
  }
}

// Garbage of a class is freed all at once, also what its objects do not show, and what their handles held dies after
// it.
struct Hider {
  Member shown;
  Member hidden;
  Handle outside;
  void traverse(const Visitor& visit) const { visit(shown); }
  void detach(References& references) {
    references.take(shown);
    references.take(hidden);
  }
};

TEST(Embedder, GarbageOfAClassIsFreedAtOnce) {
  World world;
  const TypeId hiders = world.heap.define(type_of_class<Hider>("hider"));
  Handle seen = world.make(world.del, 'o');
  Handle leaf = world.make('l');
  Handle hidden = world.make('h');
  {
    std::vector<Ref<Hider>> ring;
    for (int i = 0; i < 10; ++i) ring.push_back(make<Hider>(world.heap, hiders));
    for (std::size_t i = 0; i < 10; ++i) {
      world.heap.store_member(ring[i].get(), ring[i]->shown, ring[(i + 1) % 10].get());
      world.heap.store_member(ring[i].get(), ring[i]->hidden, hidden.get());
    }
    ring[3]->outside = seen;
    ring[4]->outside = leaf;
    world.heap.store_member(ring[5].get(), ring[5]->hidden, leaf.get());
  }
  seen.reset();
  leaf.reset();
  EXPECT_EQ(world.gc.collect(), 10U);
  EXPECT_EQ(world.heap.statistics().freed_at_once, 10U);
  EXPECT_EQ(world.happened(), "died l, del o, died o");
  EXPECT_EQ(world.gc.refcount(hidden.get()), 1U);
}

// Memory that ends when it is told to.
class EndingMemory {
 public:
  EndingMemory() { set_memory(&resize, this); }
  EndingMemory(const EndingMemory&) = delete;
  EndingMemory& operator=(const EndingMemory&) = delete;
  ~EndingMemory() { set_memory(nullptr, nullptr); }
  bool ended = false;

 private:
  static void* resize(void* context, Site /*site*/, void* old, std::size_t /*old_bytes*/, std::size_t bytes) {
    if (bytes == 0) std::free(old);
    return bytes == 0 || static_cast<EndingMemory*>(context)->ended ? nullptr : std::realloc(old, bytes);
  }
};

TEST(Embedder, ACollectionComesBeforeMemoryEnds) {
  EndingMemory memory;
  Heap heap(Semantics::embedding());
  GcModule gc(heap);
  gc.set_threshold(1'000'000);
  const TypeId nodes = heap.define(node_type());
  const auto make_cycles = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const Handle node = heap.create(nodes);
      heap.append(node.get(), node.get());
    }
  };
  make_cycles(100);
  memory.ended = true;
  EXPECT_NO_THROW(make_cycles(10'000));
  gc.disable();
  EXPECT_THROW(make_cycles(10'000), std::bad_alloc);
  EXPECT_EQ(heap.verify(Grade::whole_heap).value_or(""), "");
}

TEST(Embedder, MembersMoveWithTheirReferences) {
  struct List {
    std::vector<Member> members;
    void traverse(const Visitor& visit) const {
      for (const Member& member : members) visit(member);
    }
    void detach(References& references) {
      for (Member& member : members) references.take(member);
    }
  };
  World world;
  const TypeId lists = world.heap.define(type_of_class<List>("list"));
  Ref<List> list = make<List>(world.heap, lists);
  for (const char name : {'a', 'b', 'c'}) {
    world.heap.store_member(list.get(), list->members.emplace_back(), world.make(name).get());
  }
  world.heap.store_member(list.get(), list->members[0], {});
  EXPECT_EQ(world.happened(), "died a");
  list->members.erase(list->members.begin());
  EXPECT_EQ(world.heap.verify(Grade::whole_heap).value_or(""), "");
  list.reset();
  EXPECT_EQ(world.happened(), "died b, died c");
}

TEST(Embedder, TypesGoWhenTheirObjectsAreGone) {
  World world;
  Handle captured = world.make('c');
  Type type = node_type();
  type.finalize = [captured](Heap&, ObjectId) {};
  captured.reset();
  const TypeId mortal = world.heap.define(type);
  type = {};
  Handle object = world.heap.create(mortal);
  EXPECT_FALSE(world.heap.undefine(mortal));
  object.reset();
  EXPECT_TRUE(world.heap.undefine(mortal));
  EXPECT_EQ(world.happened(), "died c");
  EXPECT_EQ(world.heap.define(node_type()), mortal);
}

TEST(Embedder, TypesAreLimited) {
  Heap heap;
  int defined = 0;
  EXPECT_THROW(
      while (true) {
        static_cast<void>(heap.define(node_type()));
        ++defined;
      },
      std::length_error);
  EXPECT_GT(defined, 64'000);
  // Their numbers have 16 bits.
  EXPECT_LT(defined, 65'536);
  Type classic = node_type();
  classic.layout = Layout::classic;
  EXPECT_THROW(static_cast<void>(heap.define(classic)), std::length_error);
}

TEST(Embedder, HoldsOfOneObjectAreLimited) {
  constexpr std::uint32_t kMost = 1000;
  internal::BasicByteCounts<kMost> counts;
  counts.reserve(1);
  for (std::uint32_t i = 0; i < kMost; ++i) counts.increment(0);
  EXPECT_THROW(counts.increment(0), std::length_error);
  EXPECT_EQ(counts[0], kMost);
  for (std::uint32_t i = 0; i < kMost; ++i) counts.decrement(0);
  EXPECT_EQ(counts[0], 0U);
}

TEST(Embedder, SlotsAreLimited) {
  internal::BasicSlotPool<1024> pool;
  const std::uint32_t first = pool.take(512);
  static_cast<void>(pool.take(256));
  EXPECT_THROW(static_cast<void>(pool.take(512)), std::length_error);
  EXPECT_NO_THROW(static_cast<void>(pool.take(256)));
  pool.give_back(first, 512);
  EXPECT_EQ(pool.take(512), first);
}

TEST(Embedder, AtomsMayOutliveTheirTable) {
  Heap heap;
  Handle number;
  Handle text;
  {
    Atoms atoms(heap);
    number = atoms.integer(100'000);
    text = atoms.constant("name");
  }
  number.reset();
  text.reset();
  EXPECT_EQ(heap.size(), 0U);
}

struct Shape {
  Member parent;
  int sides = 0;
  virtual ~Shape() = default;
  void traverse(const Visitor& visit) const { visit(parent); }
  void detach(References& references) { references.take(parent); }
};
struct Named {
  int name = 7;
};
struct Square : Named, Shape {
  Square() { sides = 4; }
};
// The same code as Shape's, and another class.
struct Circle {
  Member parent;
  int sides = 0;
  virtual ~Circle() = default;
  void traverse(const Visitor& visit) const { visit(parent); }
  void detach(References& references) { references.take(parent); }
};

TEST(Embedder, ARefKnowsTheBasesOfItsClass) {
  Heap heap;
  const TypeId squares = heap.define(type_of_class<Square, Shape>("square"));
  const TypeId circles = heap.define(type_of_class<Circle>("circle"));
  const Ref<Square> square = make<Square>(heap, squares);
  const Ref<Shape> shape = square;
  EXPECT_EQ(shape->sides, 4);
  EXPECT_EQ(Ref<Shape>(square.handle())->sides, 4);
  const Ref<Circle> circle = make<Circle>(heap, circles);
  EXPECT_FALSE(Ref<Shape>::is_a(circle.handle()));
  EXPECT_FALSE(Ref<Circle>::is_a(square.handle()));
  EXPECT_FALSE(Ref<Square>::is_a(Handle()));
}

TEST(Embedder, NothingIsAppendedThatIsNotThere) {
  Heap heap;
  const TypeId nodes = heap.define(node_type());
  const Ref<Node> node = make<Node>(heap, nodes);
  EXPECT_FALSE(node->append(Handle()));
  EXPECT_FALSE(node->remove(Handle()));
  EXPECT_FALSE(node->store(0, Handle()));
  EXPECT_EQ(node->size(), 0U);
}

TEST(Embedder, HandlesOfTwoHeapsAreNotEqual) {
  Heap a;
  Heap b;
  const Handle of_a = a.create(a.define(node_type()));
  const Handle of_b = b.create(b.define(node_type()));
  EXPECT_FALSE(of_a == of_b);
  EXPECT_TRUE(of_a == Handle(of_a));
}

}  // namespace
}  // namespace cyclegc

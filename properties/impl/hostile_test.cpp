// Covers: use of the library against its preconditions, which checked builds (impl/check.hpp) report before they end
// the process, and verify() finds. Does not cover: what else then happens in builds without checks.
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
#define CYCLEGC_EXPECT_CAUGHT(statement) EXPECT_DEATH(statement, "cyclegc check failed")
#else
// Without checks the library promises nothing.
#define CYCLEGC_EXPECT_CAUGHT(statement) GTEST_SKIP() << "the library is built without checks"
#endif

// An object of the embedder that does not tell the collector the truth, if it is told not to.
struct Liar {
  enum class Lie : std::uint8_t { none, skips, invents, collects, allocates };
  static inline Lie lie = Lie::none;
  static inline GcModule* gc = nullptr;
  static inline std::function<void()> allocate;
  Member member;

  static CustomOperations operations() {
    CustomOperations custom;
    custom.traverse = [](const void* object, const Visitor& visit) {
      const auto& liar = *static_cast<const Liar*>(object);
      if (lie == Lie::collects) gc->collect();
      if (lie == Lie::allocates) allocate();
      if (lie != Lie::skips) visit(liar.member);
      if (lie == Lie::invents) visit(liar.member);
    };
    custom.detach = [](void* object, References& references) { references.take(static_cast<Liar*>(object)->member); };
    custom.destroy = [](void* object) { delete static_cast<Liar*>(object); };
    return custom;
  }
};

// Says that it shows all.
struct Boaster {
  [[maybe_unused]] static constexpr bool kShowsAllMembers = true;
  Member hidden;
  void traverse(const Visitor&) const {}
  void detach(References& out) { out.take(hidden); }
};

class HostileTest : public testing::Test {
 protected:
  HostileTest() {
    Type type;
    type.name = "liar";
    type.layout = Layout::custom;
    type.custom = Liar::operations();
    liar_ = world_.heap.define(type);
    Liar::lie = Liar::Lie::none;
    Liar::gc = &world_.gc;
  }
  ~HostileTest() override { Liar::lie = Liar::Lie::none; }

  Handle make_liar(const Handle& referent) {
    auto object = std::make_unique<Liar>();
    Liar& liar = *object;
    Handle made = world_.heap.create_custom(liar_, object.get());
    static_cast<void>(object.release());
    world_.heap.store_member(made.get(), liar.member, referent.get());
    return made;
  }

  World world_;
  TypeId liar_;
};

TEST_F(HostileTest, AFinalizerThatThrowsIsReportedAndTheCollectionGoesOn) {
  world_.on('a', [](ObjectId) { throw std::runtime_error("finalizer"); });
  for (const char name : {'a', 'b'}) {
    const Handle object = world_.make(world_.del, name);
    world_.link(object, object);
  }
  EXPECT_EQ(world_.gc.collect(), 2U);
  EXPECT_EQ(world_.unraisable, 1U);
  EXPECT_EQ(world_.happened(), "del a, del b, died a, died b");
}

TEST_F(HostileTest, ACallbackThatThrowsIsReportedAndTheOthersRun) {
  Handle a = world_.make('a');
  const Handle v = world_.weak(a, 'v');
  const Handle w = world_.weak(a, 'w');
  // Whatever it is that is thrown.
  world_.on('w', [](ObjectId) { throw 1; });
  a.reset();
  EXPECT_EQ(world_.unraisable, 1U);
  EXPECT_EQ(world_.happened(), "cb w, cb v, died a");
}

TEST_F(HostileTest, ASkippedEdgeIsFoundByVerify) {
  const Handle b = world_.make('b');
  const Handle a = make_liar(b);
  Liar::lie = Liar::Lie::skips;
  EXPECT_NE(world_.heap.verify(Grade::whole_heap).value_or(""), "");
  // What it does not show is kept: an object is never freed too early for that.
  EXPECT_EQ(world_.gc.collect(), 0U);
}

TEST_F(HostileTest, AnInventedEdgeIsCaught) {
  const Handle b = world_.make('b');
  const Handle a = make_liar(b);
  Liar::lie = Liar::Lie::invents;
  EXPECT_NE(world_.heap.verify(Grade::whole_heap).value_or(""), "");
  Liar::lie = Liar::Lie::none;
  Handle only = world_.make('c');
  const Handle d = make_liar(only);
  only.reset();
  CYCLEGC_EXPECT_CAUGHT({
    Liar::lie = Liar::Lie::invents;
    world_.gc.collect();
  });
}

TEST_F(HostileTest, ACollectionInATraverseIsCaught) {
  const Handle b = world_.make('b');
  const Handle a = make_liar(b);
  CYCLEGC_EXPECT_CAUGHT({
    Liar::lie = Liar::Lie::collects;
    static_cast<void>(world_.gc.get_referrers(b.get()));
  });
}

TEST_F(HostileTest, ACollectionInATraverseOfACollectionIsCaught) {
  Handle b = world_.make('b');
  const Handle a = make_liar(b);
  // What is held need not be looked for.
  b.reset();
  CYCLEGC_EXPECT_CAUGHT({
    Liar::lie = Liar::Lie::collects;
    world_.gc.collect();
  });
}

TEST_F(HostileTest, AnAutomaticCollectionInATraverseIsCaught) {
  const Handle b = world_.make('b');
  const Handle a = make_liar(b);
  world_.gc.set_threshold(1, 10, 10);
  std::vector<Handle> made;
  Liar::allocate = [&] { made.push_back(world_.make('c')); };
  CYCLEGC_EXPECT_CAUGHT({
    Liar::lie = Liar::Lie::allocates;
    static_cast<void>(world_.gc.get_referrers(b.get()));
  });
}

TEST_F(HostileTest, ADoubleReleaseIsCaught) {
  const Handle a = world_.make('a');
  world_.heap.hold(a.get());
  world_.heap.unhold(a.get());
  CYCLEGC_EXPECT_CAUGHT({
    world_.heap.unhold(a.get());
    world_.heap.unhold(a.get());
  });
}

TEST_F(HostileTest, AHandleOfAnotherHeapIsCaught) {
  World other;
  std::vector<Handle> many;
  for (int i = 0; i < 10; ++i) many.push_back(other.make('o'));
  const Handle a = world_.make('a');
  CYCLEGC_EXPECT_CAUGHT(world_.heap.append(a.get(), many.back().get()));
}

TEST_F(HostileTest, AHandleOfAnotherHeapIsCaughtThoughItsIndexIsHere) {
  World other;
  const Handle foreign = other.make('o');
  const Handle a = world_.make('a');
  CYCLEGC_EXPECT_CAUGHT(world_.heap.append(a.get(), foreign.get()));
}

TEST_F(HostileTest, AnObjectThatWasFreedIsCaught) {
  const Handle a = world_.make('a');
  [[maybe_unused]] const ObjectId gone = world_.make('b').get();
  CYCLEGC_EXPECT_CAUGHT(world_.heap.append(a.get(), gone));
  CYCLEGC_EXPECT_CAUGHT(static_cast<void>(world_.heap.references(gone)));
  CYCLEGC_EXPECT_CAUGHT(static_cast<void>(world_.heap.slot_count(gone)));
  CYCLEGC_EXPECT_CAUGHT(static_cast<void>(world_.gc.is_tracked(gone)));
}

TEST_F(HostileTest, AFreedObjectWhosePlaceIsTakenIsCaught) {
  [[maybe_unused]] const ObjectId gone = world_.make('b').get();
  const Handle there = world_.make('c');
  ASSERT_EQ(there.get().index, gone.index);
  CYCLEGC_EXPECT_CAUGHT(static_cast<void>(world_.heap.references(gone)));
}

TEST_F(HostileTest, AHandleThatOutlivesItsHeapIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    Handle outlives;
    const World world;
    outlives = Handle(const_cast<Heap&>(world.heap), {});
    outlives = const_cast<World&>(world).make('a');
  });
}

TEST_F(HostileTest, AHandleToADyingObjectThatIsKeptIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    Handle kept;
    Type type;
    type.name = "node";
    type.released = [&kept](Heap& heap, ObjectId self) { kept = Handle(heap, self); };
    const TypeId keeps = world_.heap.define(std::move(type));
    { const Handle dies = world_.heap.create(keeps); }
  });
}

TEST_F(HostileTest, AHookThatChangesTheHeapIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    Type type;
    type.name = "node";
    type.released = [this](Heap&, ObjectId) { static_cast<void>(world_.make('x')); };
    const TypeId makes = world_.heap.define(std::move(type));
    { const Handle dies = world_.heap.create(makes, 1); }
  });
}

// What it looked at before changes nothing about that.
TEST_F(HostileTest, AHookThatLooksAtAnObjectAndThenChangesTheHeapIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    struct Shown {
      Member to;
      void traverse(const Visitor& visit) const { visit(to); }
      void detach(References& out) { out.take(to); }
    };
    const TypeId shown = world_.heap.define(type_of_class<Shown>("shown"));
    const Ref<Shown> seen = make<Shown>(world_.heap, shown);
    Type type;
    type.name = "node";
    type.released = [&](Heap& heap, ObjectId) {
      static_cast<void>(heap.verify(Grade::whole_heap));
      static_cast<void>(world_.make('x'));
    };
    const TypeId makes = world_.heap.define(std::move(type));
    { const Handle dies = world_.heap.create(makes, 1); }
  });
}

TEST_F(HostileTest, AMemberThatDetachForgetsIsCaught) {
  struct Forgetful {
    Member kept;
    void traverse(const Visitor& visit) const { visit(kept); }
    void detach(References&) {}
  };
  CYCLEGC_EXPECT_CAUGHT({
    const TypeId types = world_.heap.define(type_of_class<Forgetful>("forgetful"));
    Ref<Forgetful> object = make<Forgetful>(world_.heap, types);
    world_.heap.store_member(object.get(), object->kept, world_.make('a').get());
    object.reset();
  });
}

TEST_F(HostileTest, AClassThatShowsLessThanItSaysIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    const TypeId types = world_.heap.define(type_of_class<Boaster>("boaster"));
    Ref<Boaster> object = make<Boaster>(world_.heap, types);
    world_.heap.store_member(object.get(), object->hidden, world_.make('a').get());
    object.reset();
  });
}

TEST_F(HostileTest, AnOperationThatThrowsEndsTheProcessWithItsType) {
  struct Thrower {
    Member member;
    void traverse(const Visitor&) const { throw 1; }
    void detach(References&) {}
  };
  const TypeId types = world_.heap.define(type_of_class<Thrower>("thrower"));
  const Ref<Thrower> object = make<Thrower>(world_.heap, types);
  EXPECT_DEATH(static_cast<void>(world_.gc.get_referents(object.get())), "traverse threw: .*'thrower'");
}

TEST_F(HostileTest, AHeapDestroyedInAWeakReferencesCallbackIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    auto* heap = new Heap;
    Type type;
    type.name = "node";
    Handle object = heap->create(heap->define(type));
    const Handle weak =
        heap->create_weak(WeakKind::reference, object.get(), [](Heap& self, ObjectId) { delete &self; }).handle;
    object.reset();
  });
}

TEST_F(HostileTest, AHeapDestroyedInAGcCallbackIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    auto* heap = new Heap;
    GcModule gc(*heap);
    gc.add_callback([heap](const GcEvent&) { delete heap; });
    gc.collect();
  });
}

TEST_F(HostileTest, AHeapDestroyedInAFinalizerIsCaught) {
  CYCLEGC_EXPECT_CAUGHT({
    auto* heap = new Heap;
    Type type;
    type.name = "node";
    type.finalize = [](Heap& self, ObjectId) { delete &self; };
    Handle object = heap->create(heap->define(type));
    object.reset();
  });
}

}  // namespace
}  // namespace cyclegc

// Covers: weak references, proxies and their callbacks (W1 to W9), in deaths and in collections (C7).
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

TEST(WeakReferences, WithoutCallbackAreShared) {
  World world;
  const Handle a = world.make('a');
  const Handle w = world.weak_without_callback(a, 'w');
  EXPECT_EQ(world.weak_without_callback(a, 'x'), w);
  const Handle p = world.weak_without_callback(a, 'p', WeakKind::proxy);
  EXPECT_NE(p.get(), w.get());
  EXPECT_EQ(world.weak_without_callback(a, 'q', WeakKind::proxy), p);
  const Handle s = world.weak_without_callback(a, 's', WeakKind::subreference);
  EXPECT_NE(world.weak_without_callback(a, 't', WeakKind::subreference).get(), s.get());
  EXPECT_EQ(world.heap.weak_kind(p.get()), WeakKind::proxy);
  EXPECT_EQ(world.heap.referent(w.get()), a.get());
}

TEST(WeakReferences, CallbacksRunNewestFirstAfterAllAreCleared) {
  World world;
  Handle a = world.make('a');
  const Handle plain = world.weak_without_callback(a, 'p');
  const Handle x = world.weak(a, 'x');
  const Handle y = world.weak(a, 'y', WeakKind::proxy);
  const Handle z = world.weak(a, 'z', WeakKind::subreference);
  world.on('z', [&](ObjectId) {
    for (const Handle* weak : {&plain, &x, &y, &z}) EXPECT_FALSE(world.heap.referent(weak->get()));
    throw std::runtime_error("callback");
  });
  a.reset();
  EXPECT_EQ(world.happened(), "cb z, cb y, cb x, died a");
  EXPECT_EQ(world.unraisable, 1U);
}

TEST(WeakReferences, HoldTheirOwnWhileACallbackRuns) {
  World world;
  Handle a = world.make('a');
  Handle w = world.weak(a, 'w');
  world.on('w', [&](ObjectId self) {
    w.reset();
    EXPECT_TRUE(world.heap.exists(self));
  });
  a.reset();
  EXPECT_EQ(world.happened(), "cb w, died a");
  EXPECT_EQ(world.heap.size(), 0U);
}

TEST(WeakReferences, ADroppedOneCallsNobody) {
  World world;
  Handle a = world.make('a');
  world.weak(a, 'w').reset();
  a.reset();
  EXPECT_EQ(world.happened(), "died a");
}

TEST(WeakReferences, SeveralAreHeldByATuple) {
  World world;
  Handle a = world.make('a');
  const Handle x = world.weak(a, 'x');
  Handle bare = world.weak_without_callback(a, 's', WeakKind::subreference);
  const Handle y = world.weak(a, 'y');
  world.on('y', [&](ObjectId self) {
    const std::vector<ObjectId> referrers = world.gc.get_referrers(self);
    ASSERT_EQ(referrers.size(), 1U);
    EXPECT_EQ(world.gc.get_referents(referrers[0]).size(), 3U);
    // The tuple holds weak references without a callback as well.
    const ObjectId id = bare.get();
    bare.reset();
    EXPECT_TRUE(world.heap.exists(id));
  });
  a.reset();
  EXPECT_EQ(world.happened(), "cb y, cb x, died a");
  // The tuple went to the free list and still counts (W8): x, y and the tuple.
  EXPECT_EQ(world.gc.get_count()[0], 3);
  world.gc.collect();
  EXPECT_EQ(world.gc.get_count()[0], 0);
}

TEST(WeakReferences, StillAnswerInTheFinalizerAtDeath) {
  for (const bool pep442 : {true, false}) {
    Semantics rules = pep442 ? Semantics::python3_11() : Semantics::python2_7();
    World world(rules);
    Handle a = world.make(world.del, 'a');
    const Handle w = world.weak(a, 'w');
    world.on('a', [&](ObjectId) { EXPECT_EQ(static_cast<bool>(world.heap.referent(w.get())), pep442); });
    a.reset();
    EXPECT_EQ(world.happened(), pep442 ? "del a, cb w, died a" : "cb w, del a, died a");
  }
}

TEST(WeakReferences, MadeInAFinalizerDoNotOutliveTheObject) {
  World world(Semantics::python2_7());
  Handle a = world.make(world.del, 'a');
  Handle late;
  world.on('a', [&](ObjectId self) { late = world.weak(Handle(world.heap, self), 'l'); });
  a.reset();
  EXPECT_EQ(world.happened(), "del a, died a");
  EXPECT_FALSE(world.heap.referent(late.get()));
}

TEST(WeakReferences, OfTrashAreClearedBeforeAnyCallback) {
  World world;
  Handle a = world.make('a');
  Handle b = world.make(world.del, 'b');
  world.link(a, b);
  world.link(b, a);
  const Handle wa = world.weak(a, 'x');
  const Handle wb = world.weak(b, 'y');
  world.on('x', [&](ObjectId) { EXPECT_FALSE(world.heap.referent(wb.get())); });
  // One that is trash itself gets no callback.
  world.link(a, world.weak(b, 'z'));
  a.reset();
  b.reset();
  EXPECT_EQ(world.gc.collect(), 3U);
  EXPECT_EQ(world.happened(), "cb x, cb y, del b, died a, died b");
  EXPECT_EQ(world.names(2), "xy");
}

TEST(WeakReferences, ThatDieAfterTheirCallbackAreCounted) {
  World world;
  Handle a = world.make('a');
  world.link(a, a);
  Handle w = world.weak(a, 'w');
  world.on('w', [&](ObjectId) { w.reset(); });
  a.reset();
  EXPECT_EQ(world.gc.collect(), 2U);
  EXPECT_EQ(world.heap.size(), 0U);
}

TEST(WeakReferences, CallbacksMayCaptureHandles) {
  {
    World world;
    Handle a = world.make('a');
    Handle captured = world.make('c');
    Handle w = world.heap.create_weak(WeakKind::reference, a.get(), [captured](Heap&, ObjectId) {}).handle;
    captured.reset();
    w.reset();
    EXPECT_EQ(world.happened(), "died c");
    Handle d = world.make(world.del, 'd');
    w = world.heap.create_weak(WeakKind::reference, a.get(), [d](Heap&, ObjectId) {}).handle;
    d.reset();
    w.abandon();
    a.abandon();
    // Destroying the heap releases what callbacks captured, in silence.
    world.heap.reset({});
    EXPECT_EQ(world.happened(), "");
  }
}

TEST(WeakReferences, AnAllocationMayChangeTheListBetween) {
  // The collection in the allocation of a callback makes and removes weak references to the same object.
  World world;
  Handle a = world.make('a');
  Handle trash = world.make(world.del, 't');
  world.link(trash, trash);
  Handle inner;
  world.on('t', [&](ObjectId) { inner = world.weak_without_callback(a, 'i', WeakKind::proxy); });
  trash.reset();
  world.gc.set_threshold(1, 1000, 1000);
  const Heap::Weak made = world.heap.create_weak(WeakKind::proxy, a.get());
  EXPECT_FALSE(made.created);
  EXPECT_EQ(made.handle, inner);
}

// A weak reference whose callback needs an object (W9).
Handle weak_with(World& world, const Handle& referent, const Handle& object, char name,
                 WeakKind kind = WeakKind::reference) {
  auto callback = [&world](Heap&, ObjectId self) { world.note(std::string("cb ") + world.name(self)); };
  return world.heap.create_weak(kind, referent.get(), callback, static_cast<unsigned char>(name), object.get()).handle;
}

TEST(WeakReferences, WhatACallbackNeedsIsSeenByTheCollector) {
  World world;
  Handle x = world.make('x');
  Handle w = weak_with(world, x, x, 'w');
  EXPECT_EQ(world.heap.references(x.get()), 2U);
  EXPECT_EQ(world.names(world.gc.get_referents(w.get())), "x");
  EXPECT_EQ(world.names(world.gc.get_referrers(x.get())), "w");
  world.link(x, w);
  w.reset();
  x.reset();
  EXPECT_EQ(world.gc.collect(2), 2U);
  EXPECT_EQ(world.happened(), "died x");
  EXPECT_EQ(world.heap.size(), 0U);
}

TEST(WeakReferences, WhatACallbackNeedsLivesUntilItRan) {
  for (const int others : {0, 1}) {
    World world;
    Handle a = world.make('a');
    Handle b = world.make('b');
    const Handle w = weak_with(world, a, b, 'w');
    const Handle v = others == 0 ? Handle{} : weak_with(world, a, b, 'v', WeakKind::proxy);
    b.reset();
    a.reset();
    EXPECT_EQ(world.happened(), others == 0 ? "cb w, died b, died a" : "cb v, cb w, died b, died a");
  }
}

TEST(WeakReferences, WhatACallbackNeedsIsReleasedWithIt) {
  for (const WeakKind kind : {WeakKind::reference, WeakKind::subreference, WeakKind::proxy}) {
    World world;
    const Handle a = world.make('a');
    Handle b = world.make('b');
    Handle w = weak_with(world, a, b, 'w', kind);
    b.reset();
    EXPECT_EQ(world.happened(), "");
    w.reset();
    EXPECT_EQ(world.happened(), "died b");
    // As trash: the weak reference goes first, since it is younger than nothing else in the cycle.
    b = world.make('c');
    w = weak_with(world, a, b, 'w', kind);
    world.link(b, w);
    b.reset();
    w.reset();
    EXPECT_EQ(world.gc.collect(0), 2U);
    EXPECT_EQ(world.happened(), "died c");
  }
}

TEST(WeakReferences, ChainsOfCallbacksAreNotTooLong) {
  World world;
  const Handle a = world.make('a');
  Handle last;
  for (int i = 0; i < 100'000; ++i) {
    Handle next = world.make('n');
    if (last) world.link(next, last);
    last = weak_with(world, a, next, 'w');
  }
  last.reset();
  EXPECT_EQ(world.heap.size(), 1U);
}

}  // namespace
}  // namespace cyclegc

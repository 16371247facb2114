// Covers: that verify() finds damage, in the grade that promises it. Does not cover: that it accepts sound heaps; every
// other test of this folder does, at its end.
#include <gtest/gtest.h>

#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace internal {

class HeapPeer {
 public:
  static Cell& cell(Heap& heap, const Handle& handle) { return heap.cells_[handle.get().index]; }
  static Order& list(Heap& heap, ListId id) { return heap.lists_[static_cast<std::size_t>(id)]; }
  static GcState& state(Heap& heap) { return heap.gc_; }
  static Id& weak_head(Heap& heap, const Handle& handle) { return heap.weak_heads_[handle.get().index]; }
  static std::size_t& live(Heap& heap) { return heap.live_; }
  static std::size_t& dicts(Heap& heap) { return heap.dicts_; }
  static std::size_t& tuples(Heap& heap) { return heap.tuples_; }
  static Vector<Id>& scratch(Heap& heap) { return heap.scratch_young_; }
};

}  // namespace internal

namespace {

using internal::HeapPeer;
using internal::ListId;

std::string verdict(const Heap& heap, Grade grade) { return heap.verify(grade).value_or(""); }

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() : a(world.make('a')), b(world.make('b')), w(world.weak(a, 'w')) { world.link(a, b); }

  World world;
  Handle a;
  Handle b;
  Handle w;
};

TEST_F(VerifyTest, ASoundHeap) {
  for (const Grade grade : {Grade::cheap, Grade::structural, Grade::whole_heap})
    EXPECT_EQ(verdict(world.heap, grade), "");
}

TEST_F(VerifyTest, FindsACountThatIsTooHigh) {
  ++HeapPeer::cell(world.heap, b).refs;
  EXPECT_EQ(verdict(world.heap, Grade::structural), "");
  EXPECT_EQ(verdict(world.heap, Grade::whole_heap), "object 1 of type node has count 3, but 2 references");
  --HeapPeer::cell(world.heap, b).refs;
}

TEST_F(VerifyTest, FindsACountThatIsTooLow) {
  --HeapPeer::cell(world.heap, b).refs;
  EXPECT_EQ(verdict(world.heap, Grade::whole_heap), "object 1 of type node has count 1, but 2 references");
  ++HeapPeer::cell(world.heap, b).refs;
}

TEST_F(VerifyTest, FindsADeadObjectThatIsNotFreed) {
  Handle opaque = world.make(world.opaque, 'o');
  HeapPeer::cell(world.heap, opaque).refs = 0;
  EXPECT_EQ(verdict(world.heap, Grade::cheap), "");
  EXPECT_EQ(verdict(world.heap, Grade::structural), "an object without references is not freed (object 3)");
  HeapPeer::cell(world.heap, opaque).refs = 1;
}

TEST_F(VerifyTest, FindsAWrongPlace) {
  std::swap(HeapPeer::cell(world.heap, a).place, HeapPeer::cell(world.heap, b).place);
  EXPECT_EQ(verdict(world.heap, Grade::cheap), "");
  EXPECT_EQ(verdict(world.heap, Grade::structural), "an object is at another place than it says (object 0)");
  std::swap(HeapPeer::cell(world.heap, a).place, HeapPeer::cell(world.heap, b).place);
}

TEST_F(VerifyTest, FindsAWrongListSize) {
  ++HeapPeer::list(world.heap, ListId::generation1).live;
  EXPECT_EQ(verdict(world.heap, Grade::cheap), "a list has more objects than places");
  --HeapPeer::list(world.heap, ListId::generation1).live;
  --HeapPeer::list(world.heap, ListId::generation0).live;
  EXPECT_EQ(verdict(world.heap, Grade::structural), "the size of a list is 3, not 2");
  ++HeapPeer::list(world.heap, ListId::generation0).live;
}

TEST_F(VerifyTest, FindsALostWeakReference) {
  const internal::Id head = std::exchange(HeapPeer::weak_head(world.heap, a), internal::kNone);
  EXPECT_EQ(verdict(world.heap, Grade::structural), "an object claims weak references (object 0)");
  HeapPeer::weak_head(world.heap, a) = head;
}

TEST_F(VerifyTest, FindsACounterThatIsOff) {
  HeapPeer::state(world.heap).count[1] = -1;
  EXPECT_EQ(verdict(world.heap, Grade::cheap), "a generation's count is negative");
  HeapPeer::state(world.heap).count[1] = 0;
  --HeapPeer::live(world.heap);
  EXPECT_EQ(verdict(world.heap, Grade::cheap), "more tracked objects than objects");
  ++HeapPeer::live(world.heap);
}

TEST_F(VerifyTest, CountsDictsAndTuplesAgain) {
  ++HeapPeer::dicts(world.heap);
  EXPECT_EQ(verdict(world.heap, Grade::structural), "the number of dicts is 1, not 0");
  --HeapPeer::dicts(world.heap);
  ++HeapPeer::tuples(world.heap);
  EXPECT_EQ(verdict(world.heap, Grade::structural), "the number of tuples is 1, not 0");
  --HeapPeer::tuples(world.heap);
}

TEST_F(VerifyTest, FindsATableThatIsShorterThanDeathsAndCollectionsNeed) {
  auto none = internal::vector_for<internal::Id>(Site::scratch);
  HeapPeer::scratch(world.heap).swap(none);
  EXPECT_EQ(verdict(world.heap, Grade::cheap), "there is no room for what a collection examines");
  HeapPeer::scratch(world.heap).swap(none);
  internal::Order short_list(internal::memory_source);
  std::swap(HeapPeer::list(world.heap, ListId::permanent), short_list);
  EXPECT_EQ(verdict(world.heap, Grade::cheap), "there is no room in a list");
  std::swap(HeapPeer::list(world.heap, ListId::permanent), short_list);
}

// A class that does not tell the collector everything.
class Liar {
 public:
  Member told;
  Member hidden;
  void traverse(const Visitor& visit) const { visit(told); }
  void detach(References& references) {
    references.take(told);
    references.take(hidden);
  }
};

TEST_F(VerifyTest, FindsATraverseFunctionThatForgetsAMember) {
  const TypeId liars = world.heap.define(type_of_class<Liar>("liar"));
  const Ref<Liar> liar = make<Liar>(world.heap, liars);
  world.heap.store_member(liar.get(), liar->hidden, b.get());
  EXPECT_EQ(verdict(world.heap, Grade::whole_heap), "object 1 of type node has count 3, but 2 references");
}

TEST_F(VerifyTest, AcceptsAHeapInTheMiddleOfADeath) {
  Handle d = world.make(world.del, 'd');
  world.link(b, d);
  world.link(d, world.make(world.legacy, 'e'));
  for (const char name : {'d', 'e'}) {
    world.on(name, [&](ObjectId) { EXPECT_EQ(verdict(world.heap, Grade::whole_heap), ""); });
  }
  d.reset();
  w.reset();
  b.reset();
  a.reset();
  EXPECT_EQ(world.happened(), "died a, died b, del d, died d, del e, died e");
}

}  // namespace
}  // namespace cyclegc

// Covers: drops that are released later: O(1), a budget for each call, safepoints, collections and the end of a
// program, weak references and finalizers of what waits, code of the embedder in between, and random graphs that are
// dropped both ways. Does not cover: deaths that are not put off.
#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cyclegc/runtime.hpp"

namespace cyclegc {
namespace {

std::size_t destroyed = 0;

struct Node {
  static constexpr bool kShowsAllMembers = true;
  Member members[3];
  Handle own;
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() { ++destroyed; }
  void traverse(const Visitor& visit) const {
    for (const Member& member : members) visit(member);
  }
  void detach(References& out) {
    for (Member& member : members) out.take(member);
  }
};

class Lazily : public testing::Test {
 protected:
  Lazily() : runtime({.released_objects = 1000}) {
    destroyed = 0;
    nodes = runtime.define(type_of_class<Node>("node"));
  }
  void link(const Ref<Node>& from, std::size_t member, ObjectId to) {
    runtime.store_member(from.get(), from->members[member], to);
  }
  Ref<Node> list_of(std::size_t size) {
    Ref<Node> list;
    for (std::size_t i = 0; i < size; ++i) {
      Ref<Node> node = make<Node>(runtime, nodes);
      link(node, i % 3, list.get());
      list = std::move(node);
    }
    return list;
  }
  [[nodiscard]] std::string verdict() const { return runtime.verify(Grade::whole_heap).value_or(""); }

  Runtime runtime;
  TypeId nodes;
};

TEST_F(Lazily, AListGoesPieceByPiece) {
  constexpr std::size_t kSize = 1'000'000;
  Ref<Node> list = list_of(kSize);
  const std::uint64_t steps = runtime.steps();
  list.reset_later();
  EXPECT_EQ(runtime.steps(), steps);
  EXPECT_EQ(destroyed, 0U);
  EXPECT_EQ(runtime.numbers().waiting_objects, 1U);
  EXPECT_EQ(runtime.size(), kSize);
  EXPECT_EQ(runtime.release_some(10), 10U);
  EXPECT_EQ(destroyed, 10U);
  EXPECT_EQ(runtime.size(), kSize - 10);
  EXPECT_EQ(verdict(), "");
  for (int i = 0; i < 5; ++i) runtime.safepoint();
  EXPECT_EQ(destroyed, 5010U);
  // What is alive meanwhile is told apart from what waits.
  const Ref<Node> alive = list_of(10);
  EXPECT_EQ(runtime.release_some(0), 0U);
  EXPECT_EQ(runtime.release_some(2 * kSize), kSize - 5010);
  EXPECT_EQ(destroyed, kSize);
  EXPECT_EQ(runtime.size(), 10U);
  EXPECT_EQ(runtime.release_some(1), 0U);
}

TEST_F(Lazily, NothingWaitsThatIsStillReferredTo) {
  Ref<Node> list = list_of(10);
  Ref<Node> again = list;
  list.reset_later();
  EXPECT_EQ(runtime.waiting_objects(), 0U);
  EXPECT_EQ(runtime.references(again.get()), 1U);
  again.reset_later();
  EXPECT_EQ(runtime.waiting_objects(), 1U);
  Ref<Node>().reset_later();
}

TEST_F(Lazily, FullCollectionsAndTheEndReleaseAll) {
  Ref<Node> list = list_of(1000);
  const Ref<Node> ring = make<Node>(runtime, nodes);
  link(ring, 0, ring.get());
  // A ring that only what waits refers to.
  Ref<Node> owner = make<Node>(runtime, nodes);
  {
    const Ref<Node> inner = make<Node>(runtime, nodes);
    link(inner, 0, inner.get());
    link(owner, 0, inner.get());
  }
  owner.reset_later();
  list.reset_later();
  // Of the heap's own module: it takes what waits for alive.
  EXPECT_EQ(GcModule(runtime).collect(), 0U);
  EXPECT_EQ(runtime.waiting_objects(), 2U);
  EXPECT_EQ(verdict(), "");
  EXPECT_EQ(runtime.collect(), 1U);
  EXPECT_EQ(runtime.size(), 1U);
  list = list_of(10);
  list.reset_later();
  EXPECT_TRUE(runtime.finish());
  EXPECT_EQ(runtime.size(), 1U);
}

TEST_F(Lazily, MemoryThatEndsReleasesAll) {
  struct Limited {
    bool ended = false;
    static void* resize(void* context, Site, void* old, std::size_t, std::size_t bytes) {
      if (bytes == 0) std::free(old);
      return bytes == 0 || static_cast<Limited*>(context)->ended ? nullptr : std::realloc(old, bytes);
    }
  } limited;
  Runtime small({.memory = {&Limited::resize, &limited}});
  const TypeId type = small.define(type_of_class<Node>("node"));
  std::vector<Ref<Node>> held;
  while (small.size() < kFirstObjects) held.push_back(make<Node>(small, type));
  limited.ended = true;
  EXPECT_THROW(static_cast<void>(make<Node>(small, type)), std::bad_alloc);
  for (Ref<Node>& node : held) node.reset_later();
  EXPECT_EQ(small.size(), kFirstObjects);
  EXPECT_TRUE(make<Node>(small, type));
}

TEST_F(Lazily, WeakReferencesAnswerNoneAtOnceAndCallBackLater) {
  std::vector<std::string> log;
  Ref<Node> inner = make<Node>(runtime, nodes);
  Ref<Node> outer = make<Node>(runtime, nodes);
  link(outer, 0, inner.get());
  Ref<Node> big = list_of(100);
  const WeakRef<Node> to_outer(outer, [&](Heap&, ObjectId) {
    log.emplace_back("outer");
    // Dies at once, although this runs inside of a release of one object.
    big.reset();
  });
  const WeakRef<Node> to_inner(inner, [&](Heap&, ObjectId) { log.emplace_back("inner"); });
  inner.reset();
  outer.reset_later();
  EXPECT_FALSE(to_outer.lock());
  EXPECT_TRUE(to_inner.lock());
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(runtime.release_some(1), 1U);
  EXPECT_EQ(log, std::vector<std::string>{"outer"});
  EXPECT_EQ(destroyed, 101U);
  EXPECT_FALSE(to_inner.lock());
  EXPECT_EQ(runtime.release_some(1), 1U);
  EXPECT_EQ(log.size(), 2U);
  EXPECT_EQ(verdict(), "");
}

TEST_F(Lazily, FinalizersAndHandlesInsideOfObjects) {
  int finalized = 0;
  Type type = type_of_class<Node>("late");
  type.finalize = [&](Heap&, ObjectId) { ++finalized; };
  const TypeId late = runtime.define(std::move(type));
  Ref<Node> first = make<Node>(runtime, late);
  {
    const Ref<Node> held = list_of(50);
    first->own = held.handle();
  }
  first.reset_later();
  EXPECT_EQ(runtime.release_some(5), 1U);
  EXPECT_EQ(runtime.numbers().queued_finalizers, 1U);
  EXPECT_EQ(destroyed, 0U);
  runtime.safepoint();
  EXPECT_EQ(finalized, 1);
  // It died at once, when its finalizer was over; what it held did, too.
  EXPECT_EQ(destroyed, 51U);
  Ref<Node> second = make<Node>(runtime, nodes);
  {
    const Ref<Node> held = list_of(50);
    second->own = held.handle();
  }
  second.reset_later();
  EXPECT_EQ(runtime.release_some(5), 5U);
  EXPECT_EQ(destroyed, 56U);
  EXPECT_EQ(runtime.release_some(100), 46U);
  EXPECT_EQ(runtime.size(), 0U);
}

TEST_F(Lazily, ObjectsThatWaitGoWithTheirHeap) {
  {
    Runtime other;
    const TypeId type = other.define(type_of_class<Node>("node"));
    Ref<Node> node = make<Node>(other, type);
    node.reset_later();
  }
  EXPECT_EQ(destroyed, 1U);
}

// Whatever the order, the same objects are left.
TEST_F(Lazily, RandomGraphsLeaveWhatOrdinaryDropsLeave) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::size_t left[2] = {};
    for (const bool lazily : {false, true}) {
      std::mt19937 random(seed);
      std::mt19937 budgets(seed);
      Runtime heap;
      const TypeId type = heap.define(type_of_class<Node>("node"));
      Type built_in;
      built_in.name = "built-in";
      const TypeId plain = heap.define(built_in);
      std::vector<Ref<Node>> held;
      std::vector<Handle> others;
      for (int step = 0; step < 60; ++step) {
        const std::size_t action = random() % 8;
        const std::size_t a = random() % (held.size() + 1);
        const std::size_t b = random() % (held.size() + 1);
        if (action < 3 || held.size() < 2) {
          held.push_back(make<Node>(heap, type));
          if (others.size() < 5) others.push_back(heap.create(plain));
        } else if (action < 6 && a < held.size() && b < held.size()) {
          heap.store_member(held[a].get(), held[a]->members[random() % 3],
                            b % 4 == 0 && !others.empty() ? others[b % others.size()].get() : held[b].get());
          if (!others.empty()) heap.append(others[a % others.size()].get(), held[a].get());
        } else if (a < held.size()) {
          lazily ? held[a].reset_later() : held[a].reset();
          held.erase(held.begin() + static_cast<std::ptrdiff_t>(a));
          if (!others.empty()) {
            lazily ? others.back().reset_later() : others.back().reset();
            others.pop_back();
          }
        }
        if (!lazily) continue;
        heap.release_some(budgets() % 4);
        if (budgets() % 8 == 0) GcModule(heap).collect();
        ASSERT_EQ(heap.verify(Grade::whole_heap).value_or(""), "") << seed << " " << step;
      }
      heap.collect();
      ASSERT_EQ(heap.verify(Grade::whole_heap).value_or(""), "") << seed;
      left[lazily ? 1 : 0] = heap.size();
      EXPECT_GE(heap.size(), held.size());
    }
    ASSERT_EQ(left[0], left[1]) << seed;
  }
}

}  // namespace
}  // namespace cyclegc

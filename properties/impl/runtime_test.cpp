// Covers: Runtime: collections and finalizers at safepoints alone, finalizers that throw, save and make more, the end
// of a program, external bytes and their limit, weak references, its numbers,
// full collections in proportion to growth. Does not cover: the heap below.
#include "cyclegc/runtime.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace cyclegc {
namespace {

struct Link {
  static constexpr bool kShowsAllMembers = true;
  Member next;
  void traverse(const Visitor& visit) const { visit(next); }
  void detach(References& out) { out.take(next); }
};

void make_cycle(Runtime& runtime, TypeId links) {
  const Ref<Link> link = make<Link>(runtime, links);
  runtime.store_member(link.get(), link->next, link.get());
}

std::string verdict(const Runtime& runtime) { return runtime.verify(Grade::whole_heap).value_or(""); }

TEST(Runtime, CollectsAtSafepointsAlone) {
  Runtime runtime({.young_objects = 100});
  const TypeId links = runtime.define(type_of_class<Link>("link"));
  for (int i = 0; i < 1000; ++i) make_cycle(runtime, links);
  EXPECT_EQ(runtime.size(), 1000U);
  runtime.safepoint();
  EXPECT_EQ(runtime.size(), 0U);
  EXPECT_EQ(runtime.numbers().collected, 1000U);
  EXPECT_EQ(runtime.numbers().collections[0], 1U);
  runtime.pause_collections();
  for (int i = 0; i < 1000; ++i) make_cycle(runtime, links);
  runtime.safepoint();
  EXPECT_EQ(runtime.size(), 1000U);
  runtime.resume_collections();
  EXPECT_EQ(runtime.collect(), 1000U);
  EXPECT_EQ(verdict(runtime), "");
}

TEST(Runtime, FinalizersWaitForASafepointAndRunOnce) {
  std::vector<Handle> saved;
  int runs = 0;
  Runtime runtime;
  Type type = type_of_class<Link>("link");
  type.finalize = [&](Heap& heap, ObjectId object) {
    if (++runs == 1) saved.emplace_back(heap, object);
  };
  const TypeId links = runtime.define(std::move(type));
  {
    // By count.
    const Ref<Link> link = make<Link>(runtime, links);
    const WeakRef<Link> weak(link);
  }
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(runtime.numbers().queued_finalizers, 1U);
  runtime.safepoint();
  EXPECT_EQ(runs, 1);
  ASSERT_EQ(saved.size(), 1U);
  EXPECT_EQ(runtime.size(), 1U);
  EXPECT_EQ(verdict(runtime), "");
  saved.clear();
  runtime.safepoint();
  EXPECT_EQ(runtime.size(), 0U);
  // In a collection.
  make_cycle(runtime, links);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(runtime.collect(), 0U);  // saved until it is finalized
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(runtime.collect(), 1U);
  EXPECT_EQ(runtime.size(), 0U);
}

TEST(Runtime, AFinalizerMayMakeMoreAndThrow) {
  std::vector<std::string> told;
  Hooks hooks;
  hooks.unraisable = [&](ObjectId, std::exception_ptr exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::runtime_error& error) {
      told.emplace_back(error.what());
      throw;
    }
  };
  Runtime runtime({}, hooks);
  TypeId links;
  Type type = type_of_class<Link>("link");
  type.finalize = [&](Heap&, ObjectId) {
    make_cycle(runtime, links);
    runtime.safepoint();
    throw std::runtime_error("no");
  };
  links = runtime.define(std::move(type));
  make_cycle(runtime, links);
  EXPECT_EQ(runtime.collect(), 0U);
  EXPECT_EQ(told, std::vector<std::string>{"no"});
  EXPECT_FALSE(runtime.finish(5));
  EXPECT_EQ(told.size(), 6U);
  EXPECT_EQ(verdict(runtime), "");
}

TEST(Runtime, TheEndFinalizesAll) {
  int runs = 0;
  {
    Runtime runtime;
    Type type = type_of_class<Link>("link");
    type.finalize = [&](Heap&, ObjectId) { ++runs; };
    const TypeId links = runtime.define(std::move(type));
    for (int i = 0; i < 10; ++i) make_cycle(runtime, links);
    static_cast<void>(make<Link>(runtime, links));
    EXPECT_TRUE(runtime.finish());
    EXPECT_EQ(runs, 11);
    EXPECT_EQ(runtime.size(), 0U);
    // Without finish() they go in silence, those that wait as well.
    make_cycle(runtime, links);
    static_cast<void>(make<Link>(runtime, links));
  }
  EXPECT_EQ(runs, 11);
}

TEST(Runtime, ExternalBytesCollectAndAreLimited) {
  Runtime runtime({.external_bytes = 1000, .most_bytes = 1'000'000'000});
  const TypeId links = runtime.define(type_of_class<Link>("link"));
  make_cycle(runtime, links);
  runtime.add_external(999);
  runtime.safepoint();
  EXPECT_EQ(runtime.size(), 1U);
  runtime.add_external(1);
  runtime.safepoint();
  EXPECT_EQ(runtime.size(), 0U);
  make_cycle(runtime, links);
  EXPECT_THROW(runtime.add_external(1'000'000'000), std::bad_alloc);
  EXPECT_EQ(runtime.size(), 0U);
  EXPECT_EQ(runtime.numbers().external_bytes, 1000U);
  runtime.remove_external(5000);
  EXPECT_EQ(runtime.numbers().external_bytes, 0U);
}

// What is left works, and what was given back is taken again.
TEST(Runtime, TrimGivesMemoryBack) {
  Runtime runtime;
  const TypeId links = runtime.define(type_of_class<Link>("link"));
  const Ref<Link> first = make<Link>(runtime, links);
  for (int round = 0; round < 2; ++round) {
    Ref<Link> list;
    for (int i = 0; i < 100'000; ++i) {
      Ref<Link> link = make<Link>(runtime, links);
      runtime.store_member(link.get(), link->next, list.get());
      list = std::move(link);
    }
    const std::size_t full = runtime.resident_bytes();
    // Every second chunk of payloads keeps one object.
    std::vector<Ref<Link>> kept;
    Ref<Link> at = list;
    for (int i = 0; i < 100'000; ++i) {
      if (round == 1 && i % 30'000 == 0) kept.push_back(at);
      if (at->next) at = Ref<Link>(Handle(runtime, at->next.get()));
    }
    for (const Ref<Link>& link : kept) runtime.store_member(link.get(), link->next, {});
    at.reset();
    list.reset();
    if (round == 1) runtime.store_member(kept[0].get(), kept[0]->next, kept[1].get());
    runtime.collect();
    runtime.trim();
    EXPECT_EQ(verdict(runtime), "");
    EXPECT_EQ(runtime.size(), 1 + kept.size());
#if defined(__linux__) && !(defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED)
    EXPECT_LT(runtime.resident_bytes(), round == 0 ? full / 10 : full);
#else
    EXPECT_LE(runtime.resident_bytes(), full);
#endif
    Ref<Link> after = make<Link>(runtime, links);
    runtime.store_member(after.get(), after->next, first.get());
    EXPECT_EQ(runtime.references(first.get()), 2U);
  }
  EXPECT_EQ(verdict(runtime), "");
}

TEST(Runtime, WeakReferencesCallBackWithWhatTheyNeed) {
  Runtime runtime;
  const TypeId links = runtime.define(type_of_class<Link>("link"));
  Ref<Link> referent = make<Link>(runtime, links);
  const Ref<Link> needed = make<Link>(runtime, links);
  int calls = 0;
  const WeakRef<Link> weak(
      referent, [&](Heap&, ObjectId) { ++calls; }, needed.get());
  const WeakRef<Link> copy = weak;
  EXPECT_EQ(copy.lock(), referent);
  referent.reset();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(weak.lock());
  EXPECT_FALSE(WeakRef<Link>().lock());
  EXPECT_EQ(runtime.references(needed.get()), 1U);
}

class Growing : public testing::Test {
 protected:
  static constexpr int kLive = 100'000;
  Growing() { links = runtime.define(type_of_class<Link>("link")); }
  // Each is referred to by the one after it, so that none is held by a handle of its own.
  void grow(int objects) {
    for (int i = 0; i < objects; ++i) {
      Ref<Link> link = make<Link>(runtime, links);
      runtime.store_member(link.get(), link->next, newest.get());
      newest = std::move(link);
      runtime.safepoint();
    }
  }
  [[nodiscard]] std::uint64_t full() { return runtime.numbers().collections[2]; }

  Runtime runtime{{.young_objects = 2000}};
  TypeId links;
  Ref<Link> newest;
};

TEST_F(Growing, HalfAsManyMoreBringAFullCollection) {
  grow(kLive);
  runtime.collect();
  const std::uint64_t before = full();
  grow(kLive / 5);
  // Garbage of the young is no growth.
  for (int i = 0; i < 2 * kLive; ++i) {
    make_cycle(runtime, links);
    runtime.safepoint();
  }
  EXPECT_EQ(full(), before);
  EXPECT_GT(runtime.numbers().collections[1], 5U);
  EXPECT_LE(runtime.size(), kLive + kLive / 5 + 2100U);
  grow(kLive / 2);
  EXPECT_EQ(full(), before + 1);
  // The heap became larger, and so did half of it.
  grow(kLive / 5);
  EXPECT_EQ(full(), before + 1);
}

// A queue: as many die by count as are made.
TEST_F(Growing, WhatDiedMeanwhileIsNoGrowth) {
  std::deque<Ref<Link>> queue;
  const auto turn = [&](int objects) {
    for (int i = 0; i < objects; ++i) {
      queue.push_back(make<Link>(runtime, links));
      if (queue.size() > kLive) queue.pop_front();
      runtime.safepoint();
    }
  };
  turn(kLive);
  runtime.collect();
  const std::uint64_t before = full();
  turn(3 * kLive);
  EXPECT_EQ(full(), before);
  // From where it is smallest it grows again.
  queue.clear();
  runtime.safepoint();
  grow(kLive / 2);
  EXPECT_GT(full(), before);
}

// Cycles that live long enough to be old.
TEST_F(Growing, OldGarbageDoesNotPileUp) {
  grow(kLive);
  runtime.collect();
  std::deque<Ref<Link>> window;
  std::size_t most = 0;
  for (int i = 0; i < 10 * kLive; ++i) {
    window.push_back(make<Link>(runtime, links));
    runtime.store_member(window.back().get(), window.back()->next, window.back().get());
    if (window.size() > kLive / 5) window.pop_front();
    runtime.safepoint();
    most = std::max(most, runtime.size());
  }
  EXPECT_LT(most, 2U * kLive);
  EXPECT_GT(full(), 5U);
}

}  // namespace
}  // namespace cyclegc

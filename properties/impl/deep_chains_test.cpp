// Covers: that no death and no collection recurses over the object graph: chains and rings of ten million objects on a
// stack of 8 MiB, for every rule of the trashcan. Builds with sanitizers, whose frames are larger, use 200,000.
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdint>
#include <functional>
#include <string>

#include "impl/gc_module.hpp"
#include "impl/heap.hpp"
#include "impl/ref.hpp"
#include "properties/support/sanitized.hpp"

namespace cyclegc {
namespace {

constexpr std::uint32_t kLength = cyclecheck::fewer(10'000'000, 200'000);
constexpr std::size_t kStack = std::size_t{8} << 20;

void run_on_small_stack(std::function<void()> body) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kStack), 0);
  pthread_t thread{};
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &body), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

// Answers the last object of a chain, which refers to the one before and so on; `first` is the other end.
Handle make_chain(Heap& heap, TypeId type, std::uint32_t length, Handle& first) {
  first = heap.create(type);
  Handle last = first;
  for (std::uint32_t i = 1; i < length; ++i) {
    Handle next = heap.create(type);
    heap.append(next.get(), last.get());
    last = std::move(next);
  }
  return last;
}

class DeepChainTest : public ::testing::TestWithParam<TrashcanRule> {
 protected:
  static Semantics rules() {
    Semantics rules;
    rules.trashcan = GetParam();
    return rules;
  }
};

TEST_P(DeepChainTest, IsFreedByCount) {
  run_on_small_stack([] {
    Heap heap(rules());
    GcModule(heap).disable();
    Handle first;
    Handle last = make_chain(heap, heap.define({}), kLength, first);
    first.reset();
    last.reset();
    heap.empty_trashcan();
    EXPECT_EQ(heap.size(), 0U);
    EXPECT_EQ(GcModule(heap).get_count()[0], 0);
  });
}

TEST_P(DeepChainTest, IsCollectedAsARing) {
  run_on_small_stack([] {
    Heap heap(rules());
    GcModule gc(heap);
    gc.disable();
    Handle first;
    Handle last = make_chain(heap, heap.define({}), kLength, first);
    heap.append(first.get(), last.get());
    first.reset();
    last.reset();
    EXPECT_EQ(gc.collect(), kLength);
    heap.empty_trashcan();
    EXPECT_EQ(heap.size(), 0U);
  });
}

std::string name_of(const ::testing::TestParamInfo<TrashcanRule>& parameter) {
  constexpr const char* kNames[] = {"none", "two_levels", "one_level", "headroom"};
  return kNames[static_cast<std::size_t>(parameter.param)];
}

INSTANTIATE_TEST_SUITE_P(EveryTrashcan, DeepChainTest,
                         ::testing::Values(TrashcanRule::none, TrashcanRule::one_level, TrashcanRule::two_levels,
                                           TrashcanRule::headroom),
                         name_of);

TEST(DeepChain, OfOpaqueObjectsIsFreed) {
  run_on_small_stack([] {
    Heap heap;
    Type type;
    type.layout = Layout::opaque;
    Handle first;
    Handle last = make_chain(heap, heap.define(type), kLength / 10, first);
    first.reset();
    last.reset();
    EXPECT_EQ(heap.size(), 0U);
  });
}

TEST(DeepChain, WithFinalizersAndWeakReferencesIsFreed) {
  run_on_small_stack([] {
    Heap heap(Semantics::embedding());
    GcModule(heap).disable();
    std::uint32_t finalized = 0;
    std::uint32_t called = 0;
    Type type;
    type.finalize = [&](Heap&, ObjectId) { ++finalized; };
    type.legacy_finalize = [&](Heap&, ObjectId) { ++finalized; };
    const TypeId node = heap.define(type);
    const std::uint32_t length = kLength / 10;
    std::vector<Handle> weak;
    Handle last;
    for (std::uint32_t i = 0; i < length; ++i) {
      Handle next = heap.create(node);
      for (int k = 0; k < 2; ++k) {
        weak.push_back(heap.create_weak(WeakKind::reference, next.get(), [&](Heap&, ObjectId) { ++called; }).handle);
      }
      if (last) heap.append(next.get(), last.get());
      last = std::move(next);
    }
    last.reset();
    EXPECT_EQ(finalized, 2 * length);
    EXPECT_EQ(called, 2 * length);
    EXPECT_EQ(heap.size(), 2 * length);
  });
}

class Link {
 public:
  Member next;
  void traverse(const Visitor& visit) const { visit(next); }
  void detach(References& references) { references.take(next); }
};

TEST(DeepChain, OfTheEmbeddersObjectsIsFreed) {
  run_on_small_stack([] {
    Heap heap(Semantics::embedding());
    GcModule(heap).disable();
    const TypeId links = heap.define(type_of_class<Link>("link"));
    Ref<Link> last;
    for (std::uint32_t i = 0; i < kLength / 10; ++i) {
      Ref<Link> next = make<Link>(heap, links);
      heap.store_member(next.get(), next->next, last.get());
      last = std::move(next);
    }
    last.reset();
    EXPECT_EQ(heap.size(), 0U);
  });
}

}  // namespace
}  // namespace cyclegc

// Covers: trees, combs, stars and cliques of a million objects or references, freed by count and collected, on a stack
// of 8 MiB and under a limit of memory; and that a heap reports when the limit is reached. Does not cover: chains and
// rings of ten million (deep_chains_test.cpp).
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <new>
#include <string>
#include <vector>

#include "impl/gc_module.hpp"
#include "impl/heap.hpp"

namespace cyclegc {
namespace {

#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
constexpr std::uint32_t kObjects = 50'000;
constexpr std::uint32_t kClique = 200;
#else
constexpr std::uint32_t kObjects = 1'000'000;
constexpr std::uint32_t kClique = 1'000;
#endif
constexpr std::size_t kStack = std::size_t{8} << 20;

// Whether the body answers true in a process of its own, on a small stack and within `bytes` of addresses. Sanitizers
// need more addresses than any limit, so that they run without one.
bool holds_within(std::size_t bytes, const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) {
#if !defined(CYCLECHECK_SANITIZED)
    const rlimit limit{bytes, bytes};
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(3);
#else
    static_cast<void>(bytes);
#endif
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    struct Call {
      const std::function<bool()>& body;
      bool answer = false;
    } call{body};
    pthread_t thread{};
    const auto run = [](void* argument) -> void* {
      auto& called = *static_cast<Call*>(argument);
      called.answer = called.body();
      return nullptr;
    };
    if (pthread_create(&thread, &attributes, run, &call) != 0) _exit(3);
    pthread_join(thread, nullptr);
    _exit(call.answer ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct Case {
  // Somebody watches deaths: their order is then CPython's, one after the other.
  bool watched = false;
  // A reference closes a cycle, so that only a collection finds it.
  bool cyclic = false;
};

class ShapesTest : public testing::TestWithParam<Case> {
 protected:
  using Build = std::function<Handle(Heap& heap, TypeId node)>;

  // Builds a shape, lets go of it, and sees that nothing is left.
  static void expect_freed(const Build& build) {
    EXPECT_TRUE(holds_within(std::size_t{768} << 20, [&] {
      std::uint64_t died = 0;
      Heap heap;
      GcModule gc(heap);
      gc.disable();
      Type type;
      type.name = "node";
      if (GetParam().watched) type.released = [&](Heap&, ObjectId) { ++died; };
      Handle root = build(heap, heap.define(type));
      const std::size_t made = heap.size();
      if (GetParam().cyclic) heap.append(root.get(), root.get());
      root.reset();
      if (GetParam().cyclic && gc.collect() != made) return false;
      return heap.size() == 0 && (!GetParam().watched || died == made) && !heap.verify(Grade::structural);
    }));
  }
};

TEST_P(ShapesTest, Tree) {
  expect_freed([](Heap& heap, TypeId node) {
    std::vector<Handle> row{heap.create(node)};
    const Handle root = row.front();
    std::uint32_t made = 1;
    while (made < kObjects) {
      std::vector<Handle> next;
      for (const Handle& parent : row) {
        for (int child = 0; child < 2; ++child, ++made) {
          next.push_back(heap.create(node));
          heap.append(parent.get(), next.back().get());
        }
      }
      row = std::move(next);
    }
    return root;
  });
}

TEST_P(ShapesTest, Comb) {
  expect_freed([](Heap& heap, TypeId node) {
    Handle spine = heap.create(node);
    for (std::uint32_t made = 1; made < kObjects; made += 2) {
      Handle next = heap.create(node);
      heap.append(next.get(), spine.get());
      heap.append(next.get(), heap.create(node).get());
      spine = std::move(next);
    }
    return spine;
  });
}

TEST_P(ShapesTest, Star) {
  expect_freed([](Heap& heap, TypeId node) {
    Handle centre = heap.create(node);
    for (std::uint32_t made = 1; made < kObjects; ++made) heap.append(centre.get(), heap.create(node).get());
    return centre;
  });
}

TEST_P(ShapesTest, Clique) {
  if (!GetParam().cyclic) GTEST_SKIP() << "a clique is a cycle";
  expect_freed([](Heap& heap, TypeId node) {
    std::vector<Handle> all;
    for (std::uint32_t i = 0; i < kClique; ++i) all.push_back(heap.create(node));
    for (const Handle& from : all) {
      for (const Handle& to : all) heap.append(from.get(), to.get());
    }
    return all.front();
  });
}

INSTANTIATE_TEST_SUITE_P(All, ShapesTest,
                         testing::Values(Case{false, false}, Case{true, false}, Case{false, true}, Case{true, true}),
                         [](const auto& tested) {
                           return std::string(tested.param.watched ? "watched" : "unwatched") +
                                  (tested.param.cyclic ? "_cyclic" : "_acyclic");
                         });

TEST(MemoryLimit, IsReportedAndTheHeapGoesOn) {
#if defined(CYCLECHECK_SANITIZED)
  GTEST_SKIP() << "no limit of addresses with sanitizers";
#endif
  EXPECT_TRUE(holds_within(std::size_t{96} << 20, [] {
    Heap heap;
    GcModule gc(heap);
    gc.disable();
    Type type;
    type.name = "node";
    const TypeId node = heap.define(type);
    Handle last = heap.create(node);
    try {
      for (;;) {
        Handle next = heap.create(node);
        heap.append(next.get(), last.get());
        last = std::move(next);
      }
    } catch (const std::bad_alloc&) {
    }
    // Collections and deaths need no more than there is.
    heap.append(last.get(), last.get());
    const std::size_t size = heap.size();
    last.reset();
    return gc.collect() == size && heap.size() == 0;
  }));
}

}  // namespace
}  // namespace cyclegc

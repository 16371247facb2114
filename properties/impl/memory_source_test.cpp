// Covers: a memory source of a heap's own: that all of its memory comes from there, goes back, and none from malloc;
// two heaps with two sources; a source that ends: a collection, then std::bad_alloc, and the heap as before. Does not
// cover: each request that can fail (memory_test, cyclecheck run --oom).
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "cyclegc/runtime.hpp"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace cyclegc {
namespace {

// A piece of memory that hands out parts of itself and counts what is in use.
class Arena {
 public:
  explicit Arena(std::size_t bytes) : memory_(bytes / 16) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { EXPECT_EQ(in_use, 0U); }

  [[nodiscard]] MemorySource source() { return {&Arena::resize, this, kFirstObjects}; }
  [[nodiscard]] bool has(const void* place) const {
    return place >= memory_.data() && place < memory_.data() + memory_.size();
  }

  std::size_t in_use = 0;
  std::size_t requests = 0;
  std::size_t refused = 0;
  std::size_t limit = ~std::size_t{0};

 private:
  struct alignas(16) Line {
    std::size_t bytes = 0;
  };

  // Before each block stands how large it is.
  static void* resize(void* context, Site /*site*/, void* old, std::size_t old_bytes, std::size_t bytes) {
    auto& arena = *static_cast<Arena*>(context);
    if (old != nullptr) {
      EXPECT_TRUE(arena.has(old));
      EXPECT_EQ((static_cast<Line*>(old) - 1)->bytes, old_bytes);
    }
    void* given = nullptr;
    if (bytes != 0) {
      ++arena.requests;
      const std::size_t lines = (bytes + 15) / 16;
      if (arena.in_use + bytes > arena.limit || arena.next_ + lines + 1 > arena.memory_.size()) {
        ++arena.refused;
        return nullptr;
      }
      Line* const line = &arena.memory_[arena.next_];
      arena.next_ += lines + 1;
      line->bytes = bytes;
      given = line + 1;
      arena.in_use += bytes;
      std::memset(given, 0xA5, bytes);
      if (old != nullptr) std::memcpy(given, old, old_bytes < bytes ? old_bytes : bytes);
    }
    if (old != nullptr) arena.in_use -= old_bytes;
    return given;
  }

  std::vector<Line> memory_;
  std::size_t next_ = 0;
};

// What malloc has given. 0 where that is not known.
std::size_t given_by_malloc() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const auto numbers = mallinfo2();
  return numbers.uordblks + numbers.hblkhd;
#else
  return 0;
#endif
}

struct Pair {
  static constexpr bool kShowsAllMembers = true;
  Member first, second;
  void traverse(const Visitor& visit) const {
    visit(first);
    visit(second);
  }
  void detach(References& out) {
    out.take(first);
    out.take(second);
  }
};

struct Many {
  static constexpr bool kShowsAllMembers = true;
  std::vector<Member> members = std::vector<Member>(100'000);
  void traverse(const Visitor& visit) const {
    for (const Member& member : members) visit(member);
  }
  void detach(References& out) {
    for (Member& member : members) out.take(member);
  }
};

struct Wide : Pair {
  char more[1000] = {};
};

void make_cycle(Runtime& runtime, TypeId pairs) {
  const Ref<Pair> pair = make<Pair>(runtime, pairs);
  runtime.store_member(pair.get(), pair->first, pair.get());
}

// A list of so many, with a weak reference to each tenth and a large object at each hundredth.
Ref<Pair> make_list(Runtime& runtime, TypeId pairs, TypeId wides, int count) {
  Ref<Pair> list;
  for (int i = 0; i < count; ++i) {
    Ref<Pair> pair = make<Pair>(runtime, pairs);
    runtime.store_member(pair.get(), pair->first, list.get());
    if (i % 10 == 0) {
      const Handle weak = runtime
                              .create_weak(
                                  WeakKind::reference, pair.get(), [](Heap&, ObjectId) {}, 0, pair.get())
                              .handle;
      runtime.store_member(pair.get(), pair->second, weak.get());
    }
    if (i % 100 == 0) {
      const Ref<Wide> wide = make<Wide>(runtime, wides);
      runtime.store_member(wide.get(), wide->first, pair.get());
      runtime.store_member(pair.get(), pair->second, wide.get());
    }
    list = std::move(pair);
  }
  return list;
}

TEST(MemorySource, EachHeapHasItsOwn) {
  constexpr int kObjects = 20'000;
  Arena one(std::size_t{1} << 27U);
  Arena two(std::size_t{1} << 27U);
  {
    Runtime first({.memory = one.source()});
    Runtime second({.memory = two.source()});
    const TypeId pairs = first.define(type_of_class<Pair>("pair"));
    const TypeId wides = first.define(type_of_class<Wide>("wide"));
    ASSERT_EQ(second.define(type_of_class<Pair>("pair")), pairs);
    ASSERT_EQ(second.define(type_of_class<Wide>("wide")), wides);
    const std::size_t before = given_by_malloc();
    const std::size_t of_second = two.requests;
    Ref<Pair> list = make_list(first, pairs, wides, kObjects);
    EXPECT_GT(one.in_use, kObjects * sizeof(Pair));
    EXPECT_EQ(two.requests, of_second);
    const Ref<Pair> other = make<Pair>(second, pairs);
    EXPECT_GT(two.requests, of_second);
    EXPECT_TRUE(one.has(&*list));
    EXPECT_TRUE(two.has(&*other));
    EXPECT_TRUE(one.has(&*make<Wide>(first, wides)));
    first.collect();
    EXPECT_EQ(given_by_malloc(), before);
    EXPECT_GE(first.numbers().reserved_bytes, kObjects / 100 * sizeof(Wide));
    list.reset();
    first.collect();
    EXPECT_EQ(first.size(), 0U);
    const std::size_t full = one.in_use;
    first.trim();
    EXPECT_LT(one.in_use, full);
    EXPECT_EQ(given_by_malloc(), before);
    make_cycle(first, pairs);
  }
  EXPECT_EQ(one.refused + two.refused, 0U);
}

TEST(MemorySource, ACollectionComesBeforeItEnds) {
  Arena arena(std::size_t{1} << 28U);
  arena.limit = std::size_t{1} << 20U;
  Runtime runtime({.memory = arena.source()});
  const TypeId pairs = runtime.define(type_of_class<Pair>("pair"));
  const TypeId wides = runtime.define(type_of_class<Wide>("wide"));
  // Cells are enough for all of these; their payloads are not.
  for (int i = 0; i < 5000; ++i) {
    const Ref<Wide> wide = make<Wide>(runtime, wides);
    runtime.store_member(wide.get(), wide->first, wide.get());
  }
  EXPECT_GT(arena.refused, 0U);
  // Cells are not.
  const std::size_t refused = arena.refused;
  for (int i = 0; i < 100'000; ++i) make_cycle(runtime, pairs);
  EXPECT_GT(arena.refused, refused);
  // What is held stays; then memory ends, and the heap is as it was.
  std::vector<Ref<Pair>> held;
  const auto fill = [&] {
    while (true) held.push_back(make<Pair>(runtime, pairs));
  };
  EXPECT_THROW(fill(), std::bad_alloc);
  EXPECT_EQ(runtime.size(), held.size());
  EXPECT_EQ(runtime.verify(Grade::whole_heap).value_or(""), "");
  held.resize(held.size() / 2);
  EXPECT_NO_THROW(make_cycle(runtime, pairs));
  runtime.pause_collections();
  EXPECT_THROW(
      {
        while (true) make_cycle(runtime, pairs);
      },
      std::bad_alloc);
}

// A release asks for no memory, also where it leaves an object to a finalizer.
TEST(MemorySource, FinalizersWaitWithoutMemory) {
  constexpr int kObjects = 3000;
  Arena arena(std::size_t{1} << 26U);
  Runtime runtime({.memory = arena.source()});
  int finalized = 0;
  Type type = type_of_class<Pair>("pair");
  TypeId pairs;
  type.finalize = [&](Heap&, ObjectId) {
    ++finalized;
    // Waits in its turn, and there is room for it.
    if (finalized < kObjects) static_cast<void>(make<Pair>(runtime, pairs));
  };
  pairs = runtime.define(std::move(type));
  std::vector<Ref<Pair>> held;
  for (int i = 0; i < kObjects; ++i) held.push_back(make<Pair>(runtime, pairs));
  const std::size_t before = given_by_malloc();
  arena.limit = 0;
  for (Ref<Pair>& pair : held) pair.reset();
  EXPECT_EQ(runtime.numbers().queued_finalizers, held.size());
  EXPECT_EQ(given_by_malloc(), before);
  arena.limit = ~std::size_t{0};
  runtime.safepoint();
  EXPECT_EQ(finalized, kObjects);
  EXPECT_EQ(runtime.verify(Grade::whole_heap).value_or(""), "");
  runtime.safepoint();
  EXPECT_EQ(finalized, 2 * kObjects - 1);
  EXPECT_EQ(runtime.size(), 0U);
  EXPECT_EQ(arena.refused, 0U);
}

// The first member that is set, and the first weak reference, need tables.
TEST(MemorySource, MembersAndWeakReferencesCollectAsWell) {
  for (const bool weak : {false, true}) {
    Arena arena(std::size_t{1} << 24U);
    Runtime runtime({.memory = arena.source()});
    const TypeId pairs = runtime.define(type_of_class<Pair>("pair"));
    const TypeId wides = runtime.define(type_of_class<Wide>("wide"));
    const Ref<Pair> pair = make<Pair>(runtime, pairs);
    const Ref<Many> many = make<Many>(runtime, runtime.define(type_of_class<Many>("many")));
    for (int i = 0; i < 100; ++i) {
      const Ref<Wide> wide = make<Wide>(runtime, wides);
      runtime.store_member(wide.get(), wide->first, wide.get());
    }
    arena.limit = arena.in_use;
    ASSERT_EQ(runtime.size(), 102U);
    if (weak) {
      const WeakRef<Pair> reference(pair);
      EXPECT_EQ(runtime.size(), 3U);
    } else {
      for (std::size_t i = 0; arena.refused == 0; ++i) runtime.store_member(many.get(), many->members[i], pair.get());
      EXPECT_EQ(runtime.size(), 2U);
    }
    EXPECT_GT(arena.refused, 0U);
    EXPECT_EQ(runtime.verify(Grade::whole_heap).value_or(""), "");
  }
}

}  // namespace
}  // namespace cyclegc

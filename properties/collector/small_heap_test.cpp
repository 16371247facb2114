// Covers: the subject whose heap is small and moves: it agrees with the one that keeps its heap, and its tables move,
// by little each time. What it finds: the mutants 160 to 164.
#include "harness/collector/passages.hpp"
#include "harness/collector/small_heap_subject.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "harness/generate/generate_trace.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/memory.hpp"

namespace cyclecheck {
namespace {

TEST(SmallHeap, AgreesWithTheOneThatIsKept) {
  ImplSubject kept;
  SmallHeapSubject small;
  for (const ProfileId profile : {ProfileId::python2_7, ProfileId::python3_9, ProfileId::python3_15}) {
    for (std::uint64_t i = 0; i < 150; ++i) {
      const Trace trace = generate(11, i, {profile, 400});
      Log expected;
      Log actual;
      kept.run(trace, Observe::digest, expected);
      small.run(trace, Observe::digest, actual);
      EXPECT_EQ(expected, actual) << i;
    }
  }
  EXPECT_GT(small.trims(), 1000U);
}

// Pairs of what is usual by itself: where one is zero, nothing was tested of it.
TEST(SmallHeap, TablesGrowInScriptsAndPromisedRoomIsTaken) {
  SmallHeapSubject small;
  Log log;
  for (const Profile& row : all_profiles()) {
    for (std::uint64_t i = 0; i < 300; ++i) small.run(generate(12, i, {row.id, 400}), Observe::digest, log);
  }
  EXPECT_GT(small.passages()[kTablesGrew], 100U);
  EXPECT_GT(small.passages()[kMadeUnderPromise], 20U);
}

class Restless : public testing::Test {
 protected:
  Restless() { cyclegc::set_growth(cyclegc::Growth::restless); }
  ~Restless() override { cyclegc::set_growth(cyclegc::Growth::seldom); }
};

TEST_F(Restless, BeginsWithOneObjectAndGrowsByLittle) {
  cyclegc::Heap heap;
  cyclegc::Type type;
  type.name = "node";
  type.layout = cyclegc::Layout::node;
  const cyclegc::TypeId node = heap.define(std::move(type));
  std::vector<cyclegc::Handle> held;
  std::size_t growths = 0;
  std::size_t room = 0;
  for (int i = 0; i < 100; ++i) {
    held.push_back(heap.create(node));
    const std::size_t now = heap.statistics().room;
    EXPECT_LE(now, held.size() + held.size() / 16 + 1);
    growths += now != room;
    room = now;
  }
  EXPECT_GT(growths, 30U);
  EXPECT_FALSE(heap.verify(cyclegc::Grade::whole_heap));
}

#if !defined(CYCLEGC_POISONS)
TEST_F(Restless, AGrowthMoves) {
  constexpr std::size_t kBytes = 256;
  constexpr auto kSite = cyclegc::Site::cells;
  using cyclegc::internal::resize_memory;
  auto* const old =
      static_cast<unsigned char*>(resize_memory(cyclegc::internal::memory_source, kSite, nullptr, 0, kBytes));
  old[kBytes - 1] = 1;
  auto* const moved =
      static_cast<unsigned char*>(resize_memory(cyclegc::internal::memory_source, kSite, old, kBytes, kBytes + 1));
  EXPECT_NE(old, moved);
  EXPECT_EQ(moved[kBytes - 1], 1);
  static_cast<void>(resize_memory(cyclegc::internal::memory_source, kSite, moved, kBytes + 1, 0));
}
#endif

}  // namespace
}  // namespace cyclecheck

// Chunks cover all positions, each once.
#include "harness/search/chunks.hpp"

#include <gtest/gtest.h>

namespace cyclecheck {
namespace {

TEST(Chunks, AreBesideEachOtherAndGrow) {
  constexpr std::uint64_t kSize = 100'000;
  std::uint64_t end = 0;
  std::uint64_t length = 0;
  std::uint64_t number = 0;
  for (; end < kSize; ++number) {
    const Chunk chunk = chunk_at(number, kSize);
    ASSERT_EQ(chunk.begin, end) << number;
    ASSERT_GT(chunk.end, chunk.begin) << number;
    if (chunk.end < kSize) {
      EXPECT_GE(chunk.end - chunk.begin, length) << number;
      length = chunk.end - chunk.begin;
    }
    end = chunk.end;
  }
  EXPECT_EQ(end, kSize);
  EXPECT_EQ(chunk_at(0, kSize).end, 32U);
  EXPECT_EQ(length, 512U);
  EXPECT_EQ(chunk_at(number, kSize).begin, chunk_at(number, kSize).end);
}

TEST(Chunks, OfFewPositions) {
  EXPECT_EQ(chunk_at(0, 5).end, 5U);
  EXPECT_EQ(chunk_at(1, 5).begin, chunk_at(1, 5).end);
  EXPECT_EQ(chunk_at(0, 0).begin, chunk_at(0, 0).end);
}

}  // namespace
}  // namespace cyclecheck

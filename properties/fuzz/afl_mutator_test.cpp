// The mutator as afl-fuzz calls it.
#include "fuzz/afl_mutator.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/generate/generate_trace.hpp"
#include "harness/inputs/input.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

using Bytes = std::vector<std::uint8_t>;

class AflMutator : public testing::Test {
 protected:
  AflMutator() : mutator_(afl_custom_init(nullptr, 1)) {}
  AflMutator(const AflMutator&) = delete;
  AflMutator& operator=(const AflMutator&) = delete;
  ~AflMutator() override { afl_custom_deinit(mutator_); }

  Bytes change(Bytes data, Bytes other, std::size_t max_size) { return change(mutator_, data, other, max_size); }

  static Bytes change(void* mutator, Bytes& data, Bytes& other, std::size_t max_size) {
    std::uint8_t* out = nullptr;
    const std::size_t size =
        afl_custom_fuzz(mutator, data.data(), data.size(), &out, other.data(), other.size(), max_size);
    return {out, out + size};
  }

  static Bytes input(std::uint64_t index) { return encode_trace(generate(1, index, {.max_operations = 40})); }

  void* mutator_;
};

TEST_F(AflMutator, ChangesInEveryWayItHas) {
  std::map<std::string, int> ways;
  std::map<Bytes, int> results;
  for (int i = 0; i < 400; ++i) {
    const Bytes changed = change(input(6), input(2), 1024);
    ASSERT_FALSE(changed.empty());
    ASSERT_LE(changed.size(), 1024U);
    ++ways[afl_custom_describe(mutator_, 100)];
    ++results[changed];
  }
  // One in eight changes bytes, one in four of the others crosses.
  EXPECT_EQ(ways.size(), 3U);
  EXPECT_NEAR(ways["bytes"], 50, 25);
  EXPECT_NEAR(ways["cross"], 88, 40);
  EXPECT_GT(results.size(), 300U);
}

TEST_F(AflMutator, MakesTraces) {
  int longer = 0;
  for (int i = 0; i < 200; ++i) {
    const Bytes changed = change(input(3), {}, 1024);
    longer += fuzz_trace(changed).operations.size() > fuzz_trace(input(3)).operations.size() ? 1 : 0;
  }
  // Changes of bytes nearly never add an operation and keep the rest.
  EXPECT_GT(longer, 40);
}

TEST_F(AflMutator, TakesEveryInput) {
  for (const std::size_t max_size : {std::size_t{1}, std::size_t{2}, std::size_t{17}, std::size_t{1} << 20}) {
    for (const Bytes& data : {Bytes{}, Bytes{0xFF}, Bytes(300, 0xFF), Bytes(5000, 7), input(4)}) {
      for (const Bytes& other : {Bytes{}, Bytes(300, 0xAB), input(5)}) {
        const Bytes changed = change(data, other, max_size);
        EXPECT_GE(changed.size(), 1U);
        EXPECT_LE(changed.size(), max_size);
      }
    }
  }
  EXPECT_TRUE(change(input(4), {}, 0).empty());
}

TEST_F(AflMutator, TheSameSeedMakesTheSameChanges) {
  void* again = afl_custom_init(nullptr, 1);
  void* another = afl_custom_init(nullptr, 2);
  int same = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    Bytes data = input(i);
    Bytes other = input(i + 1);
    const Bytes expected = change(data, other, 1024);
    EXPECT_EQ(change(again, data, other, 1024), expected);
    same += change(another, data, other, 1024) == expected ? 1 : 0;
  }
  EXPECT_LT(same, 25);
  afl_custom_deinit(again);
  afl_custom_deinit(another);
}

}  // namespace
}  // namespace cyclecheck

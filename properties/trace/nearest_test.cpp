// Covers: which word was meant.
#include "trace/nearest.hpp"

#include <gtest/gtest.h>

namespace cyclecheck {
namespace {

TEST(Nearest, FindsWhatDiffersLeast) {
  const std::vector<std::string_view> words{"append", "python3.6", "python3.15", "drop", "deref"};
  EXPECT_EQ(nearest("appnd", words), "append");
  EXPECT_EQ(nearest("apepnd", words), "append");
  EXPECT_EQ(nearest("appendd", words), "append");
  EXPECT_EQ(nearest("drip", words), "drop");
  EXPECT_EQ(nearest("pyton3.15", words), "python3.15");
  EXPECT_EQ(nearest("python315", words), "python3.15");
  EXPECT_EQ(nearest("ne", {"drop", "new"}), "new");
}

TEST(Nearest, OtherVersionsAndOtherWordsAreNotMeant) {
  const std::vector<std::string_view> words{"python3.6", "python3.15", "drop"};
  for (const std::string_view word : {"python3.16", "python3.1", "fly", "", "x", "drooopp"}) {
    EXPECT_EQ(nearest(word, words), "") << word;
  }
  EXPECT_EQ(did_you_mean("dorp", words), " (did you mean 'drop'?)");
  EXPECT_EQ(did_you_mean("fly", words), "");
}

}  // namespace
}  // namespace cyclecheck

#include "harness/export/sections.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cyclecheck {
namespace {

constexpr const char* kText =
    "always\n#if a b\none of them\n#if !a\nnot a\n#else\na\n#end\n#else\nneither\n#end\nend\n";

TEST(Sections, AreSelectedByFeatures) {
  EXPECT_EQ(select_sections(kText, {}), "always\nneither\nend\n");
  EXPECT_EQ(select_sections(kText, {"a"}), "always\none of them\na\nend\n");
  EXPECT_EQ(select_sections(kText, {"b"}), "always\none of them\nnot a\nend\n");
}

TEST(Sections, AnUnfinishedLineCounts) { EXPECT_EQ(select_sections("one\ntwo", {}), "one\ntwo\n"); }

TEST(Sections, MustMatch) {
  EXPECT_THROW((void)select_sections("#if a\n", {}), std::logic_error);
  EXPECT_THROW((void)select_sections("#end\n", {}), std::logic_error);
  EXPECT_THROW((void)select_sections("#else\n", {}), std::logic_error);
}

}  // namespace
}  // namespace cyclecheck

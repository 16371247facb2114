// Covers: what each step of harness/shrink/regroup.hpp makes of a small trace, letter by letter, and that results are
// valid. Does not cover: when the shrinker uses them (shrink_test.cpp).
#include "harness/shrink/regroup.hpp"

#include <gtest/gtest.h>

#include "harness/generate/generate_trace.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

const std::string kHeader = "cyclecheck-trace 1\nprofile python3.11\n";

Trace parse(const std::string& lines) {
  auto parsed = parse_trace(kHeader + lines);
  if (auto* trace = std::get_if<Trace>(&parsed)) return std::move(*trace);
  ADD_FAILURE() << lines;
  return {};
}

void expect_text(const Trace& trace, const std::string& lines) {
  EXPECT_EQ(find_defect(trace), std::nullopt);
  EXPECT_EQ(print_trace(trace), kHeader + lines);
}

TEST(Regroup, ALinkOfAChainGoesAndTheNamesChangePlaces) {
  const Trace chain = parse(
      "new a node\nnew b node\nappend b a\nnew a node del={drop b; drop a}\nappend a b\nnew b node\nappend b a\n");
  ASSERT_TRUE(is_link(chain, 1, 2, Contraction::exchange));
  expect_text(without_link(chain, 1, 2, Contraction::exchange),
              "new a node\nnew b node del={drop a; drop b}\nappend b a\nnew a node\nappend a b\n");
}

TEST(Regroup, WhoNamedAnObjectThatGoesNamesTheOneThatItWasLinkedTo) {
  const Trace trace =
      parse("new a node\nbulk a 1\nnew b node\nappend b a[0]\nappend a b\nuse b\nnew b node\nappend a b\nclear b[0]\n");
  EXPECT_FALSE(is_link(trace, 2, 3, Contraction::exchange));
  ASSERT_TRUE(is_link(trace, 2, 3, Contraction::substitute));
  expect_text(without_link(trace, 2, 3, Contraction::substitute),
              "new a node\nbulk a 1\nappend a a[0]\nuse a[0]\nnew b node\nappend a b\nclear b[0]\n");
}

TEST(Regroup, ALinkIsOneOfTwoDifferentObjectsOfWhichOneIsTheNewOne) {
  const Trace trace =
      parse("new a node\nnew b node\nappend a a\nappend b a[0]\nremove b a\nappend @b a\nstore a 0 b\n");
  EXPECT_FALSE(is_link(trace, 0, 2, Contraction::substitute));
  EXPECT_TRUE(is_link(trace, 1, 3, Contraction::substitute));
  EXPECT_FALSE(is_link(trace, 1, 4, Contraction::exchange)) << "remove";
  EXPECT_FALSE(is_link(trace, 1, 5, Contraction::exchange)) << "a label";
  EXPECT_TRUE(is_link(trace, 1, 6, Contraction::exchange));
  EXPECT_FALSE(is_link(trace, 2, 6, Contraction::exchange)) << "nothing is made";
}

TEST(Regroup, CreationsArePlainWithoutFinalizerAndSlots) {
  const Trace trace = parse(
      "new a node\nnew b node del={}\nnew c instance\nappend c a\nnew d node\nbulk d 2\nnew e node\nlet f e\nuse f[0]\n"
      "new a list\n");
  EXPECT_EQ(plain_creations(trace), (std::vector<std::size_t>{0, 2, 9}));
}

TEST(Regroup, ObjectsAreMadeAtOnceAndNamedBySlots) {
  const Trace chain = parse("new a node\nnew b node\nappend b a\nnew a instance\nappend a b\ndrop b\ndrop a\nuse a\n");
  const std::vector<std::size_t> all{0, 1, 3};
  ASSERT_EQ(plain_creations(chain), all);
  expect_text(gathered(chain, all, Slots::newest_first, Release::never),
              "new n2 node\nbulk n2 3\nappend n2[1] n2[2]\nappend n2[0] n2[1]\nuse a\n");
  expect_text(gathered(chain, all, Slots::oldest_first, Release::dropped),
              "new n2 node\nbulk n2 3\nappend n2[1] n2[0]\nappend n2[2] n2[1]\ndrop n2\nuse a\n");
  expect_text(gathered(chain, all, Slots::newest_first, Release::cleared),
              "new n2 node\nbulk n2 3\nappend n2[1] n2[2]\nappend n2[0] n2[1]\nclear n2\nuse a\n");
}

TEST(Regroup, WhatAVariableHeldIsDroppedWhereItWasBoundAgain) {
  const Trace trace =
      parse("new a node del={}\nnew b node\nappend b a\nnew a node\nappend a b\nnew a node\nappend a @a\n");
  const std::vector<std::size_t> plain{1, 3, 5};
  ASSERT_EQ(plain_creations(trace), plain);
  expect_text(
      gathered(trace, plain, Slots::newest_first, Release::dropped),
      "new a node del={}\nnew n2 node\nbulk n2 3\nappend n2[2] a\ndrop a\nappend n2[1] n2[2]\nappend n2[0] n2[0]\n"
      "drop n2\n");
}

TEST(Regroup, TheReleaseStandsForTheEndOfTheProgram) {
  const Trace trace = parse("new a node\nnew b node\nappend a b\nweakref w b\nshutdown\n");
  expect_text(gathered(trace, plain_creations(trace), Slots::oldest_first, Release::cleared),
              "new n3 node\nbulk n3 2\nappend n3[0] n3[1]\nweakref w n3[1]\ndrop w\nclear n3\n");
}

TEST(Regroup, NeighboursInABulkBecomeOne) {
  const Trace trace = parse(
      "new a node del={append a[3] a[1]}\nbulk a 5\nappend a[1] a[0]\nappend a[2] a[1]\nappend a[3] a[2]\nappend a[2] "
      "a[2]\n"
      "append b[3] a[4]\n");
  expect_text(contracted(trace, 1, 2, 1),
              "new a node del={append a[2] a[1]}\nbulk a 4\nappend a[1] a[0]\nappend a[2] a[1]\nappend a[1] a[1]\n"
              "append b[3] a[3]\n");
  expect_text(contracted(trace, 1, 1, 3),
              "new a node del={append a[0] a[0]}\nbulk a 2\nappend a[0] a[0]\nappend b[3] a[1]\n");
}

TEST(Regroup, EveryResultIsValid) {
  for (std::uint64_t index = 0; index < 30; ++index) {
    const Trace trace = generate(5, index, {});
    const std::vector<std::size_t> creations = plain_creations(trace);
    if (!creations.empty()) {
      const Trace changed = gathered(trace, creations, Slots::newest_first, Release::dropped);
      EXPECT_EQ(find_defect(with_ordered_scripts(changed)), std::nullopt) << print_trace(trace);
    }
    for (std::size_t i = 0; i < trace.operations.size(); ++i) {
      if (trace.operations[i].code == OpCode::bulk && trace.operations[i].number[0] > 1) {
        const Trace changed = contracted(trace, i, 1, 1);
        EXPECT_EQ(find_defect(with_ordered_scripts(changed)), std::nullopt) << print_trace(trace);
      }
      for (std::size_t j = i + 1; j < trace.operations.size() && j < i + 4; ++j) {
        for (const Contraction how : {Contraction::exchange, Contraction::substitute}) {
          if (!is_link(trace, i, j, how)) continue;
          const Trace changed = without_link(trace, i, j, how);
          EXPECT_EQ(find_defect(with_ordered_scripts(changed)), std::nullopt) << print_trace(trace);
        }
      }
    }
  }
}

}  // namespace
}  // namespace cyclecheck

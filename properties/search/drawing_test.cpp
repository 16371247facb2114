// Covers: which trace stands at which position of GeneratedTraces, with profiles that take turns and with opening
// traces. Does not cover: what the traces are (generate_test.cpp).
#include "harness/search/drawing.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace cyclecheck {
namespace {

GeneratedTraces::Options two_and_three() {
  GeneratedTraces::Options options;
  options.profiles = {ProfileId::python2_7, ProfileId::python3_15};
  options.others = {ProfileId::python3_6, ProfileId::python3_11, ProfileId::python3_12};
  options.first = 100;
  options.traces = 50;
  return options;
}

TEST(GeneratedTraces, EveryProfileHasEveryIndexAndTheOthersTakeTurns) {
  const GeneratedTraces drawing(two_and_three());
  std::map<std::size_t, std::vector<std::uint64_t>> indices;
  std::vector<std::size_t> turns;
  std::uint64_t last = 100;
  for (std::uint64_t position = 0; position < drawing.size(); ++position) {
    const std::size_t column = drawing.column(position);
    const std::uint64_t index = drawing.index(position);
    EXPECT_GE(index, last);
    last = index;
    indices[column].push_back(index);
    if (column >= drawing.in_full()) turns.push_back(column);
  }
  for (std::size_t column = 0; column < 2; ++column) {
    ASSERT_EQ(indices[column].size(), 50U);
    for (std::uint64_t i = 0; i < 50; ++i) EXPECT_EQ(indices[column][static_cast<std::size_t>(i)], 100 + i);
  }
  // Six whole blocks of eight rounds; the seed, 1, says who begins.
  EXPECT_EQ(turns, (std::vector<std::size_t>{3, 4, 2, 3, 4, 2}));
  EXPECT_EQ(indices[3], (std::vector<std::uint64_t>{107, 131}));
}

TEST(GeneratedTraces, DrawsTheTraceOfItsProfileAndIndex) {
  const GeneratedTraces drawing(two_and_three());
  Trace trace;
  for (const std::uint64_t position : {0U, 3U, 16U, 17U, 33U}) {
    drawing.draw(position, {}, trace);
    const ProfileId profile = drawing.profiles()[drawing.column(position)];
    EXPECT_EQ(trace, generate(1, drawing.index(position), {.profile = profile})) << position;
  }
}

TEST(GeneratedTraces, OpeningTracesComeFirstAndOfTheProfilesAlone) {
  GeneratedTraces::Options options = two_and_three();
  options.opening = [](ProfileId id) { return empty_trace(id); };
  const GeneratedTraces drawing(options);
  EXPECT_EQ(drawing.size(), GeneratedTraces(two_and_three()).size() + 2);
  Trace trace;
  for (std::uint64_t position = 0; position < 2; ++position) {
    drawing.draw(position, {}, trace);
    EXPECT_EQ(trace, empty_trace(options.profiles[static_cast<std::size_t>(position)]));
  }
  EXPECT_EQ(drawing.index(2), 100U);
  EXPECT_EQ(drawing.column(2), 0U);
  EXPECT_EQ(drawing.column(2 + 16), 3U);
}

TEST(GeneratedTraces, WithoutOthersRoundsFollowEachOther) {
  GeneratedTraces::Options options = two_and_three();
  options.others.clear();
  const GeneratedTraces drawing(options);
  EXPECT_EQ(drawing.size(), 100U);
  EXPECT_EQ(drawing.in_full(), drawing.profiles().size());
  for (std::uint64_t position = 0; position < 100; ++position) {
    EXPECT_EQ(drawing.column(position), position % 2);
    EXPECT_EQ(drawing.index(position), 100 + position / 2);
  }
}

}  // namespace
}  // namespace cyclecheck

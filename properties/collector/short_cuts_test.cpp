// Covers: the collector's ways for objects whose deaths nobody watches change nothing else: on random traces every
// event but the deaths is the same, in the same order, and each operation has the same deaths. Does not cover:
// agreement with the model, which equivalence_test.cpp and `cyclecheck run --subject impl-fast` check.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "harness/compare/divergence.hpp"
#include "harness/generate/generate_trace.hpp"
#include "properties/support/traces.hpp"
#include "trace/text.hpp"

namespace cyclecheck::properties {
namespace {

bool is_death(const Event& event) { return event.kind == EventKind::died; }

std::vector<Event> other_events(const Log& log, std::size_t operation) {
  std::vector<Event> events;
  for (const Event& event : log.of(operation)) {
    if (!is_death(event)) events.push_back(event);
  }
  return events;
}

std::vector<Label> deaths(const Log& log, std::size_t operation) {
  std::vector<Label> labels;
  for (const Event& event : log.of(operation)) {
    if (is_death(event)) labels.push_back(event.label);
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

class ShortCuts : public testing::TestWithParam<Profile> {};

TEST_P(ShortCuts, ChangeOnlyTheOrderOfDeathsThatNobodyWatches) {
  ImplSubject watched;
  ImplSubject unwatched(ImplSubject::Checks::graded, ImplSubject::Deaths::found);
  Log expected;
  Log actual;
  for (std::uint64_t index = 0; index < 400; ++index) {
    const Trace trace = generate(6, index, GenerateOptions{.profile = GetParam().id});
    watched.run(trace, Observe::digest, expected);
    unwatched.run(trace, Observe::digest, actual);
    ASSERT_EQ(expected.operations(), actual.operations());
    for (std::size_t operation = 0; operation < expected.operations(); ++operation) {
      ASSERT_EQ(other_events(expected, operation), other_events(actual, operation)) << index << ' ' << operation;
      ASSERT_EQ(deaths(expected, operation), deaths(actual, operation)) << index << ' ' << operation;
    }
  }
  // 2.7 to 3.7 may keep a part of the garbage in the trashcan.
  const bool keeps = GetParam().id <= ProfileId::python3_7;
  EXPECT_EQ(unwatched.freed_at_once() > 100, !keeps) << unwatched.freed_at_once();
  EXPECT_EQ(watched.freed_at_once(), 0U);
}

// A tuple counts its token as an item, also where nobody is told of its death (N15).
TEST(ShortCutsOfTuples, TheyAreFreedAtOnce) {
  const auto parsed = parse_trace(R"(cyclecheck-trace 1
profile python3.11
new a node
append a a
tuple t a
append a t
drop t
drop a
collect 2
)");
  ImplSubject unwatched(ImplSubject::Checks::graded, ImplSubject::Deaths::found);
  Log log;
  unwatched.run(std::get<Trace>(parsed), Observe::digest, log);
  EXPECT_EQ(unwatched.freed_at_once(), 2U);
}

// Without a hook and tags everything but the order of deaths is the same.
TEST_P(ShortCuts, NobodySeesThemWhereObjectsAreKnownByTheirHandles) {
  if (GetParam().attributes == Profile::Attributes::own_dictionary) GTEST_SKIP() << "dictionaries are made unseen";
  ImplSubject watched;
  ImplSubject bare(ImplSubject::Checks::graded, ImplSubject::Deaths::unseen);
  Log expected;
  Log actual;
  for (std::uint64_t index = 0; index < 600; ++index) {
    const Trace trace = without(generate(7, index, GenerateOptions{.profile = GetParam().id}),
                                {OpCode::integer, OpCode::string, OpCode::add, OpCode::intern});
    watched.run(trace, Observe::digest, expected);
    bare.run(trace, Observe::digest, actual);
    Log arranged;
    put_deaths_last(expected, arranged);
    Log found;
    put_deaths_last(actual, found);
    const auto divergence = compare(trace, arranged, found, Level::order);
    ASSERT_FALSE(divergence) << index << ' ' << divergence->signature << ' ' << divergence->operation;
  }
  EXPECT_GT(bare.freed_at_once(), 100U);
}

INSTANTIATE_TEST_SUITE_P(Profiles, ShortCuts, testing::ValuesIn(all_profiles().begin(), all_profiles().end()),
                         [](const auto& parameter) {
                           std::string name(parameter.param.name);
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace cyclecheck::properties

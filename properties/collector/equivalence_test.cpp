// Covers: model and collector agree on random traces at every level, in every profile, and the collector's heap is
// sound after every operation (rules N to X, all of them). The suite fails if the traces did not reach the states that
// it is for. Does not cover: whether model and collector are both wrong; the recordings of real interpreters tell that.
#include <gtest/gtest.h>

#include <array>

#include "harness/collector/impl_subject.hpp"
#include "harness/compare/divergence.hpp"
#include "harness/generate/generate_trace.hpp"
#include "harness/search/reach.hpp"
#include "harness/subjects/census.hpp"
#include "properties/support/traces.hpp"

namespace cyclecheck::properties {
namespace {

// --- what the suite went through, for the last test ---

Reach& reached() {
  static Reach reach;
  return reach;
}

void expect_agreement(ProfileId id) {
  EXPECT_TRUE(holds("model and collector agree", id, [](const Trace& trace) {
    Log expected;
    Log actual;
    run_counted(trace, Observe::digest, expected, reached());
    ImplSubject(ImplSubject::Checks::verify).run(trace, Observe::digest, actual);
    for (std::size_t level = 0; level < kLevels; ++level) {
      const auto divergence = compare(trace, expected, actual, static_cast<Level>(level));
      if (divergence) RC_FAIL(divergence->signature);
    }
  }));
}

class Equivalence : public testing::TestWithParam<Profile> {};

TEST_P(Equivalence, ModelAndCollectorAgreeAtEveryLevel) { expect_agreement(GetParam().id); }

INSTANTIATE_TEST_SUITE_P(Profiles, Equivalence, testing::ValuesIn(all_profiles().begin(), all_profiles().end()),
                         [](const auto& parameter) {
                           std::string name(parameter.param.name);
                           for (char& c : name) {
                             if (c == '.') c = '_';
                           }
                           return name;
                         });

// --- what must have been seen ---

constexpr std::array kMustBeSeen{
    Reached::automatic_0,    Reached::automatic_1,         Reached::automatic_2,        Reached::skipped_full,
    Reached::garbage_found,  Reached::gc_resurrection,     Reached::death_resurrection, Reached::uncollectable,
    Reached::callback_fired, Reached::callback_suppressed, Reached::nested_collect,     Reached::deep_chain,
};

// ctest runs every test in a process of its own, so this one makes its traces itself.
TEST(Reach, RandomTracesReachWhatTheyAreFor) {
  for (const ProfileId id : kDefaultProfiles) {
    Reach reach;
    Log log;
    for (std::uint64_t index = 0; index < 2000; ++index) {
      run_counted(generate(1, index, GenerateOptions{.profile = id}), Observe::digest, log, reach);
    }
    for (const Reached what : kMustBeSeen) {
      // 2.7 never calls a finalizer in a collection, so nothing is resurrected there; 3.14 has no trashcan.
      if (!can_reach(what, profile(id))) continue;
      EXPECT_GT(reach.of(what), 0U) << profile(id).name << ": " << to_string(what);
    }
  }
}

TEST(Reach, TracesThatDoNothingReachNothing) {
  Reach reach;
  Log log;
  run_counted(empty_trace(ProfileId::python3_11), Observe::digest, log, reach);
  for (const Reached what : kMustBeSeen) EXPECT_EQ(reach.of(what), 0U) << to_string(what);
}

}  // namespace
}  // namespace cyclecheck::properties

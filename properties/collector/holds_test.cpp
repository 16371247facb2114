// Covers: that a property which fails is told as such, and that what it fails by is shrunk, to the same assertion.
// Does not cover: the properties themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "harness/generate/generate_trace.hpp"
#include "properties/support/traces.hpp"
#include "trace/text.hpp"

namespace cyclecheck::properties {
namespace {

std::int64_t count(const Trace& trace, OpCode code) {
  return std::count_if(trace.operations.begin(), trace.operations.end(),
                       [code](const Operation& operation) { return operation.code == code; });
}

void at_most_two_drops(const Trace& trace) { RC_ASSERT(count(trace, OpCode::drop) < 3); }

// The first generated trace that fails.
Trace failing(const Property& property) {
  for (std::uint64_t index = 0;; ++index) {
    Trace trace = generate(3, index, {});
    if (trace.operations.size() > 60 && failure_of(property, trace)) return trace;
  }
}

TEST(Holds, WhatFailsIsShrunk) {
  const Trace shrunk = shrunk_failure(at_most_two_drops, failing(at_most_two_drops));
  EXPECT_EQ(shrunk.operations.size(), 3U) << print_trace(shrunk);
  EXPECT_EQ(count(shrunk, OpCode::drop), 3);
}

// One operation would fail by the other assertion.
TEST(Holds, AnotherAssertionIsAnotherFailure) {
  const Property property = [](const Trace& trace) {
    RC_ASSERT(trace.operations.size() != 1U);
    at_most_two_drops(trace);
  };
  const Trace shrunk = shrunk_failure(property, failing(property));
  EXPECT_EQ(shrunk.operations.size(), 3U) << print_trace(shrunk);
}

TEST(Holds, AnExceptionIsAFailure) {
  const Property property = [](const Trace& trace) {
    if (count(trace, OpCode::collect) > 1) throw std::runtime_error("two");
  };
  EXPECT_EQ(shrunk_failure(property, failing(property)).operations.size(), 2U);
  EXPECT_EQ(failure_of(property, empty_trace(ProfileId::python3_11)), std::nullopt);
}

TEST(Holds, TellsWhetherItHolds) {
  EXPECT_FALSE(holds("few drops", at_most_two_drops));
  EXPECT_FALSE(holds("few drops", ProfileId::python2_7, at_most_two_drops));
  std::set<ProfileId> seen;
  EXPECT_TRUE(holds("nothing", [&](const Trace& trace) { seen.insert(trace.profile); }));
  EXPECT_EQ(seen.size(), all_profiles().size());
}

}  // namespace
}  // namespace cyclecheck::properties

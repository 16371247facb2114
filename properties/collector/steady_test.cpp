// Covers: that a trace which is repeated a hundred times leaves the collector's tables as the second repetition left
// them, and its process the memory. Does not cover: leaks within one trace, which verify() finds.
#include "harness/collector/steady.hpp"

#include <gtest/gtest.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "harness/collector/impl_subject.hpp"
#include "harness/generate/generate_trace.hpp"
#include "properties/support/sanitized.hpp"
#include "properties/support/traces.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck::properties {
namespace {

constexpr std::size_t kTimes = 100;

Trace parse(const std::string& operations) {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations));
}

TEST(Steady, ARepetitionGivesAllUpThatItTook) {
  const Trace trace = repeated(parse("new a node\ncall a a\nnew b node\nappend b b\nshutdown\n"), 3);
  EXPECT_EQ(find_defect(trace), std::nullopt);
  bool is_steady = false;
  EXPECT_FALSE(find_growth(parse("new a node\ncall a a\nnew b node\nappend b b\n"), 5, is_steady));
  EXPECT_TRUE(is_steady);
}

TEST(Steady, WhatATraceLeaksByItselfIsNoGrowth) {
  bool is_steady = true;
  EXPECT_FALSE(find_growth(parse("new a opaque\nappend a a\n"), 5, is_steady));
  EXPECT_FALSE(is_steady);
}

TEST(Steady, GeneratedTracesLeaveTheTablesAsTheyWere) {
  std::size_t steady = 0;
  std::size_t all = 0;
  for (const Profile& row : all_profiles()) {
    for (std::uint64_t index = 0; index < fewer(30U, 8U); ++index) {
      const Trace trace = generate(21, index, {.profile = row.id, .max_operations = 150});
      bool is_steady = false;
      const auto growth = find_growth(trace, kTimes, is_steady);
      EXPECT_FALSE(growth) << row.name << ' ' << index << ": " << growth->what << " from " << growth->second << " to "
                           << growth->last;
      steady += is_steady ? 1U : 0U;
      ++all;
    }
  }
  EXPECT_GT(steady, all / 2);
}

#if defined(__GLIBC__) && !defined(CYCLECHECK_SANITIZED)
// What objects of the embedder and callbacks hold is not in the heap's tables.
TEST(Steady, TheProcessHasTheMemoryThatItHad) {
  ImplSubject subject;
  Log log;
  for (const Profile& row : all_profiles()) {
    for (std::uint64_t index = 0; index < 30; ++index) {
      const Trace trace = generate(22, index, {.profile = row.id, .max_operations = 300});
      std::size_t half = 0;
      for (std::size_t i = 0; i < kTimes; ++i) {
        if (i == kTimes / 2) half = mallinfo2().uordblks;
        subject.run(trace, Observe::digest, log);
      }
      // A leak is a block of 16 bytes at least each time.
      EXPECT_LT(mallinfo2().uordblks, half + 16 * (kTimes / 2)) << row.name << ' ' << index;
    }
  }
}
#endif

}  // namespace
}  // namespace cyclecheck::properties

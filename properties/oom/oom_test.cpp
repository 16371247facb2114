// Covers: that every failure point of a few traces agrees, which sites these visit, and what the command prints. Does
// not cover: many traces (cyclecheck run --oom).
#include "harness/oom/oom_check.hpp"

#include <gtest/gtest.h>

#include "harness/collector/impl_subject.hpp"
#include "harness/generate/generate_trace.hpp"
#include "harness/oom/every_site.hpp"
#include "harness/oom/failing_memory.hpp"
#include "harness/system/large_stack.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

Trace parsed(const std::string& operations) {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations));
}

std::string check(const Trace& trace, OomCount& count) {
  std::optional<OomFailure> failure;
  Log expected;
  Log actual;
  on_large_stack([&] { failure = check_out_of_memory(trace, count, expected, actual); });
  return failure ? failure->signature() : std::string();
}

// A reference that finds no room in a custom object leaves no empty slot behind.
TEST(OutOfMemoryCheck, CustomObjectsAreAsBefore) {
  const std::string appends = "append a a\nappend a a\nappend a a\nappend a a\n";
  OomCount count;
  EXPECT_EQ(check(parsed("new a custom\n" + appends + "append a a\nnew a custom\ncollect 2\n"), count), "");
  EXPECT_EQ(check(parsed("new a custom\nnew b node\n" + appends + "append a b\nappend b a\nshutdown\n"), count), "");
}

// What one operation makes takes the label by which it found its operand.
TEST(OutOfMemoryCheck, OfAnOperationOnItsOwnTargetPartIsDone) {
  const std::string node = "new a node\nappend a a\n";
  OomCount count;
  for (const char* operation : {"weakrefs a @a[0] 30", "weakrefs a a 30", "bulk a 30", "fill a @a[0] 30"}) {
    EXPECT_EQ(check(parsed(node + operation + "\ncollect 2\n"), count), "") << operation;
  }
}

TEST(OutOfMemoryCheck, SetsAreAsBefore) {
  std::string lines = "new a set\nnew b node\nbulk b 24\n";
  for (int i = 0; i < 24; ++i) lines += "append a b[" + std::to_string(i) + "]\n";
  OomCount count;
  EXPECT_EQ(check(parsed(lines + "remove a b[3]\nremove a b[20]\nget_referents a\n"), count), "");
}

TEST(OutOfMemoryCheck, EveryRequestOfATraceFailsOnce) {
  OomCount count;
  EXPECT_EQ(check(parsed("new a node\nnew b instance\nappend a b\nweakref w a cb={}\ndrop a\ncollect 2\n"), count), "");
  EXPECT_EQ(count.traces, 1U);
  EXPECT_GT(count.points, 20U);
  EXPECT_GT(count.sites[static_cast<std::size_t>(cyclegc::Site::callbacks)], 0U);
  EXPECT_EQ(count.sites[static_cast<std::size_t>(cyclegc::Site::gc_callbacks)], 0U);
}

// Only 3.12 has one; without memory it stays pending, which the model does not know.
TEST(OutOfMemoryCheck, ACollectionInsideOfAnotherOneMayBePutOff) {
  Trace trace = parsed("set_threshold 1 0 0\nnew a node del={safepoint}\nappend a a\nbulk a 1\ndrop a\ncollect 0\n");
  trace.profile = ProfileId::python3_12;
  trace.settings.enabled = true;
  OomCount count;
  EXPECT_EQ(check(trace, count), "");
  EXPECT_GT(count.sites[static_cast<std::size_t>(cyclegc::Site::set_apart)], 0U);
}

TEST(OutOfMemoryCheck, GeneratedTracesAgree) {
  OomCount count;
  for (const ProfileId id :
       {ProfileId::python2_7, ProfileId::python3_8, ProfileId::python3_11, ProfileId::python3_13}) {
    for (std::uint64_t index = 0; index < 4; ++index) {
      EXPECT_EQ(check(generate(5, index, {.profile = id, .max_operations = 40, .without = kFaults}), count), "")
          << index;
    }
  }
  EXPECT_GT(count.points, 300U);
}

TEST(OutOfMemoryCheck, AFewPointsOfManyTracesVisitEverySite) {
  OomCount count;
  for (std::uint64_t index = 0; index < 400; ++index) {
    const ProfileId id = all_profiles()[index % all_profiles().size()].id;
    const Trace trace = generate(6, index, {.profile = id, .max_operations = 60, .without = kFaults});
    const std::uint64_t points = count.points;
    std::optional<OomFailure> failure;
    on_large_stack([&] {
      Log expected;
      Log actual;
      failure = check_some_out_of_memory(trace, 3, count, expected, actual);
    });
    EXPECT_FALSE(failure) << index << ' ' << failure->signature();
    EXPECT_LE(count.points, points + 3);
  }
  for (std::size_t i = 0; i < count.sites.size(); ++i) {
    EXPECT_GT(count.sites[i], 0U) << to_string(static_cast<cyclegc::Site>(i));
  }
}

TEST(OutOfMemoryCheck, OneTraceVisitsEverySite) {
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_11, ProfileId::python3_13}) {
    OomCount count;
    EXPECT_EQ(check(trace_of_every_site(id), count), "");
    for (std::size_t i = 0; i < count.sites.size(); ++i) {
      const auto site = static_cast<cyclegc::Site>(i);
      if (site == cyclegc::Site::gc_callbacks && !profile(id).has_callbacks) continue;
      EXPECT_GT(count.sites[i], 0U) << profile(id).name << ": " << to_string(site);
    }
  }
}

// The check itself: an allocation that fails where nobody looked for it is a difference.
TEST(OutOfMemoryCheck, AFailureChangesTheLog) {
  const Trace trace = parsed("new a node\n");
  FailingMemory memory;
  Log log;
  {
    ImplSubject subject(ImplSubject::Checks::verify);
    memory.fail(1);
    subject.run(trace, Observe::digest, log);
    EXPECT_TRUE(memory.failed().has_value());
    ASSERT_EQ(subject.shortages().size(), 1U);
    EXPECT_EQ(subject.shortages()[0].index, 0U);
    EXPECT_EQ(log.of(0).front().kind, EventKind::no_memory);
  }
  EXPECT_EQ(memory.blocks(), 0);
}

}  // namespace
}  // namespace cyclecheck

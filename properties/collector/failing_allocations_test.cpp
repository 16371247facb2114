// Covers: rules M1 to M4 on traces made by hand, on the model and on the collector. Does not cover: memory that really
// runs out (properties/oom/oom_test.cpp).
#include <gtest/gtest.h>

#include <string>

#include "properties/support/traces.hpp"
#include "trace/text.hpp"

namespace cyclecheck::properties {
namespace {

// The events of the last operation but the counts, one a line.
std::string last_events(const std::string& profile, const std::string& operations) {
  const auto parsed = parse_trace("cyclecheck-trace 1\nprofile " + profile + "\n" + operations);
  if (const auto* error = std::get_if<TextError>(&parsed)) return to_string(*error, "trace");
  const Trace& trace = std::get<Trace>(parsed);
  const auto print = [&](const Log& log) {
    std::string text;
    for (const Event& event : log.of(log.operations() - 1)) text += to_string(event, trace) + "\n";
    return text;
  };
  std::string text = print(run_model(trace));
  EXPECT_EQ(print(run_impl(trace)), text);
  return text;
}

TEST(FailingAllocation, BindsNothingAndCountsNothing) {
  EXPECT_EQ(last_events("python3.11", "fail 1\nnew x node\n"), "no_memory\n");
  EXPECT_EQ(last_events("python3.11", "new x node\nfail 1\nnew x node\nrefcount x\n"), "references 1\n");
  EXPECT_EQ(last_events("python3.11", "fail 2\nnew x node\nnew y instance\n"), "no_memory\n");
  EXPECT_EQ(last_events("python3.11", "new x node\nfail 1\nweakref w x\n"), "no_memory\n");
}

TEST(FailingAllocation, HappensOnceAndCanBeCalledOff) {
  EXPECT_EQ(last_events("python3.11", "fail 1\nnew x node\nnew x node\n"), "count 1 0 0\n");
  EXPECT_EQ(last_events("python3.11", "fail 1\nfail 0\nnew x node\n"), "count 1 0 0\n");
}

TEST(FailingAllocation, OpaqueObjectsAreNotCounted) {
  EXPECT_EQ(last_events("python3.11", "fail 1\nnew x opaque\nnew y node\n"), "no_memory\n");
}

TEST(FailingAllocation, IsNoReasonToCollect) {
  EXPECT_EQ(last_events("python3.11", "threshold 1 0 0\nnew x node\nfail 1\nnew y node\n"), "no_memory\n");
  EXPECT_EQ(last_events("python3.12", "threshold 1 0 0\nnew x node\nfail 1\nnew y node\nsafepoint\n"), "");
}

TEST(FailingAllocation, BulkKeepsWhatItHas) {
  EXPECT_EQ(last_events("python3.11", "new x node\nfail 3\nbulk x 9\n"), "no_memory\ncount 3 0 0\n");
}

TEST(FailingAllocation, OfADictionaryLetsTheInstanceDie) {
  EXPECT_EQ(last_events("python3.8", "fail 2\nnew x instance del={}\n"), "finalizer x\ndied x\nno_memory\n");
  EXPECT_EQ(last_events("python3.8", "fail 2\nnew x instance del={root self}\n"),
            "finalizer x\nno_memory\ncount 1 0 0\n");
  // It has no slots, now or later.
  EXPECT_EQ(last_events("python3.8", "fail 2\nnew x instance del={root self}\nappend x x\nrefcount x\n"),
            "references 1\n");
}

TEST(FailingAllocation, OfAClassicInstanceGivesUpItsDictionary) {
  EXPECT_EQ(last_events("python2.7", "fail 2\nnew x classic legacy={}\n"), "no_memory\ncount 1 0 0\n");
  EXPECT_EQ(last_events("python2.7", "fail 1\nnew x classic\n"), "no_memory\n");
}

TEST(FailingAllocation, OfTheTupleLosesCallbacks) {
  const std::string watched = "new x node\nweakref v x cb={}\nweakref w x cb={}\nfail 1\ndrop x\n";
  EXPECT_EQ(last_events("python3.13", watched), "no_memory\ndied x\ncount 2 0 0\n");
  EXPECT_EQ(last_events("python3.13", watched + "deref d v\n"), "deref None\n");
  // One alone needs no tuple up to 3.12.
  EXPECT_EQ(last_events("python3.11", "new x node\nweakref v x cb={}\nfail 1\ndrop x\n"),
            "callback v\ndied x\ncount 1 0 0\n");
}

TEST(FailingAllocation, InAScriptLeavesTheRestOfIt) {
  EXPECT_EQ(last_events("python3.11", "new x node del={fail 1; new y node; collect 3}\ndrop x\n"),
            "finalizer x\nno_memory\nerror 0\ndied x\ncount 0 0 0\n");
}

}  // namespace
}  // namespace cyclecheck::properties

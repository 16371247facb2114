// Covers: a generated trace without a feature is a trace, is without it, and is the same trace if it never had it.
// Does not cover: what subjects do with such traces.
#include "harness/subjects/feature.hpp"

#include <gtest/gtest.h>

#include <string>

#include "harness/generate/generate_trace.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

TEST(Features, AreFoundByTheirWords) {
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const auto feature = static_cast<Feature>(i);
    EXPECT_EQ(find_feature(to_string(feature)), feature);
    EXPECT_EQ(words_of(FeatureSet{}.set(i)), to_string(feature));
  }
  EXPECT_EQ(find_feature("finalizer"), std::nullopt);
  FeatureSet two;
  two.set(static_cast<std::size_t>(Feature::legacy)).set(static_cast<std::size_t>(Feature::young));
  EXPECT_EQ(words_of(two), "legacy,young");
}

TEST(Features, LeaveATraceBehind) {
  std::array<std::size_t, kFeatures> used{};
  for (std::uint64_t index = 0; index < 400; ++index) {
    const Trace trace = generate(11, index, {});
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const FeatureSet one = FeatureSet{}.set(i);
      Trace stripped = trace;
      leave_out(one, stripped);
      ASSERT_EQ(find_defect(stripped), std::nullopt) << words_of(one) << " " << index;
      ASSERT_FALSE(uses(stripped, one)) << words_of(one) << "\n" << print_trace(stripped);
      if (uses(trace, one)) {
        ++used[i];
      } else {
        ASSERT_EQ(print_trace(stripped), print_trace(trace)) << words_of(one);
      }
    }
    Trace bare = trace;
    leave_out(FeatureSet{}.set(), bare);
    ASSERT_EQ(find_defect(bare), std::nullopt) << index;
    EXPECT_TRUE(bare.scripts.empty());
  }
  for (std::size_t i = 0; i < kFeatures; ++i) EXPECT_GT(used[i], 5U) << to_string(static_cast<Feature>(i));
}

// What an operation becomes, of those that stay.
TEST(Features, HaveSomethingInTheirPlace) {
  const auto without = [](Feature feature, const std::string& operations) {
    const auto parsed = parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations);
    Trace trace = std::get<Trace>(parsed);
    leave_out(FeatureSet{}.set(static_cast<std::size_t>(feature)), trace);
    std::string text = print_trace(trace);
    return text.substr(text.find("3.11\n") + 5);
  };
  EXPECT_EQ(without(Feature::legacy, "new a node legacy={collect 2}\n"), "new a node del={collect 2}\n");
  EXPECT_EQ(without(Feature::opaque, "new a opaque\n"), "new a node\n");
  EXPECT_EQ(without(Feature::young, "collect 0\ncollect 3\n"), "collect 2\ncollect 2\n");
  EXPECT_EQ(without(Feature::scripts, "weakref w a cb={drop b}\n"), "weakref w a cb={}\n");
  EXPECT_EQ(without(Feature::callbacks, "weakref w a cb={drop b}\n"), "weakref w a\n");
  EXPECT_EQ(without(Feature::proxies, "proxy p a\nuse p\n"), "weakref p a\n");
  EXPECT_EQ(without(Feature::labels, "append @a b[1]\n"), "append a b[1]\n");
  EXPECT_EQ(without(Feature::resurrection, "new a node del={root self; drop b}\n"), "new a node del={drop b}\n");
  EXPECT_EQ(without(Feature::automatic, "new a node\nset_threshold 1\n"), "disabled\nnew a node\n");
  EXPECT_EQ(without(Feature::nested, "new a node del={new b node del={drop a}}\n"),
            "new a node del={new b node del={}}\n");
  EXPECT_EQ(without(Feature::bulk, "new a node del={new b node del={fill a b 2}; drop a}\n"),
            "new a node del={new b node del={}; drop a}\n");
  EXPECT_EQ(without(Feature::callables, "weakref w a cb=b{drop a}\n"), "weakref w a cb={drop a}\n");
  EXPECT_EQ(without(Feature::callbacks, "weakref w a cb=b{drop a}\n"), "weakref w a\n");
  EXPECT_EQ(without(Feature::weakrefs, "new a node del={deref x w}\n"), "new a node del={}\n");
  EXPECT_EQ(without(Feature::scripts, "watch a stop={unwatch self}\n"), "watch a stop={}\n");
  EXPECT_EQ(without(Feature::gc_callbacks, "watch a start={}\nunwatch a\nsafepoint\n"), "safepoint\n");
}

}  // namespace
}  // namespace cyclecheck

// Covers: what a diagnosis says of lists whose digests or sizes differ, once both sides list everything.
// Does not cover: the headlines, which properties/cli/explain_cli_test.cpp has.
#include "harness/explain/diagnosis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "harness/explain/story.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr std::size_t kCollect = 3;

class Listed : public testing::Test {
 protected:
  // A weak reference, which no event says the death of, and two objects, in generation 1 after `collect 0`.
  Trace trace_ = std::get<Trace>(
      parse_trace("cyclecheck-trace 1\nprofile python3.11\nnew a node\nnew b node\nweakref w a\ncollect 0\n"));

  [[nodiscard]] Log run(Observe observe) const {
    return tell(trace_, {observe, 0}, [](const Frame&) {});
  }
  // The diagnosis of a side whose events of `collect 0` are what `change` makes of the model's.
  template <class Change>
  std::string diagnosis(const Change& change) {
    const auto changed = [&](Observe observe) {
      const Log log = run(observe);
      Log other;
      for (std::size_t i = 0; i < log.operations(); ++i) {
        std::vector<Event> events(log.of(i).begin(), log.of(i).end());
        if (i == kCollect) change(events);
        for (const Event& event : events) other.add(event);
        other.end_operation();
      }
      return std::pair(log, other);
    };
    const auto [model, side] = changed(Observe::digest);
    const auto divergence = compare(trace_, model, side, Level::order);
    EXPECT_TRUE(divergence && divergence->operation == kCollect && wants_listings(*divergence));
    const auto [model_in_full, side_in_full] = changed(Observe::every);
    std::string text;
    const auto listings = listings_of(model_in_full, side_in_full, kCollect);
    for (const std::string& line : diagnose(trace_, *divergence, "side", listings)) text += line + "\n";
    return text;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
  [[nodiscard]] bool is(const Event& event, const char* name) const {
    return event.kind == EventKind::listed && to_string(event.label, trace_) == name;
  }
};

TEST_F(Listed, TheObjectThatIsMissingIsNamed) {
  const std::string text = diagnosis([&](std::vector<Event>& events) {
    std::erase_if(events, [&](const Event& event) { return is(event, "w"); });
    for (Event& event : events) {
      if (event.kind == EventKind::members) --event.number[1];
    }
  });
  EXPECT_TRUE(has(text, "side has generations of other sizes: `members 0 2 0`, the model `members 0 3 0` (rules G1"))
      << text;
  EXPECT_TRUE(has(text,
                  "w makes the difference: it is in generation 1 in the model, and in no generation in side.\n"
                  "After the operation it is alive in the model, because of: variable w -> w.\n"))
      << text;
}

TEST_F(Listed, TheObjectInAnotherGenerationIsNamed) {
  const std::string text = diagnosis([&](std::vector<Event>& events) {
    for (Event& event : events) {
      if (is(event, "b")) event.number[0] = 2;
      if (event.kind == EventKind::members) --event.number[1], ++event.number[2];
    }
  });
  EXPECT_TRUE(has(text, "b makes the difference: it is in generation 1 in the model, and in generation 2 in side."))
      << text;
}

TEST_F(Listed, BothOrdersAreTold) {
  const std::string text = diagnosis([&](std::vector<Event>& events) {
    const auto first = std::find_if(events.begin(), events.end(), [&](const Event& event) { return is(event, "a"); });
    if (first != events.end()) std::iter_swap(first, first + 1);
    for (Event& event : events) {
      if (event.kind == EventKind::digest) ++event.number[1];
    }
  });
  EXPECT_TRUE(has(text, "side has the objects of a generation in another order than the model (rules G1 and C4).\n"))
      << text;
  EXPECT_TRUE(has(text, "Order of generation 1 in the model: a, b, w.\nOrder of generation 1 in side: b, a, w.\n"))
      << text;
}

}  // namespace
}  // namespace cyclecheck

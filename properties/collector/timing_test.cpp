// Covers: which allocation triggers a collection of which generation (rules G2 to G8), against what real interpreters
// were observed to do. Does not cover: timing on random traces; that is the equivalence suite's, at level timing.
#include <gtest/gtest.h>

#include <vector>

#include "model/heap.hpp"
#include "properties/support/sanitized.hpp"
#include "properties/support/traces.hpp"

namespace cyclecheck::properties {
namespace {

// "Allocate empty lists, keep all" in a real interpreter: at which allocation a full collection ran. The observer was a
// gc callback. Its own objects (the info dictionary; in 3.6 an argument tuple too) are allocated anew after the start
// and after each full collection, which empties the free lists: `own` allocations of every cycle are the observer's.
// The process held some 5,000 other containers, which count for the 25 % rule (G7).
constexpr int kOtherContainers = 5000;

struct Observed {
  ProfileId profile;
  std::uint64_t own;
  bool own_before_first;
  std::vector<std::uint64_t> full;
};

const std::vector<Observed>& observed() {
  static const std::vector<Observed> table{
      {ProfileId::python3_6, 2, true, {93231, 186462, 279693, 372924, 474567, 601446, 761973, 956148}},
      {ProfileId::python3_8, 1, true, {93232, 186464, 279696, 372928, 474572, 601452, 761980, 956156, 1200804}},
      {ProfileId::python3_10, 1, true, {93232, 186464, 279696, 372928, 474572, 601452, 761980, 956156, 1200804}},
      {ProfileId::python3_11, 1, true, {93232, 186464, 279696, 372928, 474572, 601452, 761980, 956156, 1200804}},
      {ProfileId::python3_12, 1, false, {93233, 186465}},
      {ProfileId::python3_13, 1, false, {266133}},
  };
  return table;
}

class NoScripts final : public model::Program {
 public:
  void run_script(ScriptId /*script*/, model::Id /*self*/) override {}
};

TEST(Timing, TheModelCollectsInFullWhenRealInterpretersDo) {
  for (const Observed& row : observed()) {
    SCOPED_TRACE(profile(row.profile).name);
    Settings settings;
    settings.threshold = profile(row.profile).threshold;
    NoScripts program;
    Log log;
    model::Heap heap(profile(row.profile), settings, program, log, nullptr);
    const auto allocate = [&] { heap.allocate(model::Kind::node, {0}, FinalizerKind::none, kNoScript); };
    heap.enabled = false;
    for (int i = 0; i < kOtherContainers; ++i) allocate();
    heap.collect(2);
    heap.take_ran();
    heap.enabled = true;
    std::uint64_t allocations = 0;
    std::uint64_t cycles = 0;
    for (std::size_t i = 0; i < fewer<std::size_t>(row.full.size(), 1); ++i) {
      const std::uint64_t expected = row.full[i];
      do {
        allocate();
        heap.safepoint();
        ++allocations;
      } while (heap.take_ran()[2] == 0);
      ++cycles;
      const std::uint64_t observer = row.own * (row.own_before_first ? cycles : cycles - 1);
      ASSERT_EQ(allocations, expected + observer) << "full collection " << cycles;
    }
  }
}

// thr(50,2,2) and 600 instances: the generations of the collections that start.
TEST(Timing, GenerationsTakeTurns) {
  const std::vector<std::uint32_t> expected{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
  for (const Profile& row : all_profiles()) {
    if (row.attributes == Profile::Attributes::own_dictionary) continue;  // there an instance is two objects
    Trace trace = empty_trace(row.id);
    trace.settings.threshold = {50, 2, 2};
    // Twelve periods of 51 allocations, and not a thirteenth.
    for (std::uint16_t i = 0; i < 620; ++i) {
      Operation make = simple(OpCode::create);
      make.kind = ObjectKind::instance;
      make.target = {i};
      trace.operations.push_back(make);
    }
    for (const auto run : {run_model, run_impl}) {
      std::vector<std::uint32_t> found;
      const Log log = run(trace, Observe::digest);
      for (const Event& event : log.all()) {
        if (event.kind != EventKind::ran) continue;
        for (std::uint32_t g = 0; g < 3; ++g) found.insert(found.end(), event.number[g], g);
      }
      EXPECT_EQ(found, expected) << row.name;
    }
  }
}

}  // namespace
}  // namespace cyclecheck::properties

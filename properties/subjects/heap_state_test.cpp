// Heap states: what they say about collections that are known.
#include "harness/subjects/heap_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/generate/generate_trace.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/subjects/state_set.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

std::vector<HeapState> states_of(const Trace& trace) {
  ModelSubject model;
  Log log;
  model.run(trace, Observe::digest, log);
  const auto states = model.heap_states().states();
  return {states.begin(), states.end()};
}

std::vector<HeapState> states_of(const std::string& operations, const std::string& profile = "python3.11") {
  const auto parsed = parse_trace("cyclecheck-trace 1\nprofile " + profile + "\n" + operations);
  if (const auto* error = std::get_if<TextError>(&parsed)) {
    ADD_FAILURE() << error->message << " in line " << error->line;
    return {};
  }
  return states_of(std::get<Trace>(parsed));
}

TEST(HeapState, CycleOfTwoWithAFinalizerThatResurrects) {
  const auto states = states_of(
      "new a node del={root self}\nnew b node\nappend a b\nappend b a\ndrop a\ndrop b\ncollect 2\ncollect 0\n");
  ASSERT_EQ(states.size(), 2U);
  HeapState expected;
  expected.generation = 2;
  expected.populated = 1;
  expected.component = 2;
  expected.components = 1;
  expected.finalizers = 1;
  expected.outcome = 1;
  EXPECT_EQ(states[0], expected);
  HeapState nothing;
  nothing.populated = 4;
  EXPECT_EQ(states[1], nothing);
}

TEST(HeapState, WeakReferencesIntoAndOutOfGarbage) {
  const auto states = states_of(
      "new a node\nnew o node\nsubref w a cb={}\nweakref v a\nsubref u a\nsubref t o\nappend a u\nappend a t\n"
      "append a a\ndrop u\ndrop t\ndrop a\ncollect 1\n");
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].generation, 1);
  // w and v are outside, u is garbage itself and has no callback.
  EXPECT_EQ(states[0].weak_into, 1 | 2 | 8);
  EXPECT_TRUE(states[0].weak_out);
  EXPECT_EQ(states[0].component, 1);
  EXPECT_TRUE(states[0].acyclic);
  EXPECT_EQ(states[0].outcome, 4);
}

TEST(HeapState, SizesAndNumbersOfComponents) {
  const auto ring = [](const std::string& name, int size) {
    std::string text;
    for (int i = 0; i < size; ++i) text += "new " + name + std::to_string(i) + " node\n";
    for (int i = 0; i < size; ++i) {
      text += "append " + name + std::to_string(i) + " " + name + std::to_string((i + 1) % size) + "\n";
    }
    for (int i = 0; i < size; ++i) text += "drop " + name + std::to_string(i) + "\n";
    return text;
  };
  const std::vector<std::pair<int, int>> buckets{{1, 1}, {2, 2},  {3, 3},  {4, 4},   {7, 4},
                                                 {8, 5}, {15, 5}, {16, 6}, {150, 6}, {300, 7}};
  for (const auto& [size, bucket] : buckets) {
    const auto states = states_of("disable\n" + ring("a", size) + "collect 2\n");
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].component, bucket) << size;
    EXPECT_EQ(states[0].components, bucket == 7 ? 0 : 1) << size;
  }
  const auto four = states_of("disable\n" + ring("a", 2) + ring("b", 3) + ring("c", 1) + ring("d", 1) + "collect 2\n");
  EXPECT_EQ(four[0].component, 3);
  EXPECT_EQ(four[0].components, 3);
  // Two rings with an edge between them are two components still.
  const auto linked =
      states_of("disable\nnew x node\nnew y node\nappend x x\nappend y y\nappend x y\ndrop x\ndrop y\ncollect 2\n");
  EXPECT_EQ(linked[0].component, 1);
  EXPECT_EQ(linked[0].components, 2);
}

TEST(HeapState, WhatBeganTheCollection) {
  const std::string three = "threshold 2 10 10\nnew a node\nnew b node\nnew c node\n";
  auto states = states_of(three);
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].trigger, CollectionTrigger::allocation);
  states = states_of(three, "python3.12");
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].trigger, CollectionTrigger::safepoint);
  states = states_of("new a node del={collect 0}\ndrop a\n");
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].trigger, CollectionTrigger::explicit_call);
  EXPECT_EQ(states[0].depth, 1);
  states = states_of("new a node\nshutdown\n");
  ASSERT_GE(states.size(), 2U);
  EXPECT_EQ(states.front().trigger, CollectionTrigger::explicit_call);
  EXPECT_EQ(states.back().trigger, CollectionTrigger::shutdown);
}

TEST(HeapState, DifferentStatesHaveDifferentNumbers) {
  std::set<std::uint32_t> numbers;
  std::vector<HeapState> different;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const auto id = static_cast<ProfileId>(i % kProfiles);
    for (const HeapState& state : states_of(generate(3, i, {.profile = id, .max_operations = 200}))) {
      if (std::find(different.begin(), different.end(), state) == different.end()) different.push_back(state);
      numbers.insert(state.packed());
    }
  }
  EXPECT_GT(different.size(), 200U);
  EXPECT_EQ(numbers.size(), different.size());
  const auto set = std::make_unique<StateSet>();
  for (int twice = 0; twice < 2; ++twice) {
    for (const std::uint32_t number : numbers) EXPECT_EQ(set->insert(number), twice == 0);
  }
  EXPECT_EQ(set->size(), numbers.size());
}

TEST(HeapState, CountersTellRunsApart) {
  const auto counters_of = [](const std::string& operations) {
    ModelSubject model;
    Log log;
    std::vector<std::uint8_t> counters(kStateCounters);
    model.run(std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations)), Observe::digest,
              log);
    model.heap_states().count(counters);
    return counters;
  };
  const std::string cycle = "new a node\nappend a a\ndrop a\n";
  EXPECT_EQ(counters_of(cycle), std::vector<std::uint8_t>(kStateCounters));
  EXPECT_NE(counters_of(cycle + "collect 2\n"), counters_of(cycle + "collect 1\n"));
  EXPECT_NE(counters_of(cycle + "collect 2\n"), counters_of("new a node\ncollect 2\n"));
  std::string many = cycle;
  for (int i = 0; i < 400; ++i) many += "collect 2\n";
  const auto counters = counters_of(many);
  EXPECT_EQ(*std::max_element(counters.begin(), counters.end()), 255);
}

}  // namespace
}  // namespace cyclecheck

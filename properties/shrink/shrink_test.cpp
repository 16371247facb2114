// Covers: how small toy failures become, that results are 1-minimal and the same every time, that the budget is kept.
// Does not cover: failures of real subjects.
#include "harness/shrink/shrink_trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/generate/generate_trace.hpp"
#include "harness/shrink/trace_cost.hpp"
#include "harness/subjects/model_subject.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

std::size_t occurrences(const Trace& trace, OpCode code) {
  return static_cast<std::size_t>(std::count_if(trace.operations.begin(), trace.operations.end(),
                                                [&](const Operation& operation) { return operation.code == code; }));
}

bool logs(const Trace& trace, EventKind kind) {
  ModelSubject model;
  Log log;
  model.run(trace, Observe::digest, log);
  return std::any_of(log.all().begin(), log.all().end(), [&](const Event& event) { return event.kind == kind; });
}

// The first generated trace that fails.
Trace failing_trace(const StillFails& fails, std::size_t at_least = 100) {
  for (std::uint64_t index = 0;; ++index) {
    Trace trace = generate(11, index, {});
    if (trace.operations.size() >= at_least && fails(trace)) return trace;
  }
}

std::size_t script_operations(const Trace& trace) {
  std::size_t sum = 0;
  for (const Script& script : trace.scripts) sum += script.size();
  return sum;
}

// Leaving out any one operation makes the trace pass.
void expect_one_minimal(const Trace& trace, const StillFails& fails) {
  ASSERT_TRUE(fails(trace));
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    Trace shorter = trace;
    shorter.operations.erase(shorter.operations.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(fails(shorter)) << print_trace(trace) << "operation " << i;
  }
  for (std::size_t s = 0; s < trace.scripts.size(); ++s) {
    for (std::size_t i = 0; trace.scripts[s].size() > 1 && i < trace.scripts[s].size(); ++i) {
      Trace shorter = trace;
      shorter.scripts[s].erase(shorter.scripts[s].begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(fails(shorter)) << print_trace(trace) << "script " << s << ", operation " << i;
    }
  }
}

ShrinkResult shrink_to(const StillFails& fails, std::size_t most) {
  const ShrinkResult result = shrink(failing_trace(fails), fails, {});
  EXPECT_TRUE(result.one_minimal);
  EXPECT_EQ(find_defect(result.trace), std::nullopt) << print_trace(result.trace);
  EXPECT_LE(result.trace.operations.size() + script_operations(result.trace), most) << print_trace(result.trace);
  expect_one_minimal(result.trace, fails);
  return result;
}

TEST(Shrink, ACountOfOperationsIsAllThatIsLeft) {
  const auto result = shrink_to([](const Trace& trace) { return occurrences(trace, OpCode::collect) >= 2; }, 2);
  EXPECT_EQ(print_trace(result.trace), "cyclecheck-trace 1\nprofile python3.11\ncollect 2\ncollect 2\n");
}

TEST(Shrink, AFinalizerNeedsAnObjectAndItsDeath) {
  shrink_to([](const Trace& trace) { return logs(trace, EventKind::finalizer); }, 2);
}

TEST(Shrink, AnExceptionNeedsOneOperationInAScript) {
  const auto result = shrink_to([](const Trace& trace) { return logs(trace, EventKind::raised); }, 4);
  EXPECT_EQ(script_operations(result.trace), 1U);
}

TEST(Shrink, ACallbackNeedsThreeOperations) {
  shrink_to([](const Trace& trace) { return logs(trace, EventKind::callback); }, 3);
}

TEST(Shrink, GarbageNeedsACycleAndACollection) {
  shrink_to([](const Trace& trace) { return logs(trace, EventKind::garbage_size); }, 5);
}

TEST(Shrink, AnAutomaticCollectionNeedsFewAllocations) {
  const auto automatic = [](const Trace& trace) {
    if (occurrences(trace, OpCode::collect) > 0 || occurrences(trace, OpCode::shutdown) > 0) return false;
    return logs(trace, EventKind::ran);
  };
  // Either the thresholds are lowered or the default ones are exceeded at once.
  shrink_to(automatic, 3);
}

// Objects that stay in variables are few, and in the place of each there may be many.
TEST(Shrink, OneBulkAllocatesMoreThanWasAllocated) {
  const StillFails many = [](const Trace& trace) {
    std::int32_t in_bulks = 0;
    for (const Operation& operation : trace.operations) {
      if (operation.code == OpCode::bulk) in_bulks += operation.number[0];
    }
    return in_bulks >= 20 || occurrences(trace, OpCode::create) >= 6;
  };
  const auto parsed = parse_trace(
      "cyclecheck-trace 1\nprofile python3.11\nnew a node\nnew b node\nnew c node\nnew d node\nnew e node\nnew f "
      "node\n");
  const ShrinkResult result = shrink(std::get<Trace>(parsed), many, {});
  EXPECT_EQ(print_trace(result.trace), "cyclecheck-trace 1\nprofile python3.11\nbulk a 20\n");
}

TEST(Shrink, WhatAScriptDoesIsDoneByTheTraceItself) {
  const StillFails used = [](const Trace& trace) { return logs(trace, EventKind::used); };
  for (const std::string lines : {"new a node\nnew b node\nweakref c b cb={proxy d a}\ndrop b\nuse d\n",
                                  "new a node del={proxy d self; append self self}\ndrop a\nuse d\n"}) {
    const auto parsed = parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + lines);
    ASSERT_TRUE(std::holds_alternative<Trace>(parsed)) << lines;
    const ShrinkResult result = shrink(std::get<Trace>(parsed), used, {});
    EXPECT_EQ(result.trace.operations.size(), 3U) << print_trace(result.trace);
    EXPECT_TRUE(result.trace.scripts.empty()) << print_trace(result.trace);
  }
}

TEST(Shrink, NumbersAndSettingsBecomeSmall) {
  const StillFails fails = [](const Trace& trace) {
    return std::any_of(trace.operations.begin(), trace.operations.end(), [](const Operation& operation) {
      return operation.code == OpCode::bulk && operation.number[0] >= 13;
    });
  };
  const auto result = shrink_to(fails, 1);
  EXPECT_EQ(result.trace.operations.at(0).number[0], 13);
  EXPECT_EQ(result.trace.settings, Settings{});
  EXPECT_EQ(result.trace.names, std::vector<std::string>{"a"});
}

Trace parse(const std::string& lines) {
  auto parsed = parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + lines);
  if (auto* trace = std::get_if<Trace>(&parsed)) return std::move(*trace);
  ADD_FAILURE() << lines;
  return {};
}

std::vector<Label> deaths(const Trace& trace, ProfileId profile) {
  ModelSubject model;
  Log log;
  model.run(in_profile(trace, profile), Observe::digest, log);
  std::vector<Label> labels;
  for (const Event& event : log.all()) {
    if (event.kind == EventKind::died) labels.push_back(event.label);
  }
  return labels;
}

// Chains of 60 objects, made under two names in turn. The trashcan of 3.11 puts off what dies in the 51st, that of 3.13
// does not.
// Of every kind that does: a node, or a suspended generator that is closed.
TEST(Shrink, TheSimplestKindIsLeft) {
  const StillFails creates = [](const Trace& trace) { return occurrences(trace, OpCode::create) > 0; };
  const StillFails ends = [](const Trace& trace) {
    const bool suspended = std::any_of(trace.operations.begin(), trace.operations.end(), [](const Operation& one) {
      return one.code == OpCode::create && (one.kind == ObjectKind::generator || one.kind == ObjectKind::coroutine);
    });
    return suspended && occurrences(trace, OpCode::close) + occurrences(trace, OpCode::resume) > 0;
  };
  const std::string head = "cyclecheck-trace 1\nprofile python3.11\n";
  for (std::size_t kind = 0; kind < kObjectKinds; ++kind) {
    const std::string word{to_string(static_cast<ObjectKind>(kind))};
    const auto trace = std::get<Trace>(parse_trace(head + "new a " + word + "\n"));
    EXPECT_EQ(print_trace(shrink(trace, creates, {}).trace), head + "new a node\n") << word;
  }
  const auto trace = std::get<Trace>(parse_trace(head + "new a coroutine\nresume a\n"));
  EXPECT_EQ(print_trace(shrink(trace, ends, {}).trace), head + "new a generator\nclose a\n");
}

TEST(Shrink, AChainIsMadeAtOnceAndAsLongAsItMustBe) {
  const StillFails fails = [](const Trace& trace) {
    if (trace.settings.enabled || occurrences(trace, OpCode::enable) + occurrences(trace, OpCode::collect) > 0)
      return false;
    return occurrences(trace, OpCode::shutdown) == 0 &&
           deaths(trace, ProfileId::python3_11) != deaths(trace, ProfileId::python3_13);
  };
  for (const std::string first :
       {"new a node\nnew b node\nappend b a\n", "new a node\nnew b node del={}\nappend b a\n"}) {
    for (const std::string other : {"node", "instance"}) {
      std::string lines = "disabled\n" + first + "bulk a 3\n";
      for (int i = 0; i < 30; ++i) lines += "new a node\nappend a b\nbulk a 1\nnew b " + other + "\nappend b a\n";
      const Trace trace = parse(lines + "drop a\ndrop b\n");
      ASSERT_TRUE(fails(trace));
      const ShrinkResult result = shrink(trace, fails, {});
      EXPECT_TRUE(result.one_minimal);
      expect_one_minimal(result.trace, fails);
      // One operation a link, and few beside them.
      EXPECT_LE(result.trace.operations.size(), 56U) << print_trace(result.trace);
    }
  }
}

// Neither chunks nor single operations can go from a chain that has to be so long.
TEST(Shrink, ALongTraceIsShortenedAtOnceBeforeItIsTriedOperationByOperation) {
  std::string lines;
  for (int i = 0; i < 600; ++i) lines += "new a node\nappend a b\nnew b node\nappend b a\n";
  const Trace trace = parse(lines + "drop a\ndrop b\n");
  const auto count = deaths(trace, ProfileId::python3_11).size();
  ShrinkOptions options;
  int asked = 0;
  options.stop = [&] { return ++asked > 150; };
  const ShrinkResult result = shrink(
      trace, [&](const Trace& t) { return deaths(t, ProfileId::python3_11).size() >= count; }, options);
  EXPECT_LE(result.trace.operations.size(), 3 * trace.operations.size() / 4);
}

TEST(Shrink, SuperfluousLinksGoFromAChainThatCannotBeMadeAtOnce) {
  const StillFails fails = [](const Trace& trace) {
    return occurrences(trace, OpCode::bulk) == 0 && logs(trace, EventKind::finalizer) &&
           deaths(trace, ProfileId::python3_11).size() >= 4 && occurrences(trace, OpCode::drop) == 1;
  };
  std::string lines = "new a node del={}\n";
  for (int i = 0; i < 30; ++i) lines += "new b node\nappend b a\nnew a node\nappend a b\n";
  const ShrinkResult result = shrink(parse(lines + "drop b\nnew b node\nnew a node\n"), fails, {});
  EXPECT_LE(result.trace.operations.size(), 7U) << print_trace(result.trace);
}

TEST(Shrink, TheEndOfTheProgramStandsForWhatItDoes) {
  const StillFails fails = [](const Trace& trace) {
    return occurrences(trace, OpCode::append) > 0 && logs(trace, EventKind::ran) && logs(trace, EventKind::died);
  };
  for (const std::string lines :
       {"new a node\nappend a a\ndrop a\ncollect 1\nget_count\n", "new a node\ndrop a\nappend a a\ncollect 1\n"}) {
    const ShrinkResult result = shrink(parse(lines), fails, {});
    EXPECT_EQ(result.trace.operations.size(), 3U) << print_trace(result.trace);
    EXPECT_EQ(result.trace.operations.back().code, OpCode::shutdown) << print_trace(result.trace);
  }
}

TEST(Shrink, WhatIsSetOnceIsSetFromTheStart) {
  const StillFails fails = [](const Trace& trace) {
    if (occurrences(trace, OpCode::collect) + occurrences(trace, OpCode::bulk) > 0) return false;
    return occurrences(trace, OpCode::shutdown) == 0 && logs(trace, EventKind::ran);
  };
  const ShrinkResult result =
      shrink(parse("new a node\nset_threshold 1 2 3\nnew a node\nappend a a\nnew b node\nappend a b\n"), fails, {});
  EXPECT_EQ(occurrences(result.trace, OpCode::set_threshold), 0U) << print_trace(result.trace);
  EXPECT_EQ(result.trace.operations.size(), 2U) << print_trace(result.trace);
  const ShrinkResult disabled =
      shrink(parse("disable\nnew a node\n"),
             [](const Trace& trace) {
               return !trace.operations.empty() && (!trace.settings.enabled || occurrences(trace, OpCode::disable) > 0);
             },
             {});
  EXPECT_EQ(disabled.trace.operations.size(), 1U) << print_trace(disabled.trace);
}

TEST(Shrink, ALargerBulkStandsForOperations) {
  const StillFails fails = [](const Trace& trace) {
    std::size_t weight = 10 * occurrences(trace, OpCode::collect);
    for (const Operation& operation : trace.operations) {
      if (operation.code == OpCode::bulk) weight += static_cast<std::size_t>(operation.number[0]);
    }
    return weight >= 34 && occurrences(trace, OpCode::bulk) > 0;
  };
  const ShrinkResult result = shrink(parse("bulk a 5\ncollect 2\ncollect 1\ncollect 2\n"), fails, {});
  EXPECT_EQ(print_trace(result.trace), "cyclecheck-trace 1\nprofile python3.11\nbulk a 34\n");
}

TEST(Shrink, GivesTheSameTraceEveryTime) {
  const StillFails fails = [](const Trace& trace) { return logs(trace, EventKind::callback); };
  const Trace trace = failing_trace(fails);
  const ShrinkResult first = shrink(trace, fails, {});
  const ShrinkResult second = shrink(trace, fails, {});
  EXPECT_EQ(first.trace, second.trace);
  EXPECT_EQ(first.progress.attempts, second.progress.attempts);
}

TEST(Shrink, EveryStepIsSimplerThanTheOneBefore) {
  const StillFails fails = [](const Trace& trace) {
    return logs(trace, EventKind::callback) && logs(trace, EventKind::ran);
  };
  const Trace trace = failing_trace(fails);
  TraceCost last = cost_of(trace);
  ShrinkOptions options;
  options.on_best = [&](const Trace& best, const ShrinkProgress& /*progress*/) {
    EXPECT_LT(cost_of(best), last) << print_trace(best);
    last = cost_of(best);
  };
  const ShrinkResult result = shrink(trace, fails, options);
  EXPECT_LE(cost_of(result.trace), last);
}

// Names take part in digests: a subject that is wrong may depend on their numbers.
TEST(Shrink, TheNormalFormIsTakenIfItFailsToo) {
  const auto last_name = [](const Trace& trace) {
    std::uint32_t last = 0;
    for (const Operation& operation : trace.operations) last = std::max<std::uint32_t>(last, operation.target.value);
    return last;
  };
  const Trace trace = parse("new a node\nnew b node\nnew c node\ndrop c\n");
  const ShrinkResult third = shrink(trace, [&](const Trace& candidate) { return last_name(candidate) == 2; }, {});
  EXPECT_EQ(third.trace.operations.size(), 1U) << print_trace(third.trace);
  EXPECT_EQ(last_name(third.trace), 2U) << print_trace(third.trace);
  const ShrinkResult any =
      shrink(trace, [](const Trace& candidate) { return occurrences(candidate, OpCode::drop) > 0; }, {});
  EXPECT_EQ(any.trace.names, std::vector<std::string>{"a"}) << print_trace(any.trace);
}

TEST(Shrink, WhatIsSmallStaysAsItIs) {
  const StillFails fails = [](const Trace& trace) { return trace.operations.size() == 1; };
  Trace trace = empty_trace(ProfileId::python2_7);
  trace.operations.resize(1);
  const ShrinkResult result = shrink(trace, fails, {});
  EXPECT_EQ(result.trace.operations.size(), 1U);
  EXPECT_TRUE(result.one_minimal);
}

TEST(Shrink, ReportsTheBestSoFarAndKeepsTheBudget) {
  const StillFails slow = [](const Trace& trace) {
    const timespec pause{0, 20'000'000};
    nanosleep(&pause, nullptr);
    return occurrences(trace, OpCode::create) >= 20;
  };
  const Trace trace = failing_trace([](const Trace& t) { return occurrences(t, OpCode::create) >= 20; }, 800);
  ShrinkOptions options;
  options.budget = std::chrono::milliseconds{500};
  std::size_t last = trace.operations.size();
  std::size_t steps = 0;
  options.on_best = [&](const Trace& best, const ShrinkProgress&) {
    EXPECT_LE(best.operations.size(), last);
    last = best.operations.size();
    ++steps;
  };
  const ShrinkResult result = shrink(trace, slow, options);
  // An attempt takes 20 ms at least, and there is one more at the end.
  EXPECT_LE(result.progress.attempts, 26U);
  EXPECT_FALSE(result.one_minimal);
  EXPECT_STREQ(verdict_of(result), "budget reached");
  EXPECT_GT(steps, 0U);
  EXPECT_TRUE(slow(result.trace));
}

TEST(Shrink, StopsWhenAsked) {
  const StillFails fails = [](const Trace& trace) { return !trace.operations.empty(); };
  ShrinkOptions options;
  int asked = 0;
  options.stop = [&] { return ++asked > 3; };
  const ShrinkResult result = shrink(failing_trace(fails), fails, options);
  EXPECT_FALSE(result.one_minimal);
  EXPECT_TRUE(fails(result.trace));
}

}  // namespace
}  // namespace cyclecheck

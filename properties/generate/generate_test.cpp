// Covers: the generator's traces are valid in every profile, survive printing and encoding, depend on seed, index and
// options alone, and have the sizes and shapes that they are meant to have.
// Does not cover: what the traces reach when they run (batch_test.cpp).
#include "harness/generate/generate_trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "harness/compare/signature.hpp"
#include "harness/shrink/trace_cost.hpp"
#include "harness/system/random.hpp"
#include "properties/support/sanitized.hpp"
#include "trace/binary.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

// Of the first 1000 traces of seed 1, in the profiles up to python3.13 and in those after it. It changes when the
// generator does, and then all stored seeds mean other traces.
constexpr std::uint64_t kGolden = 6201367814989960473U;
constexpr std::uint64_t kGoldenOfLater = 5391646846424730207U;

TEST(Random, GivesTheSameNumbersEverywhere) {
  Random random(1, 2);
  EXPECT_EQ(random.next(), 10308208297769688354U);
  std::array<std::uint32_t, 10> seen{};
  for (int i = 0; i < 10'000; ++i) ++seen[random.below(10)];
  for (const std::uint32_t count : seen) {
    EXPECT_GT(count, 850U);
    EXPECT_LT(count, 1150U);
  }
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t number = random.between(3, 5);
    EXPECT_GE(number, 3U);
    EXPECT_LE(number, 5U);
  }
}

TEST(Generate, EveryTraceOfEveryProfileIsValid) {
  for (const Profile& row : all_profiles()) {
    for (std::uint64_t index = 0; index < fewer(300U, 100U); ++index) {
      const Trace trace = generate(7, index, {.profile = row.id});
      EXPECT_EQ(trace.profile, row.id);
      ASSERT_EQ(find_defect(trace), std::nullopt) << row.name << " " << index;
      const auto parsed = parse_trace(print_trace(trace));
      ASSERT_TRUE(std::holds_alternative<Trace>(parsed)) << to_string(std::get<TextError>(parsed), "trace");
      ASSERT_EQ(std::get<Trace>(parsed), normalised(trace));
      ASSERT_EQ(decode_trace(encode_trace(trace)), trace);
    }
  }
}

TEST(Generate, ScriptsHoldWhatBelongsThereAlone) {
  for (std::uint64_t index = 0; index < 300; ++index) {
    const Trace trace = generate(3, index, {});
    for (const Operation& operation : trace.operations) {
      EXPECT_NE(operation.code, OpCode::raise);
      EXPECT_NE(operation.a.kind, Operand::Kind::self);
    }
    for (const Script& script : trace.scripts) {
      EXPECT_LE(script.size(), 6U);
      for (const Operation& operation : script) {
        EXPECT_NE(info(operation.code).place, Place::trace_only);
      }
    }
  }
}

// Also that failing allocations are put into what was there.
TEST(Generate, WithoutFaultsATraceIsTheSameButForThem) {
  const auto erase = [](std::vector<Operation>& operations) {
    return std::erase_if(operations, [](const Operation& o) { return o.code == OpCode::fail; });
  };
  std::size_t with_faults = 0;
  for (std::uint64_t index = 0; index < 400; ++index) {
    Trace trace = generate(5, index, {});
    std::size_t faults = erase(trace.operations);
    for (Script& script : trace.scripts) faults += erase(script);
    with_faults += faults > 0 ? 1U : 0U;
    ASSERT_EQ(trace, generate(5, index, {.without = kFaults})) << index;
  }
  EXPECT_GT(with_faults, 20U);
  EXPECT_LT(with_faults, 80U);
}

TEST(Generate, DependsOnSeedIndexAndOptionsAlone) {
  Trace reused;
  for (std::uint64_t index = 0; index < 50; ++index) generate(5, index, {}, reused);
  generate(5, 17, {}, reused);
  EXPECT_EQ(reused, generate(5, 17, {}));
  EXPECT_NE(generate(5, 17, {}).operations, generate(6, 17, {}).operations);
  EXPECT_NE(generate(5, 17, {}).operations, generate(5, 18, {}).operations);
  EXPECT_NE(generate(5, 17, {}).operations, generate(5, 17, {.profile = ProfileId::python2_7}).operations);
}

TEST(Generate, AThousandTracesAreWhatTheyWere) {
  const auto hash_in = [](std::span<const Profile> profiles) {
    std::uint64_t hash = 0;
    for (std::uint64_t index = 0; index < 1000; ++index) {
      hash = hash * 0x100000001B3U + hash_of(generate(1, index, {.profile = profiles[index % profiles.size()].id}));
    }
    return hash;
  };
  const auto behind_3_13 = static_cast<std::size_t>(ProfileId::python3_13) + 1;
  EXPECT_EQ(hash_in(all_profiles().first(behind_3_13)), kGolden);
  EXPECT_EQ(hash_in(all_profiles().subspan(behind_3_13, 3)), kGoldenOfLater);
}

TEST(Generate, SizesReachFromAHandfulToThousands) {
  std::vector<std::size_t> sizes;
  std::size_t shutdowns = 0;
  for (std::uint64_t index = 0; index < 2000; ++index) {
    const Trace trace = generate(1, index, {});
    sizes.push_back(trace.operations.size());
    if (!trace.operations.empty() && trace.operations.back().code == OpCode::shutdown) ++shutdowns;
  }
  std::sort(sizes.begin(), sizes.end());
  EXPECT_LE(sizes.front(), 5U);
  EXPECT_GE(sizes.back(), 2000U);
  EXPECT_GE(sizes[sizes.size() / 2], 20U);
  EXPECT_LE(sizes[sizes.size() / 2], 300U);
  EXPECT_NEAR(static_cast<double>(shutdowns) / static_cast<double>(sizes.size()), 0.8, 0.05);
}

TEST(Generate, SettingsVary) {
  constexpr std::uint64_t kTraces = 2000;
  std::size_t filled = 0;
  std::size_t disabled = 0;
  std::size_t defaults = 0;
  for (std::uint64_t index = 0; index < kTraces; ++index) {
    const Settings settings = generate(1, index, {}).settings;
    filled += settings.free_lists_filled ? 1U : 0U;
    disabled += settings.enabled ? 0U : 1U;
    defaults += settings.threshold == profile(ProfileId::python3_11).threshold ? 1U : 0U;
  }
  for (const std::size_t count : {filled, disabled, defaults}) {
    EXPECT_GT(count, kTraces / 50);
    EXPECT_LT(count, kTraces / 5);
  }
}

TEST(Generate, KeepsToItsLargestSizeUpToOneShape) {
  for (std::uint64_t index = 0; index < 500; ++index) {
    EXPECT_LE(generate(1, index, {.max_operations = 10}).operations.size(), 10U + 1000U);
  }
}

TEST(Generate, EveryOperationOccurs) {
  std::array<std::uint64_t, kOpCodes> seen{};
  for (std::uint64_t index = 0; index < 500; ++index) {
    const Trace trace = generate(1, index, {});
    for (const Operation& operation : trace.operations) ++seen[static_cast<std::size_t>(operation.code)];
    for (const Script& script : trace.scripts) {
      for (const Operation& operation : script) ++seen[static_cast<std::size_t>(operation.code)];
    }
  }
  for (const OperationInfo& row : all_operations()) {
    EXPECT_GT(seen[static_cast<std::size_t>(row.code)], 0U) << row.word;
  }
}

// Shapes that some faults need, each in one trace of some hundreds at least.
TEST(Generate, RareShapesOccur) {
  std::size_t due_at_shutdown = 0;
  std::size_t shown_and_hidden = 0;
  std::size_t called_in_chains = 0;
  std::size_t dies_behind_giants = 0;
  std::size_t collects_in_a_death = 0;
  std::size_t far_behind = 0;
  std::size_t large_thresholds = 0;
  std::size_t many_watchers = 0;
  std::size_t last_keys = 0;
  std::size_t largest_numbers = 0;
  constexpr std::uint64_t kTraces = fewer(60'000, 10'000);
  for (std::uint64_t index = 0; index < kTraces; ++index) {
    const std::vector<Operation> operations = generate(1, index, {}).operations;
    const auto is = [&](std::size_t at, OpCode code) { return at < operations.size() && operations[at].code == code; };
    std::size_t called = 0;
    std::size_t watchers = 0;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const Operation& now = operations[i];
      const bool fills = now.code == OpCode::fill;
      if (now.code == OpCode::bulk && is(i + 1, OpCode::shutdown) && is(i - 1, OpCode::enable)) ++due_at_shutdown;
      if (fills && is(i + 1, OpCode::drop) && operations[i + 1].target == now.a.name) ++shown_and_hidden;
      const bool is_due = now.code == OpCode::set_threshold && now.number[0] == 1;
      if (is_due && is(i + 1, OpCode::drop) && is(i + 2, OpCode::set_threshold)) ++collects_in_a_death;
      if (fills && now.number[0] > UINT16_MAX && is(i + 2, OpCode::append)) ++dies_behind_giants;
      if (now.code == OpCode::store && now.number[0] > UINT8_MAX) ++far_behind;
      if (now.code == OpCode::store && is(i + 1, OpCode::store) && now.number[0] > 14) ++last_keys;
      if (now.code == OpCode::set_threshold && now.number[0] > INT16_MAX) ++large_thresholds;
      if (now.code == OpCode::integer && now.number[0] > 999'999'998) ++largest_numbers;
      watchers = now.code == OpCode::watch ? watchers + 1 : 0;
      if (watchers == 9) ++many_watchers;
      if (now.code == OpCode::subref && now.b.kind == Operand::Kind::variable && now.b != now.a) ++called;
    }
    if (called >= 40) ++called_in_chains;
  }
  EXPECT_GT(due_at_shutdown, kTraces / 600);
  EXPECT_GT(shown_and_hidden, kTraces / 300);
  EXPECT_GT(called_in_chains, kTraces / 3000);
  if (!kSanitized) {
    EXPECT_GT(dies_behind_giants, 0U);
  }
  EXPECT_GT(collects_in_a_death, kTraces / 60);
  for (const std::size_t seen : {far_behind, large_thresholds, many_watchers, last_keys, largest_numbers}) {
    EXPECT_GT(seen, kTraces / 1500);
  }
}

TEST(Generate, ALabelTellsTheKindOfItsObject) {
  for (std::uint64_t index = 0; index < 300; ++index) {
    EXPECT_EQ(cost_of(generate(9, index, {}))[0], 0U) << "trace " << index << " creates two kinds under one name";
  }
}

}  // namespace
}  // namespace cyclecheck

// Inputs of fuzzers: bounds, mutation and crossover.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/generate/generate_trace.hpp"
#include "harness/inputs/artefact.hpp"
#include "harness/inputs/input.hpp"
#include "harness/inputs/last_trace.hpp"
#include "harness/inputs/mutate.hpp"
#include "harness/shrink/rewrite.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/system/random.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/binary.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using Bytes = std::vector<std::uint8_t>;

Trace trace_number(std::uint64_t i) {
  const auto id = static_cast<ProfileId>(i % kProfiles);
  return generate(7, i, {.profile = id, .max_operations = static_cast<std::uint32_t>(1 + i % 80)});
}

Bytes random_bytes(Random& random, std::size_t size) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return bytes;
}

// A chain that hangs on one variable, two operations a link.
Trace chain(ProfileId profile, std::size_t links) {
  std::string text = "cyclecheck-trace 1\nprofile python3.11\nthreshold 0 0 0\nnew a node\n";
  for (std::size_t i = 1; i < links; ++i) {
    text += i % 2 == 1 ? "new b node\nappend b a\n" : "new a node\nappend a b\n";
  }
  text += "drop a\ndrop b\n";
  Trace trace = std::get<Trace>(parse_trace(text));
  trace.profile = profile;
  return trace;
}

std::int64_t allocated_in_bulk(const Trace& trace) {
  std::int64_t sum = 0;
  Trace copy = trace;
  for_each_operation(copy, [&](const Operation& operation) {
    if (operation.code == OpCode::bulk) sum += operation.number[0];
  });
  return sum;
}

TEST(FuzzInput, EveryByteStringIsAValidTraceWithinTheBounds) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const Trace trace = fuzz_trace(random_bytes(random, random.below(6000)));
    ASSERT_EQ(find_defect(trace), std::nullopt);
    std::size_t operations = trace.operations.size();
    for (const Script& script : trace.scripts) operations += script.size();
    ASSERT_LE(operations, kFuzzOperations);
    ASSERT_LE(allocated_in_bulk(trace), kFuzzBulk);
    ASSERT_LE(name_count(trace), kFuzzNames);
  }
  EXPECT_TRUE(fuzz_trace({}).operations.empty());
}

TEST(FuzzInput, TheLastTraceIsThatOfTheseBytes) {
  Random random(3);
  LastTrace last;
  Bytes bytes;
  EXPECT_EQ(last.of(bytes), fuzz_trace({}));
  for (std::uint64_t i = 0; i < 300; ++i) {
    // One byte more, one less, another one, others altogether; and the same twice.
    const std::uint32_t change = random.below(4);
    if (change == 0) bytes.push_back(static_cast<std::uint8_t>(random.next()));
    if (change == 1 && !bytes.empty()) bytes.pop_back();
    if (change == 2 && !bytes.empty()) bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] ^= 0x15;
    if (change == 3) bytes = encode_trace(trace_number(i));
    ASSERT_EQ(last.of(bytes), fuzz_trace(bytes));
    ASSERT_EQ(&last.of(Bytes(bytes)), &last.of(bytes));
    ASSERT_EQ(last.of(bytes), fuzz_trace(bytes));
  }
}

TEST(FuzzInput, BoundsCutWhatIsTooMuchAndNothingElse) {
  Trace small = trace_number(70);
  const Trace before = small;
  bound(small);
  EXPECT_EQ(small, before);

  Operation bulk;
  bulk.code = OpCode::bulk;
  bulk.number[0] = 1500;
  Trace large = empty_trace(ProfileId::python3_11);
  large.operations.assign(kFuzzOperations + 50, bulk);
  bound(large);
  EXPECT_EQ(large.operations.size(), kFuzzOperations);
  EXPECT_EQ(large.operations[0].number[0], 1500);
  EXPECT_EQ(large.operations[1].number[0], kFuzzBulk - 1500);
  EXPECT_EQ(large.operations[2].number[0], 0);
}

// The deepest nested deaths that an input can bring, on the stack that a fuzzer has.
TEST(FuzzInput, DeepestChainFitsOnTheStack) {
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_11, ProfileId::python3_13}) {
    Trace trace = chain(id, kFuzzOperations / 2 - 1);
    bound(trace);
    ModelSubject model;
    Log log;
    model.run(trace, Observe::digest, log);
    const auto died = std::count_if(log.all().begin(), log.all().end(),
                                    [](const Event& event) { return event.kind == EventKind::died; });
    EXPECT_EQ(died, kFuzzOperations / 2 - 1);
  }
}

TEST(Artefact, FilesOfFuzzersAreKnownByTheirNames) {
  const std::string digest = "87a9240f31ef94a54d61b715fa42886e7b7fb97f";
  for (const std::string& name :
       {digest, "crash-" + digest, "timeout-" + digest, "oom-" + digest, "leak-" + digest, "slow-unit-" + digest,
        "minimized-from-" + digest, std::string("id:000003,sig:06,src:0"), std::string("id_000003")}) {
    EXPECT_TRUE(is_fuzzer_file_name(name)) << name;
  }
  for (const std::string& name : {std::string("crash.trace"), std::string("crash-on-clear"), digest + "0",
                                  digest.substr(1), std::string("id:3"), std::string("trace.txt"), std::string()}) {
    EXPECT_FALSE(is_fuzzer_file_name(name)) << name;
  }
}

TEST(Artefact, IsReadAsTheTargetReadsItAndATraceAsATrace) {
  const TemporaryDirectory directory;
  const Trace trace = fuzz_trace(encode_trace(trace_number(75)));
  const Bytes bytes = encode_trace(trace);
  const std::string input(bytes.begin(), bytes.end());
  const std::string digest = "87a9240f31ef94a54d61b715fa42886e7b7fb97f";
  const auto loads = [&](const std::string& name, const std::string& content) {
    return std::get<Trace>(load_any_trace(directory.write(name, content)));
  };
  EXPECT_EQ(loads("crash-" + digest, input), trace);
  // Under any other name it is known by its bytes.
  EXPECT_EQ(loads("renamed", input), trace);
  // By its name alone: nothing, and what could be text.
  EXPECT_EQ(loads("timeout-" + digest, ""), fuzz_trace({}));
  EXPECT_TRUE(find_defect(loads("id:000000,sig:06", "printable")) == std::nullopt);
  EXPECT_EQ(normalised(loads("x.trace", print_trace(trace))), normalised(trace));
  EXPECT_EQ(loads("x.cyct", trace_file(trace, TraceFormat::binary)), trace);
  EXPECT_TRUE(std::holds_alternative<FileError>(load_any_trace(directory.write("y.trace", "printable"))));
  EXPECT_TRUE(std::holds_alternative<FileError>(load_any_trace(directory.file("missing"))));
}

TEST(Mutate, GivesValidTracesAndTheSameForTheSameSeed) {
  std::size_t unchanged = 0;
  std::size_t shorter = 0;
  std::size_t longer = 0;
  std::size_t other_profile = 0;
  std::size_t other_scripts = 0;
  constexpr std::uint64_t kCases = 4000;
  for (std::uint64_t i = 0; i < kCases; ++i) {
    const Trace trace = i % 50 == 0 ? empty_trace(ProfileId::python3_8) : trace_number(i);
    const Trace mutated = mutate(trace, i);
    ASSERT_EQ(find_defect(with_ordered_scripts(mutated)), std::nullopt) << print_trace(mutated);
    ASSERT_EQ(mutated, mutate(trace, i));
    unchanged += mutated == trace ? 1U : 0U;
    shorter += mutated.operations.size() < trace.operations.size() ? 1U : 0U;
    longer += mutated.operations.size() > trace.operations.size() ? 1U : 0U;
    other_profile += mutated.profile != trace.profile ? 1U : 0U;
    other_scripts += mutated.scripts != trace.scripts ? 1U : 0U;
  }
  EXPECT_LT(unchanged, kCases / 8);
  EXPECT_GT(shorter, kCases / 20);
  EXPECT_GT(longer, kCases / 4);
  EXPECT_GT(other_profile, 0U);
  EXPECT_GT(other_scripts, kCases / 20);
}

// From nothing to every operation, in scripts too where it may stand there.
TEST(Mutate, ReachesEveryOperation) {
  std::vector<bool> in_trace(kOpCodes);
  std::vector<bool> in_script(kOpCodes);
  Trace trace = empty_trace(ProfileId::python3_11);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    trace = with_ordered_scripts(mutate(trace, i));
    if (trace.operations.size() > 60) trace.operations.resize(20);
    for (const Operation& operation : trace.operations) in_trace[static_cast<std::size_t>(operation.code)] = true;
    for (const Script& script : trace.scripts) {
      for (const Operation& operation : script) in_script[static_cast<std::size_t>(operation.code)] = true;
    }
  }
  for (const OperationInfo& row : all_operations()) {
    const auto code = static_cast<std::size_t>(row.code);
    EXPECT_EQ(in_trace[code], row.place != Place::script_only) << row.word;
    EXPECT_EQ(in_script[code], row.place != Place::trace_only) << row.word;
  }
}

// Where counters wrap, and where numbers and texts just fit.
TEST(Mutate, ReachesEdges) {
  std::size_t far = 0;
  std::size_t thresholds = 0;
  std::size_t integers = 0;
  std::size_t texts = 0;
  std::size_t repeated = 0;
  for (std::uint64_t i = 0; i < 16'000; ++i) {
    const Trace mutated = mutate(trace_number(i % 200), i);
    std::size_t alike = 0;
    for (std::size_t at = 0; at < mutated.operations.size(); ++at) {
      const Operation& now = mutated.operations[at];
      if (now.code == OpCode::store && now.number[0] > UINT8_MAX) ++far;
      if (now.code == OpCode::set_threshold && now.number[0] > INT16_MAX) ++thresholds;
      if (now.code == OpCode::integer && std::abs(now.number[0]) > kMaxInteger - 30) ++integers;
      if (now.code == OpCode::string && now.text.size() > 9) ++texts;
      alike = at > 0 && now == mutated.operations[at - 1] ? alike + 1 : 0;
      if (alike == 20) ++repeated;
    }
  }
  EXPECT_GT(far, 5U);
  EXPECT_GT(thresholds, 5U);
  EXPECT_GT(integers, 5U);
  EXPECT_GT(texts, 1U);
  EXPECT_GT(repeated, 5U);
}

TEST(Mutate, CrossoverIsMadeOfBoth) {
  std::size_t mixed = 0;
  constexpr std::uint64_t kCases = 2000;
  for (std::uint64_t i = 0; i < kCases; ++i) {
    const Trace one = trace_number(i);
    const Trace other = trace_number(i * 7 + 3);
    const Trace crossed = crossover(one, other, i);
    ASSERT_EQ(find_defect(with_ordered_scripts(crossed)), std::nullopt);
    ASSERT_EQ(crossed, crossover(one, other, i));
    mixed += crossed != one && crossed != other ? 1U : 0U;
  }
  EXPECT_GT(mixed, kCases * 3 / 4);
}

TEST(Mutate, InputsFitIntoTheirBufferWhateverTheBytes) {
  Random random(2);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const std::size_t room = random.below(300);
    const std::size_t size = random.below(static_cast<std::uint32_t>(room + 1));
    const Bytes input = random_bytes(random, size);
    Bytes buffer = input;
    buffer.resize(room, 0xAA);
    Bytes again = buffer;
    const std::size_t mutated = mutate_input(buffer, size, seed);
    ASSERT_LE(mutated, room);
    ASSERT_EQ(mutated, mutate_input(again, size, seed));
    ASSERT_TRUE(std::equal(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(mutated), again.begin()));
    Bytes decoded_before(room);
    ASSERT_EQ(mutated, mutate_into(decoded_before, fuzz_trace(input), seed));
    ASSERT_TRUE(
        std::equal(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(mutated), decoded_before.begin()));

    const std::size_t changed = mutate_bytes(buffer, mutated, seed);
    ASSERT_LE(changed, room);

    const Bytes other = random_bytes(random, random.below(300));
    const std::size_t crossed = cross_inputs(input, other, buffer, seed);
    ASSERT_LE(crossed, room);
  }
}

TEST(Mutate, OneSeedInEightMutatesBytes) {
  int bytes = 0;
  for (std::uint64_t seed = 0; seed < 8000; ++seed) bytes += mutates_bytes(seed) ? 1 : 0;
  EXPECT_NEAR(bytes, 1000, 120);
}

}  // namespace
}  // namespace cyclecheck

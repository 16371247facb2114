#include "harness/generate/generate_trace.hpp"

#include <utility>
#include <vector>

#include "harness/generate/generator.hpp"
#include "harness/generate/trace_plan.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

constexpr std::int32_t kMostAppended = 300;

// Who does not know `fill` knows `append`: more references to one object than a byte can tell.
void append_instead(std::vector<Operation>& operations) {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].code != OpCode::fill || operations[i].number[0] > kMostAppended) continue;
    Operation append = operations[i];
    append.code = OpCode::append;
    const auto times = static_cast<std::size_t>(std::exchange(append.number[0], 0));
    const auto place = operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(i));
    operations.insert(place, times, append);
  }
}

// A trace stays one whatever is taken out of it.
void leave_out(const OperationSet& codes, Trace& trace) {
  if (codes.test(static_cast<std::size_t>(OpCode::fill))) append_instead(trace.operations);
  const auto is_out = [&](const Operation& operation) { return codes.test(static_cast<std::size_t>(operation.code)); };
  std::erase_if(trace.operations, is_out);
  for (Script& script : trace.scripts) std::erase_if(script, is_out);
}

}  // namespace

void generate(std::uint64_t seed, std::uint64_t index, const GenerateOptions& options, Trace& trace) {
  // The profile takes part in the stream: two profiles under one seed see different traces.
  Random random(seed ^ ((static_cast<std::uint64_t>(options.profile) + 1) << 56), index);
  Plan plan;
  make_plan(random, options, plan);
  trace.profile = options.profile;
  trace.settings.threshold = plan.threshold;
  trace.settings.enabled = plan.enabled;
  trace.settings.free_lists_filled = plan.free_lists_filled;
  trace.operations.clear();
  trace.scripts.clear();
  trace.names.clear();
  Generator generator(random, plan, trace);
  generator.run();
  generator.add_faults();
  generator.add_atoms();
  generator.add_idioms();
  generator.add_resurrection();
  // With random numbers of their own: all else is what the seed always gave.
  Random own(~seed ^ (static_cast<std::uint64_t>(options.profile) << 56), index);
  if (own.chance(20)) Generator(own, plan, trace).add_watchers();
  Random later(~seed ^ (static_cast<std::uint64_t>(options.profile) << 48), index);
  if (later.chance(16)) Generator(later, plan, trace).add_collecting_allocations();
  if (later.chance(12)) Generator(later, plan, trace).add_ephemerons();
  if (later.chance(6)) Generator(later, plan, trace).add_own_weakrefs();
  if (own.chance(16)) Generator(own, plan, trace).add_second_finalizers();
  if (own.chance(16)) Generator(own, plan, trace).add_cells();
  if (own.chance(6)) Generator(own, plan, trace).add_last_words();
  if (own.chance(16)) Generator(own, plan, trace).add_methods();
  if (own.chance(16)) Generator(own, plan, trace).add_frames();
  if (own.chance(16)) Generator(own, plan, trace).add_generators();
  if (own.chance(16)) Generator(own, plan, trace).add_sets();
  if (own.chance(12)) Generator(own, plan, trace).add_keys();
  const Profile& rules = profile(options.profile);
  const bool nests = rules.trigger == Profile::Trigger::at_safepoint && !rules.safepoint_rechecks;
  if (nests && own.chance(40)) Generator(own, plan, trace).add_nested_collection();
  // Who asks for short traces wants fast ones.
  const bool may_be_long = options.max_operations >= GenerateOptions{}.max_operations;
  if (later.chance(12)) Generator(later, plan, trace).add_limits(may_be_long);
  if (later.chance(4)) Generator(later, plan, trace).add_watching_trash();
  if (later.chance(16)) Generator(later, plan, trace).add_resumed();
  if (later.chance(3)) Generator(later, plan, trace).add_long_texts();
  if (may_be_long) generator.add_giant();
  if (options.without.any()) leave_out(options.without, trace);
}

Trace generate_edge(std::uint64_t seed, ProfileId profile) {
  Random random(seed);
  Plan plan;
  make_plan(random, {.profile = profile}, plan);
  Trace trace;
  trace.profile = profile;
  trace.settings.threshold = plan.threshold;
  Generator(random, plan, trace).add_limits(true);
  return trace;
}

Trace generate(std::uint64_t seed, std::uint64_t index, const GenerateOptions& options) {
  Trace trace;
  generate(seed, index, options, trace);
  return trace;
}

}  // namespace cyclecheck

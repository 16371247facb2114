#include "harness/generate/trace_plan.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace cyclecheck {
namespace {

constexpr std::size_t kActions = kOpCodes + kShapes;

struct Weight {
  OpCode code;
  std::uint16_t in_trace;
  std::uint16_t in_script;
};

// Base weights. What builds and breaks the graph is frequent, questions are rare: a question changes nothing.
// clang-format off
constexpr std::array<Weight, kOpCodes> kWeights{{
    {OpCode::create, 160, 60},     {OpCode::bulk, 6, 6},
    {OpCode::let, 40, 50},         {OpCode::root, 24, 60},
    {OpCode::drop, 90, 50},        {OpCode::append, 160, 90},
    {OpCode::remove, 24, 24},      {OpCode::store, 24, 24},
    {OpCode::erase, 12, 16},       {OpCode::clear, 12, 24},
    {OpCode::call, 10, 0},         {OpCode::ret, 12, 0},
    {OpCode::safepoint, 8, 4},     {OpCode::weakref, 30, 12},
    {OpCode::subref, 12, 6},       {OpCode::proxy, 14, 6},
    {OpCode::deref, 24, 24},       {OpCode::use, 10, 8},
    {OpCode::collect, 24, 16},     {OpCode::enable, 5, 3},
    {OpCode::disable, 3, 2},       {OpCode::isenabled, 1, 1},
    {OpCode::set_threshold, 4, 2}, {OpCode::get_threshold, 1, 1},
    {OpCode::get_count, 3, 3},     {OpCode::set_debug, 3, 1},
    {OpCode::get_debug, 1, 1},     {OpCode::garbage, 3, 2},
    {OpCode::clear_garbage, 4, 3}, {OpCode::take_garbage, 5, 4},
    {OpCode::get_objects, 2, 2},   {OpCode::get_referrers, 3, 3},
    {OpCode::get_referents, 3, 3}, {OpCode::is_tracked, 3, 4},
    {OpCode::is_finalized, 3, 4},  {OpCode::freeze, 2, 1},
    {OpCode::unfreeze, 3, 1},      {OpCode::get_freeze_count, 1, 1},
    {OpCode::callbacks, 2, 1},     {OpCode::get_stats, 2, 1},
    {OpCode::refcount, 4, 4},      {OpCode::same, 2, 2},
    {OpCode::shutdown, 0, 0},      {OpCode::raise, 0, 20},
    {OpCode::fail, 0, 0},          {OpCode::tuple, 24, 12},
    {OpCode::integer, 0, 0},       {OpCode::string, 0, 0},
    {OpCode::add, 0, 0},           {OpCode::intern, 0, 0},
    {OpCode::id, 0, 0},            {OpCode::weakmap, 0, 0},
    {OpCode::mapset, 0, 0},        {OpCode::mapget, 0, 0},
    {OpCode::hold, 0, 0},          {OpCode::unhold, 0, 0},
    {OpCode::fill, 0, 0},          {OpCode::weakrefs, 0, 0},
    {OpCode::watch, 0, 0},         {OpCode::unwatch, 0, 0},
    {OpCode::method, 0, 0},        {OpCode::traceback, 0, 0},
    {OpCode::close, 0, 0},         {OpCode::setitem, 0, 0},
    {OpCode::delitem, 0, 0},       {OpCode::resume, 0, 0},
}};
// clang-format on

consteval bool in_code_order() {
  for (std::size_t i = 0; i < kWeights.size(); ++i) {
    if (static_cast<std::size_t>(kWeights[i].code) != i) return false;
  }
  return true;
}
static_assert(in_code_order(), "the table is indexed by code");

constexpr std::array<std::uint32_t, kShapes> kShapeWeights{6, 1, 1, 2, 7, 1, 1, 3, 2, 1};

// Fills 256 entries in proportion to the weights; a weight above zero gets one entry at least, as far as there is room.
template <typename Entry>
void fill(std::array<Entry, 256>& table, std::span<const std::uint32_t> weights) {
  std::uint64_t sum = 0;
  for (const std::uint32_t weight : weights) sum += weight;
  std::size_t used = 0;
  std::size_t heaviest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] > weights[heaviest]) heaviest = i;
    if (weights[i] == 0) continue;
    std::size_t share = std::max<std::size_t>(1, static_cast<std::size_t>(weights[i] * std::uint64_t{200} / sum));
    for (; share > 0 && used < table.size(); --share) table[used++] = static_cast<Entry>(i);
  }
  // The rest goes to the heaviest entry, whatever was rounded away.
  while (used < table.size()) table[used++] = static_cast<Entry>(heaviest);
}

// Some off, the rest multiplied by a power of two from 1 to 64.
std::uint32_t swarm(Random& random, std::uint32_t base, std::uint32_t off) {
  if (random.chance(off)) return 0;
  return base << random.below(7);
}

void choose_operations(Random& random, const GenerateOptions& options, Plan& plan) {
  const Profile& row = profile(options.profile);
  // One trace in eight has nothing switched off; otherwise up to half of the operations are.
  const std::uint32_t off = random.chance(32) ? 0 : random.between(20, 130);
  std::array<std::uint32_t, kActions> weights{};
  std::array<std::uint32_t, kOpCodes> script_weights{};
  for (std::size_t i = 0; i < kOpCodes; ++i) {
    if (kWeights[i].in_trace != 0) weights[i] = swarm(random, kWeights[i].in_trace, off);
    if (kWeights[i].in_script != 0) script_weights[i] = swarm(random, kWeights[i].in_script, off);
  }
  for (std::size_t i = 0; i < kShapes; ++i) weights[kOpCodes + i] = swarm(random, kShapeWeights[i], off + 40);
  const auto ration = [&](OpCode code, bool available) {
    if (available) return;
    // An operation that the profile lacks must do nothing, which is worth a look now and then only.
    weights[static_cast<std::size_t>(code)] = random.chance(16) ? 1 : 0;
    script_weights[static_cast<std::size_t>(code)] = 0;
  };
  ration(OpCode::freeze, row.has_freeze);
  ration(OpCode::unfreeze, row.has_freeze);
  ration(OpCode::get_freeze_count, row.has_freeze);
  ration(OpCode::callbacks, row.has_callbacks);
  ration(OpCode::get_stats, row.has_stats);
  ration(OpCode::is_finalized, row.has_is_finalized);
  // A trace without objects would say little.
  std::uint32_t& create = weights[static_cast<std::size_t>(OpCode::create)];
  create = std::max<std::uint32_t>(create, 160U << random.below(4));
  // Reading all objects costs as much as the heap is large.
  std::uint32_t& objects = weights[static_cast<std::size_t>(OpCode::get_objects)];
  objects = std::min<std::uint32_t>(objects, 16);
  std::uint32_t& script_create = script_weights[static_cast<std::size_t>(OpCode::create)];
  script_create = std::max<std::uint32_t>(script_create, 1);
  // A name of its own kind is needed for each of these.
  constexpr std::array kOwnNames{OpCode::tuple, OpCode::weakref, OpCode::subref, OpCode::proxy};
  for (std::size_t i = 0; i < kOwnNames.size(); ++i) {
    const auto making = static_cast<Making>(static_cast<std::size_t>(Making::tuple) + i);
    if (std::find(plan.making.begin(), plan.making.end(), making) != plan.making.end()) continue;
    weights[static_cast<std::size_t>(kOwnNames[i])] = 0;
    script_weights[static_cast<std::size_t>(kOwnNames[i])] = 0;
  }
  fill(plan.actions, weights);
  fill(plan.script_operations, script_weights);
}

void choose_names(Random& random, Plan& plan) {
  const std::uint32_t names = random.chance(48)    ? random.between(2, 4)
                              : random.chance(192) ? random.between(5, 16)
                                                   : random.between(17, 96);
  plan.making.clear();
  const std::uint32_t special = random.below(220);
  const std::uint32_t weak = random.between(20, 100);
  // Lists, dicts and tuples have neither finalizers nor weak references. They are many or none, so that they do not
  // take the place of what has.
  constexpr std::array kOfClasses{Making::instance, Making::classic, Making::opaque, Making::custom};
  const bool built_in = random.chance(110);
  for (std::uint32_t i = 0; i < names; ++i) {
    Making making = Making::node;
    if (random.chance(special)) {
      making = built_in ? static_cast<Making>(1 + random.below(7)) : kOfClasses[random.below(kOfClasses.size())];
    }
    if (random.chance(weak))
      making = static_cast<Making>(static_cast<std::uint32_t>(Making::weakref) + random.below(3));
    // Shapes need two containers, and `bulk` a node.
    if (i == 0) making = Making::node;
    if (i == 1 && making > Making::classic && making != Making::custom) making = Making::instance;
    plan.making.push_back(making);
  }
  // Each name is half as likely as the one before it, or they are all alike, or something between.
  std::array<std::uint32_t, 96> weights{};
  const std::uint32_t steepness = random.below(4);
  for (std::uint32_t i = 0; i < names; ++i) {
    const std::uint32_t rank = i * steepness / 2;
    weights[(i * 7 + 3) % names] += 1U << (12 - std::min<std::uint32_t>(rank, 12));
  }
  std::array<std::uint32_t, 256> table{};
  fill(table, std::span{weights}.first(names));
  for (std::size_t i = 0; i < table.size(); ++i) plan.hot[i] = Name{static_cast<std::uint16_t>(table[i])};
}

std::uint32_t choose_length(Random& random) {
  const std::uint32_t kind = random.below(100);
  if (kind < 10) return random.between(1, 20);
  if (kind < 60) return random.between(20, 120);
  if (kind < 88) return random.between(100, 300);
  if (kind < 98) return random.between(300, 1200);
  return random.between(1200, 4000);
}

// Thresholds and bulk allocation belong together: real thresholds never fire without thousands of allocations.
void choose_thresholds(Random& random, const GenerateOptions& options, Plan& plan) {
  constexpr std::array<std::array<std::int32_t, 3>, 4> kReal{{{700, 1, 1}, {700, 10, 5}, {500, 2, 2}, {700, 0, 0}}};
  const Profile& row = profile(options.profile);
  plan.enabled = !random.chance(12);
  plan.bulk_budget = 200;
  plan.bulk_size = 20;
  const std::uint32_t kind = random.below(100);
  if (kind < 60) {
    plan.threshold = small_thresholds(random);
  } else if (kind < 78) {
    plan.threshold = {static_cast<std::int32_t>(random.between(10, 60)), static_cast<std::int32_t>(random.below(6)),
                      static_cast<std::int32_t>(random.below(4))};
    plan.bulk_size = 60;
    plan.bulk_budget = 600;
  } else if (kind < 92) {
    // Explicit collections only.
    plan.threshold = random.chance(128) ? row.threshold : std::array<std::int32_t, 3>{0, 10, 10};
  } else {
    const bool defaults = random.chance(128);
    plan.threshold = defaults ? row.threshold : kReal[random.below(kReal.size())];
    plan.bulk_size = static_cast<std::uint32_t>(plan.threshold[0]) * 3 / 2;
    plan.bulk_budget = plan.bulk_size * 4;
    plan.enabled = true;
    if (defaults && random.chance(24)) {
      // Twelve collections of generation 0 bring one of generation 1.
      plan.bulk_budget = static_cast<std::uint32_t>(plan.threshold[0]) * 18;
      // 133 bring the first full one.
      if (random.chance(16)) plan.bulk_budget = static_cast<std::uint32_t>(plan.threshold[0]) * 170;
    }
  }
}

// Rule T4: only a very long chain is deposited, which gets a trace that is long enough to come to it.
void plan_headroom_chain(Random& random, Plan& plan) {
  constexpr std::array kHeld{Making::node, Making::instance, Making::list, Making::opaque};
  constexpr std::array kBefore{Making::instance, Making::list, Making::dict};
  plan.has_headroom_chain = true;
  plan.making.insert(plan.making.end(), {Making::node, Making::node, kHeld[random.below(kHeld.size())],
                                         kBefore[random.below(kBefore.size())]});
  plan.actions.back() = static_cast<Action>(kOpCodes + static_cast<std::size_t>(Shape::chain));
  plan.length = std::max(plan.length, 600U);
}

}  // namespace

std::array<std::int32_t, 3> small_thresholds(Random& random) {
  // Zero for the older generations makes every second and third collection an older one.
  const auto older = [&] { return static_cast<std::int32_t>(random.chance(100) ? 0 : random.below(5)); };
  const auto first = static_cast<std::int32_t>(random.chance(8) ? 0 : random.between(1, 8));
  return {first, older(), older()};
}

void make_plan(Random& random, const GenerateOptions& options, Plan& plan) {
  choose_names(random, plan);
  choose_operations(random, options, plan);
  choose_thresholds(random, options, plan);
  plan.free_lists_filled = random.chance(24);
  plan.ends_with_shutdown = random.chance(205);
  plan.length = std::min(choose_length(random), options.max_operations);
  plan.chain_limit = 60 + random.below(140);
  const bool headroom = profile(options.profile).trashcan == Profile::Trashcan::headroom;
  if (headroom && options.max_operations >= 4000 && random.below(300) == 0) plan_headroom_chain(random, plan);
  plan.labels = random.chance(64) ? 0 : random.below(140);
  plan.slots = random.chance(128) ? 0 : random.below(80);
  plan.finalizers = random.chance(80) ? 0 : random.below(140);
  plan.legacy = random.chance(128) ? 0 : random.below(160);
  plan.callbacks = random.chance(40) ? 0 : random.below(240);
  plan.full_scripts = random.below(257);
  plan.drops_shape = random.between(60, 250);
}

}  // namespace cyclecheck

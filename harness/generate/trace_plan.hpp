// The plan of one generated trace: which operations occur how often, on which names, under which thresholds.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "harness/generate/generate_trace.hpp"
#include "harness/system/system.hpp"
#include "trace/operation.hpp"

namespace cyclecheck {

// What the generator can do next: an operation, or a shape of several operations.
enum class Shape : std::uint8_t {
  cycle,
  chain,
  clique,
  tree,
  weak_cluster,
  late_weakref,
  weakref_in_trash,
  churn,
  tuples,
  growth
};
inline constexpr std::size_t kShapes = 10;

// An operation code, or kOpCodes plus a shape.
using Action = std::uint8_t;

// What is created under a name: one kind under each, so that a label tells the kind (harness/compare/signature.hpp).
// Variables hold objects of every kind all the same, by `let`, `deref` and `take_garbage`.
enum class Making : std::uint8_t { node, instance, classic, list, dict, opaque, custom, tuple, weakref, subref, proxy };

// Two for links in turn, one for what they hold, one for what stands before the first.
inline constexpr std::size_t kHeadroomNames = 4;

struct Plan {
  // Choosing is one table look-up: an entry for each 1/256.
  std::array<Action, 256> actions{};
  std::array<OpCode, 256> script_operations{};
  std::array<Name, 256> hot{};
  std::vector<Making> making;
  // Names whose objects became of another kind.
  std::vector<std::pair<Name, ObjectKind>> instead = {};

  std::array<std::int32_t, 3> threshold{};
  bool enabled = true;
  bool free_lists_filled = false;
  bool ends_with_shutdown = true;
  std::uint32_t length = 0;
  // How many objects `bulk` may still allocate, and how many at once.
  std::uint32_t bulk_budget = 0;
  std::uint32_t bulk_size = 0;
  // Chains are this much longer than what the profile's trashcan takes in one go.
  std::uint32_t chain_limit = 0;
  // A chain as long as rule T4 needs it, whose names are the last ones.
  bool has_headroom_chain = false;

  // Parts of 256.
  std::uint32_t labels = 0;
  std::uint32_t slots = 0;
  std::uint32_t finalizers = 0;
  std::uint32_t legacy = 0;
  std::uint32_t callbacks = 0;
  std::uint32_t full_scripts = 0;
  std::uint32_t drops_shape = 0;
};

// Makes the plan of one trace. O(1): the tables have a fixed size.
void make_plan(Random& random, const GenerateOptions& options, Plan& plan);

// A set of thresholds as a trace under this plan sets them.
[[nodiscard]] std::array<std::int32_t, 3> small_thresholds(Random& random);

}  // namespace cyclecheck

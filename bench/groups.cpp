#include "bench/groups.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace cyclecheck::bench {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;

Spec with(Spec spec, Kind kind) {
  spec.kind = kind;
  return spec;
}

Spec with(Spec spec, Observed observed) {
  spec.observed = observed;
  return spec;
}

Contender cyclegc(const Spec& spec) { return {.program = "cyclegc", .label = "cyclegc", .spec = spec}; }

Contender cpython(const Spec& spec, Kind kind, double at_least = 0) {
  const char* const label = kind == Kind::node       ? "CPython list subclass"
                            : kind == Kind::list     ? "CPython list"
                            : kind == Kind::instance ? "CPython instance"
                                                     : "CPython tuple";
  return {.program = "cpython", .label = label, .spec = with(spec, kind), .at_least = at_least};
}

Contender boehm(const Spec& spec, double at_least = 0) {
  return {.program = "boehm", .label = "Boehm", .spec = spec, .at_least = at_least};
}

Contender shared_ptr(const Spec& spec) { return {.program = "shared_ptr", .label = "std::shared_ptr", .spec = spec}; }

std::string percent(const Spec& spec) { return fmt::format("{} % garbage", spec.garbage); }

std::string edges(const Spec& spec) { return fmt::format("{} edge{}", spec.edges, spec.edges == 1 ? "" : "s"); }

const char* shape_words(Shape shape) {
  return shape == Shape::ordered ? "allocation order" : shape == Shape::local ? "90 % local" : "random";
}

std::string full_title(const Spec& spec) {
  return fmt::format("{}, {}, {}, {}, {}", size_text(spec.objects), shape_words(spec.shape), edges(spec),
                     name_of(spec.hold, kHoldNames), percent(spec));
}

// --- Full collections of a heap that is alive, or all but 1 % of it ---

struct FullTargets {
  double cpython = 0;
  double boehm = 0;
};

Group full(const Spec& spec, Tier tier, FullTargets targets = {}) {
  Group group{.section = "Full collection of a live heap", .title = full_title(spec), .of = "object", .tier = tier};
  group.contenders = {cyclegc(spec), cpython(spec, Kind::node, targets.cpython)};
  // Lists beside the subclass where the size is the usual one.
  if (spec.objects == kMillion && spec.edges == 3)
    group.contenders.push_back(cpython(spec, Kind::list, targets.cpython));
  if (spec.hold != Hold::every && spec.garbage == 0) group.contenders.push_back(boehm(spec, targets.boehm));
  // The pointer chase stands beside the curve.
  if (spec.shape == Shape::random && spec.hold == Hold::container && spec.garbage == 0 && spec.edges == 3) {
    Spec chase;
    chase.workload = "chase";
    chase.objects = spec.objects;
    group.contenders.push_back({.program = "chase", .label = "pointer chase", .spec = chase});
  }
  return group;
}

Spec full_spec(Shape shape, std::uint64_t objects, std::uint32_t edge_count, Hold hold, std::uint32_t garbage) {
  Spec spec;
  spec.workload = "full";
  spec.shape = shape;
  spec.objects = objects;
  spec.edges = edge_count;
  spec.hold = hold;
  spec.garbage = garbage;
  return spec;
}

FullTargets full_targets(const Spec& spec) {
  FullTargets targets;
  const bool usual = spec.objects == kMillion && spec.edges == 3;
  const bool first = spec.hold == Hold::first;
  if (usual && spec.garbage == 0 && spec.shape == Shape::random) targets.cpython = first ? 25 : 20;
  if (usual && spec.garbage == 0 && spec.shape == Shape::ordered) targets.cpython = first ? 6 : 10;
  if (usual && spec.garbage == 1 && spec.shape == Shape::random && spec.hold == Hold::every) targets.cpython = 15;
  if (spec.objects == 10 * kMillion && spec.edges == 3 && spec.garbage == 0 && spec.shape == Shape::random &&
      spec.hold == Hold::every) {
    targets.cpython = 30;
  }
  if (usual && spec.garbage == 0 && spec.hold == Hold::container) {
    if (spec.shape == Shape::random) targets.boehm = 10;
    if (spec.shape == Shape::ordered) targets.boehm = 4;
  }
  return targets;
}

Tier full_tier(const Spec& spec) {
  const bool large = spec.objects == 10 * kMillion;
  const bool curve = spec.edges == 3 && spec.garbage == 0 && spec.hold == Hold::container && spec.shape != Shape::local;
  const bool has_target = full_targets(spec).cpython != 0;
  if (has_target) return large ? Tier::standard : Tier::quick;
  if (curve) return spec.objects < kMillion ? Tier::quick : Tier::standard;
  if (large) return Tier::everything;
  if (spec.objects != kMillion) return Tier::everything;
  // Around the usual size: every shape, every number of edges, every way to hold, with and without garbage.
  if (spec.shape == Shape::local) {
    return spec.edges == 3 && spec.hold == Hold::every ? Tier::standard : Tier::everything;
  }
  if (spec.edges != 3) return spec.hold == Hold::every && spec.garbage == 0 ? Tier::standard : Tier::everything;
  return Tier::standard;
}

void add_full(std::vector<Group>& groups) {
  for (const std::uint64_t objects : kCurveSizes) {
    for (const Shape shape : {Shape::ordered, Shape::local, Shape::random}) {
      for (const std::uint32_t edge_count : {3U, 1U, 10U}) {
        for (const std::uint32_t garbage : {0U, 1U}) {
          for (const Hold hold : {Hold::every, Hold::container, Hold::first}) {
            const Spec spec = full_spec(shape, objects, edge_count, hold, garbage);
            groups.push_back(full(spec, full_tier(spec), full_targets(spec)));
          }
        }
      }
    }
  }
}

// --- A full collection that frees all there is ---

void add_all_garbage(std::vector<Group>& groups) {
  for (const std::uint64_t objects : kCurveSizes) {
    for (const Shape shape : {Shape::ordered, Shape::random}) {
      for (const Observed observed : {Observed::none, Observed::finalizer, Observed::weak, Observed::weak_callback}) {
        Spec spec = full_spec(shape, objects, 3, Hold::every, 100);
        spec.observed = observed;
        const bool target = objects == kMillion && shape == Shape::random;
        const bool unobserved = observed == Observed::none;
        const Tier tier = objects != kMillion                    ? Tier::everything
                          : target && observed <= Observed::weak ? Tier::quick
                                                                 : Tier::standard;
        const std::string hooks = unobserved                        ? "unobserved"
                                  : observed == Observed::finalizer ? "all have a finalizer"
                                  : observed == Observed::weak      ? "all have a weak reference"
                                                                    : "all have a weak reference with a callback";
        groups.push_back({.section = "Full collection of garbage, freeing included",
                          .title = fmt::format("{}, {}, 3 edges, {}", size_text(objects), shape_words(shape), hooks),
                          .of = "object",
                          .tier = tier,
                          .contenders = {cyclegc(spec), cpython(spec, Kind::node,
                                                                !target      ? 0
                                                                : unobserved ? 30
                                                                             : 4)}});
      }
    }
  }
}

// --- Collections that run by themselves, and young ones ---

void add_automatic(std::vector<Group>& groups) {
  const std::string section = "Automatic collection";
  Spec pairs;
  pairs.workload = "pairs";
  pairs.objects = 300'000;
  pairs.edges = 1;
  groups.push_back({.section = section,
                    .title = "cyclic pairs, threshold 700, unobserved",
                    .of = "pair",
                    .tier = Tier::quick,
                    .contenders = {cyclegc(pairs), cpython(pairs, Kind::list, 6), cpython(pairs, Kind::node),
                                   cpython(pairs, Kind::instance), boehm(pairs)}});
  groups.push_back({.section = section,
                    .title = "cyclic pairs, deaths observed (lists: not)",
                    .of = "pair",
                    .tier = Tier::quick,
                    .contenders = {cyclegc(with(pairs, Observed::death)), cpython(pairs, Kind::list, 3)}});
  groups.push_back({.section = section,
                    .title = "cyclic pairs, all have a finalizer",
                    .of = "pair",
                    .tier = Tier::standard,
                    .contenders = {cyclegc(with(pairs, Observed::finalizer)),
                                   cpython(with(pairs, Observed::finalizer), Kind::node)}});

  Spec trees;
  trees.workload = "trees";
  trees.objects = 1;
  trees.edges = 2;
  groups.push_back({.section = section,
                    .title = "binary trees (GCBench)",
                    .of = "object",
                    .tier = Tier::standard,
                    .contenders = {cyclegc(trees), cpython(trees, Kind::node), cpython(trees, Kind::list), boehm(trees),
                                   shared_ptr(trees)}});

  for (const std::uint64_t objects : {std::uint64_t{100'000}, kMillion, 10 * kMillion}) {
    Spec growth;
    growth.workload = "growth";
    growth.objects = objects;
    growth.edges = 1;
    Group group{.section = "Growth: all allocations survive, collections included",
                .title = fmt::format("{} allocations", size_text(objects)),
                .of = "allocation",
                .tier = objects > kMillion ? Tier::standard : Tier::quick,
                .contenders = {cyclegc(growth), cpython(growth, Kind::node), cpython(growth, Kind::list)}};
    groups.push_back(std::move(group));
  }
}

void add_young(std::vector<Group>& groups) {
  for (const std::uint64_t old : {std::uint64_t{0}, 10 * kMillion}) {
    for (const std::uint32_t garbage : {0U, 1U, 100U}) {
      Spec spec;
      spec.workload = "young";
      spec.objects = old;
      spec.garbage = garbage;
      Group group{.section = "Young collection of 700 objects",
                  .title = fmt::format("{}, {} old objects",
                                       garbage == 100 ? "garbage, unobserved" : "alive, H, " + percent(spec),
                                       old == 0 ? "no" : size_text(old)),
                  .of = "young object",
                  .tier = old == 0       ? Tier::quick
                          : garbage == 1 ? Tier::everything
                                         : Tier::standard};
      const double target = old == 0 || garbage == 1 ? 0 : garbage == 0 ? 5 : 3;
      group.contenders = {cyclegc(spec), cpython(spec, Kind::node, target), cpython(spec, Kind::list, target)};
      if (old != 0) {
        Spec none = spec;
        none.objects = 0;
        group.contenders.push_back(
            {.program = "cyclegc", .label = "cyclegc, no old objects", .spec = none, .at_most = 1.1});
        // A heap without old objects is collected as a whole, which has short cuts of its own.
        Spec few = spec;
        few.objects = 1000;
        group.contenders.push_back({.program = "cyclegc", .label = "cyclegc, 1,000 old objects", .spec = few});
      }
      groups.push_back(std::move(group));
    }
  }
}

// --- Reference counting alone ---

void add_counted(std::vector<Group>& groups) {
  const std::string section = "Without a collection";
  Spec allocate;
  allocate.workload = "allocate";
  allocate.edges = 1;
  groups.push_back(
      {.section = section,
       .title = "allocate and free a container",
       .of = "container",
       .tier = Tier::quick,
       .contenders = {cyclegc(allocate),
                      cpython(allocate, Kind::instance, 8),
                      cpython(allocate, Kind::list, 3),
                      cpython(allocate, Kind::node),
                      {.program = "mimalloc", .label = "mimalloc, 32 bytes", .spec = allocate, .at_least = 1},
                      shared_ptr(allocate)}});
  Spec finalized = with(allocate, Observed::finalizer);
  groups.push_back({.section = section,
                    .title = "the same with a finalizer",
                    .of = "container",
                    .contenders = {cyclegc(finalized), cpython(finalized, Kind::node)}});
  for (const char* part : {"append", "store", "clear"}) {
    Spec slots;
    slots.workload = "slots";
    slots.part = part;
    slots.objects = 1000;
    groups.push_back(
        {.section = section,
         .title = fmt::format("{}, eight references", part),
         .of = "reference",
         .contenders = {cyclegc(slots), cpython(slots, Kind::node), cpython(slots, Kind::list), shared_ptr(slots)}});
  }
  for (const Observed observed : {Observed::weak, Observed::weak_callback}) {
    for (const char* part : {"create", "dereference", "die"}) {
      Spec weak;
      weak.workload = "weak";
      weak.part = part;
      weak.observed = observed;
      const std::string what = std::string(part) == "create"        ? "create"
                               : std::string(part) == "dereference" ? "dereference"
                                                                    : "the referent dies";
      Group group{.section = "Weak references, a million of them",
                  .title = what + (observed == Observed::weak ? "" : ", with a callback"),
                  .of = "weak reference",
                  .contenders = {cyclegc(weak), cpython(weak, Kind::node)}};
      // std::weak_ptr knows no callbacks.
      if (observed == Observed::weak) group.contenders.push_back(shared_ptr(with(weak, Observed::none)));
      groups.push_back(std::move(group));
    }
  }
  Spec resurrection;
  resurrection.workload = "resurrection";
  resurrection.observed = Observed::resurrection;
  resurrection.objects = 200'000;
  resurrection.edges = 1;
  groups.push_back({.section = "Finalizers",
                    .title = "garbage pairs, every tenth finalizer saves its object, both collections",
                    .of = "object",
                    .contenders = {cyclegc(resurrection), cpython(resurrection, Kind::node)}});
  for (const char* workload : {"chain", "comb"}) {
    // A full collection with 0 % and 1 % garbage, and death by count.
    for (const std::uint32_t garbage : {0U, 1U, 100U}) {
      const bool dies = garbage == 100;
      Spec spec;
      spec.workload = workload;
      spec.part = dies ? "die" : "full";
      spec.edges = 1;
      spec.garbage = dies ? 0 : garbage;
      Group group{.section = "Chain and comb, 1 M objects",
                  .title = fmt::format("{}, {}", std::string(workload) == "chain" ? "a long chain" : "a wide comb",
                                       dies ? "dies by count" : "full collection, G, " + percent(spec)),
                  .of = "object",
                  .contenders = {cyclegc(spec), cpython(spec, Kind::node), cpython(spec, Kind::list)}};
      if (!dies && garbage == 0) group.contenders.push_back(boehm(spec));
      if (dies && std::string(workload) == "comb") group.contenders.push_back(shared_ptr(spec));
      groups.push_back(std::move(group));
    }
  }
}

void add_memory(std::vector<Group>& groups) {
  Spec spec;
  spec.workload = "memory";
  spec.edges = 2;
  Group group{.section = "Memory",
              .title = "a container with two references",
              .unit = Unit::bytes,
              .of = "container",
              .tier = Tier::quick,
              .contenders = {cyclegc(spec), cpython(spec, Kind::node), cpython(spec, Kind::tuple),
                             cpython(spec, Kind::list), cpython(spec, Kind::instance), boehm(spec), shared_ptr(spec)}};
  group.contenders[1].at_most = 0.4;
  group.contenders[2].at_most = 0.5;
  groups.push_back(std::move(group));
}

// --- What an embedder's program does with objects of its own class ---

void add_embedder(std::vector<Group>& groups) {
  struct Part {
    const char* name;
    const char* title;
    // At most so many times the hand-written count.
    double target;
  };
  constexpr Part kParts[] = {
      {"churn", "objects that come and go", 1.3},       {"list", "a list of 1 M, built and dropped", 2},
      {"trees", "binary trees, depth 16", 1.5},         {"rewrites", "references of 100,000 objects change", 1.3},
      {"hash", "a hash table of 200,000 objects", 1.5}, {"cycles", "rings of four, of which a thousand live", 1}};
  const std::string section = "An embedder's class: two references and a number";
  const auto program = [](const char* name, const char* label, const Spec& spec, double at_most = 0) {
    return Contender{.program = name, .label = label, .spec = spec, .at_most = at_most};
  };
  for (const Part& part : kParts) {
    Spec spec;
    spec.workload = "embedder";
    spec.part = part.name;
    groups.push_back({.section = section,
                      .title = part.title,
                      .of = "operation",
                      .contenders = {cyclegc(spec), program("intrusive", "intrusive count", spec, part.target),
                                     shared_ptr(spec), boehm(spec)}});
  }
  Spec heap;
  heap.workload = "embedder_heap";
  heap.objects = 5 * kMillion;
  heap.part = "pause";
  groups.push_back({.section = section,
                    .title = "longest pause, 5 M random live, rings come and go",
                    .of = "pause",
                    .contenders = {cyclegc(heap), program("boehm", "Boehm", heap, 1.2)}});
  heap.part = "full";
  groups.push_back({.section = section,
                    .title = "a full collection of those 5 M",
                    .of = "object",
                    .contenders = {cyclegc(heap), boehm(heap)}});
  heap.part = "bytes";
  groups.push_back({.section = section,
                    .title = "memory of 5 M",
                    .unit = Unit::bytes,
                    .of = "object",
                    .contenders = {cyclegc(heap), program("intrusive", "intrusive count, 48 bytes", heap, 1),
                                   shared_ptr(heap), boehm(heap)}});
  heap.part = "trim";
  Spec before = heap;
  before.part = "before_trim";
  groups.push_back(
      {.section = section,
       .title = "memory that is left of 5 M, dropped and trimmed",
       .unit = Unit::bytes,
       .of = "object",
       .contenders = {cyclegc(heap), program("cyclegc", "cyclegc, before they are dropped", before, 0.1)}});
  Spec mixed;
  mixed.workload = "mixed";
  Spec nodes = mixed;
  nodes.part = "nodes";
  groups.push_back({.section = section,
                    .title = "full collection, L, 1 M: 30 % of a class, 30 % strings",
                    .of = "object",
                    .contenders = {cyclegc(mixed), program("cyclegc", "cyclegc, plain nodes", nodes, 1.5)}});
}

// --- The harness itself ---

void add_harness(std::vector<Group>& groups) {
  const auto part = [](const char* name, const char* label, const char* program) {
    Spec spec;
    spec.workload = "harness";
    spec.part = name;
    spec.objects = 500;
    return Contender{.program = program, .label = label, .spec = spec};
  };
  groups.push_back(
      {.section = "The harness",
       .title = "operations of generated traces",
       .unit = Unit::per_second,
       .of = "operation",
       .tier = Tier::quick,
       .contenders = {part("verify", "model, collector and comparison", "harness"),
                      part("model", "model alone", "harness"), part("collector", "collector alone", "harness"),
                      part("comparison", "comparison alone", "harness"),
                      part("generator", "generator alone", "harness"),
                      part("shrinker", "shrinker, operations it tries", "harness"),
                      part("rapidcheck", "rc::state, the same operations", "harness"),
                      part("hypothesis", "Hypothesis, the same operations on CPython", "hypothesis")}});
  Group fuzz{.section = "The harness",
             .title = "executions of a fuzz target",
             .unit = Unit::per_second,
             .of = "execution",
             .is_comparison = false};
  for (const char* target : {"fuzz_differential", "fuzz_collector", "fuzz_text", "fuzz_protocol"}) {
    fuzz.contenders.push_back(part(target, target, "fuzz"));
  }
  groups.push_back(std::move(fuzz));
}

}  // namespace

std::string size_text(std::uint64_t objects) {
  if (objects >= kMillion) return fmt::format("{} M", objects / kMillion);
  return objects < 1000 ? fmt::format("{}", objects) : fmt::format("{},{:03}", objects / 1000, objects % 1000);
}

std::string curve_title(Shape shape, std::uint64_t objects) {
  return full_title(full_spec(shape, objects, 3, Hold::container, 0));
}

std::vector<Group> all_groups() {
  std::vector<Group> groups;
  add_full(groups);
  add_all_garbage(groups);
  add_automatic(groups);
  add_young(groups);
  add_counted(groups);
  add_memory(groups);
  add_embedder(groups);
  add_harness(groups);
  return groups;
}

std::vector<Spec> workloads_of_all_groups() {
  std::vector<Spec> specs;
  std::set<std::string> seen;
  for (const Group& group : all_groups()) {
    for (const Contender& contender : group.contenders) {
      if (seen.insert(text(contender.spec)).second) specs.push_back(contender.spec);
    }
  }
  return specs;
}

}  // namespace cyclecheck::bench

// Covers: relations between two runs that need no expected result: renaming, allocate+free pairs, collecting twice,
// other thresholds, DEBUG_SAVEALL. Does not cover: what a single run must answer; that is the other suites'.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "properties/support/traces.hpp"

namespace cyclecheck::properties {
namespace {

using OpCode::bulk, OpCode::callbacks, OpCode::create, OpCode::deref, OpCode::disable, OpCode::drop, OpCode::enable,
    OpCode::freeze, OpCode::garbage, OpCode::proxy, OpCode::safepoint, OpCode::set_debug, OpCode::set_threshold,
    OpCode::shutdown, OpCode::subref, OpCode::weakref, OpCode::weakrefs;

using RunFunction = Log (*)(const Trace&, Observe);
constexpr RunFunction kSubjects[] = {run_model, run_impl};

// What died of the kinds that have a token, whenever that was.
std::set<Label> deaths(const Log& log) {
  std::set<Label> labels;
  for (const Event& event : log.all()) {
    if (event.kind == EventKind::died) labels.insert(event.label);
  }
  return labels;
}

// --- renaming ---

Name mirrored(Name name, std::uint32_t names) { return {static_cast<std::uint16_t>(names - 1 - name.value)}; }

Trace renamed(Trace trace) {
  const std::uint32_t names = name_count(trace);
  const auto rename = [&](Operation& operation) {
    if (names == 0) return;
    for (const Field field : info(operation.code).used()) {
      if (field == Field::target) operation.target = mirrored(operation.target, names);
    }
    for (Operand* operand : {&operation.a, &operation.b, &operation.c}) {
      if (operand->kind == Operand::Kind::variable || operand->kind == Operand::Kind::label) {
        operand->name = mirrored(operand->name, names);
      }
    }
  };
  std::for_each(trace.operations.begin(), trace.operations.end(), rename);
  for (Script& script : trace.scripts) std::for_each(script.begin(), script.end(), rename);
  trace.names.clear();
  return trace;
}

// The events with mirrored names; the digest of a list depends on the names, so it is left out.
std::vector<Event> renamed(const Log& log, std::uint32_t names) {
  std::vector<Event> events;
  for (Event event : log.all()) {
    if (event.kind == EventKind::digest) continue;
    if (info(event.kind).has_label && !event.none && event.label.part != Part::callback_tuple) {
      event.label.name = mirrored(event.label.name, names);
    }
    events.push_back(event);
  }
  return events;
}

TEST(Metamorphic, RenamingObjectsRenamesTheLog) {
  EXPECT_TRUE(holds("renaming changes nothing else", [](const Trace& any) {
    const Trace& trace = any;
    for (const RunFunction run : kSubjects) {
      const std::vector<Event> twice = renamed(run(renamed(trace), Observe::digest), name_count(trace));
      std::vector<Event> once = renamed(run(trace, Observe::digest), name_count(trace));
      for (Event& event : once) {
        if (info(event.kind).has_label && !event.none && event.label.part != Part::callback_tuple) {
          event.label.name = mirrored(event.label.name, name_count(trace));
        }
      }
      RC_ASSERT(twice == once);
    }
  }));
}

// --- allocate and free ---

TEST(Metamorphic, AnAllocateAndFreePairChangesNothingWhileTheCollectorIsOff) {
  EXPECT_TRUE(holds("allocate+free leaves no trace", [](const Trace& any) {
    // A pair is one allocation more for `fail` to count, and for the order of a set (rule N24).
    Trace trace = without_kind(without(any, {enable, OpCode::fail}), ObjectKind::set);
    trace.settings.enabled = false;
    const Name extra{static_cast<std::uint16_t>(name_count(trace))};
    Operation make = simple(create);
    make.target = extra;
    Operation free = simple(drop);
    free.target = extra;

    Trace padded = trace;
    padded.operations.clear();
    for (const Operation& operation : trace.operations) {
      padded.operations.insert(padded.operations.end(), {make, free, operation});
    }
    for (const RunFunction run : kSubjects) {
      const Log plain = run(trace, Observe::every);
      const Log with_pairs = run(padded, Observe::every);
      for (std::size_t i = 0; i < trace.operations.size(); ++i) {
        const auto expected = plain.of(i);
        const auto found = with_pairs.of(3 * i + 2);
        RC_ASSERT(std::equal(expected.begin(), expected.end(), found.begin(), found.end()));
      }
    }
  }));
}

// --- collect twice ---

TEST(Metamorphic, CollectTwiceIsOnce) {
  EXPECT_TRUE(holds("the second collect finds nothing", [](const Trace& any) {
    Trace trace = without(with_empty_scripts(without_legacy_finalizers(any)), {set_debug, shutdown, callbacks});
    trace.operations.insert(trace.operations.end(), {collect(2), collect(2)});
    for (const RunFunction run : kSubjects) {
      const Log log = run(trace, Observe::digest);
      for (const Event& event : log.of(log.operations() - 1)) {
        RC_ASSERT(event.kind != EventKind::died);
        RC_ASSERT(event.kind != EventKind::finalizer);
        RC_ASSERT(event.kind != EventKind::callback);
        if (event.kind == EventKind::returned) RC_ASSERT(event.number[0] == 0U);
      }
    }
  }));
}

// --- thresholds ---

TEST(Metamorphic, ThresholdsChangeWhenNeverWhat) {
  EXPECT_TRUE(holds("thresholds change when, never what", [](const Trace& any) {
    // Left out is what can see whether something was collected yet.
    Trace trace = with_variables_only(with_empty_scripts(without_opaque(without_legacy_finalizers(any))));
    trace = without(std::move(trace),
                    {deref, set_debug, set_threshold, enable, disable, freeze, shutdown, weakref, proxy, OpCode::fail});
    trace.operations.push_back(collect(2));
    Trace eager = trace;
    eager.settings.threshold = {1, 1, 1};
    eager.settings.enabled = true;
    Trace never = trace;
    never.settings.enabled = false;
    for (const RunFunction run : kSubjects) {
      RC_ASSERT(deaths(run(eager, Observe::digest)) == deaths(run(never, Observe::digest)));
    }
  }));
}

// --- DEBUG_SAVEALL ---

TEST(Metamorphic, SaveallSeesWhatIsOtherwiseFreed) {
  EXPECT_TRUE(holds("DEBUG_SAVEALL sees the set that is otherwise freed", [](const Trace& any) {
    Trace trace = with_empty_scripts(without_untracked(without_legacy_finalizers(any)));
    // What one held dies when it ends (C8).
    for (const ObjectKind kind : {ObjectKind::generator, ObjectKind::coroutine})
      trace = without_kind(std::move(trace), kind);
    // What a payload held dies with its owner, and is no trash that the collector finds.
    trace = without_payloads(without(std::move(trace), {set_debug, freeze, shutdown}));
    Operation save = simple(set_debug);
    save.number[0] = 32;
    // What a pending collection finds is not to hold on to what the next one would find.
    Trace saving = trace;
    saving.operations.insert(saving.operations.end(), {simple(safepoint), save, collect(2), simple(garbage)});
    trace.operations.insert(trace.operations.end(), {simple(safepoint), collect(2), simple(safepoint)});
    for (const RunFunction run : kSubjects) {
      const Log freed = run(trace, Observe::digest);
      const Log saved = run(saving, Observe::digest);
      const std::size_t last = freed.operations() - 1;
      std::set<Label> died;
      for (const Event& event : freed.of(last - 1)) {
        if (event.kind == EventKind::died) died.insert(event.label);
      }
      std::set<Label> in_garbage;
      for (const Event& event : saved.of(saved.operations() - 1)) {
        if (event.kind == EventKind::garbage) in_garbage.insert(event.label);
      }
      RC_ASSERT(std::includes(in_garbage.begin(), in_garbage.end(), died.begin(), died.end()));
      // The rest are weak references and dictionaries, which have no token to tell of their death.
      for (const Label& label : in_garbage) {
        if (died.contains(label) || label.part != Part::object) continue;
        const bool container = std::any_of(trace.operations.begin(), trace.operations.end(), [&](const Operation& op) {
          return (op.code == create || op.code == bulk) && op.target == label.name;
        });
        const bool weak = std::any_of(trace.operations.begin(), trace.operations.end(), [&](const Operation& op) {
          return (op.code == weakref || op.code == subref || op.code == proxy || op.code == weakrefs) &&
                 op.target == label.name;
        });
        RC_ASSERT(weak || !container);
      }
    }
  }));
}

}  // namespace
}  // namespace cyclecheck::properties

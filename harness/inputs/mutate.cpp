#include "harness/inputs/mutate.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/generate/generate.hpp"
#include "harness/inputs/operation_lists.hpp"
#include "harness/inputs/operations.hpp"
#include "harness/inputs/random_streams.hpp"
#include "harness/shrink/shrink.hpp"
#include "harness/system/system.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

class Mutator {
 public:
  Mutator(Trace& trace, Random& random) : trace_(trace), random_(random), maker_(trace, random) {}

  void step() {
    switch (random_.below(16)) {
      case 0:
      case 1:
      case 2:
        return insert_any();
      case 3:
      case 4:
        return insert_idiom();
      case 5:
      case 6:
        return erase();
      case 7:
        return random_.chance(64) ? repeat() : duplicate();
      case 8:
        return move();
      case 9:
      case 10:
        return change_operand();
      case 11:
        return change_field();
      case 12:
      case 13:
        return change_script();
      case 14:
        return change_settings();
      default:
        return random_.chance(128) ? insert_generated() : change_operand();
    }
  }

 private:
  std::size_t draw_place() { return random_.below(size_of(trace_.operations) + 1); }

  void insert_any() {
    const Operation operation = maker_.any(false);
    insert(trace_.operations, draw_place(), {operation});
  }

  void insert_idiom() {
    const Operations operations = maker_.idiom();
    if (random_.chance(200)) return insert(trace_.operations, draw_place(), operations);
    // Scattered: something else happens in between.
    std::size_t at = draw_place();
    for (const Operation& operation : operations) {
      insert(trace_.operations, at, {operation});
      at += 1 + random_.below(static_cast<std::uint32_t>(std::min<std::size_t>(4, trace_.operations.size() - at)));
    }
  }

  // A piece of what the generator makes, with its shapes, or all of what is at one of its edges.
  void insert_generated() {
    if (random_.chance(128)) {
      const Trace edge = generate_edge(random_.next(), trace_.profile);
      return adopt(trace_, edge, edge.operations, draw_place());
    }
    const Trace made = generate(random_.next(), 0, {.profile = trace_.profile, .max_operations = 40});
    if (made.operations.empty()) return;
    adopt(trace_, made, copy(made.operations, draw_range(random_, made.operations)), draw_place());
  }

  void erase() {
    if (trace_.operations.empty()) return insert_any();
    const OperationRange range = draw_range(random_, trace_.operations);
    erase_range(trace_.operations, range.begin, range.end);
  }

  void duplicate() {
    if (trace_.operations.empty()) return insert_any();
    const Operations part = copy(trace_.operations, draw_range(random_, trace_.operations));
    insert(trace_.operations, draw_place(), part);
  }

  // A few operations many times: what counts up to a limit gets there.
  void repeat() {
    if (trace_.operations.empty()) return insert_any();
    constexpr std::uint32_t kMost = 300;
    OperationRange range = draw_range(random_, trace_.operations);
    range.end = std::min(range.end, range.begin + 4);
    const Operations part = copy(trace_.operations, range);
    const std::uint32_t times = random_.chance(200) ? random_.between(2, 20) : random_.between(20, kMost);
    Operations many;
    for (std::uint32_t i = 0; i < times; ++i) many.insert(many.end(), part.begin(), part.end());
    insert(trace_.operations, range.end, many);
  }

  void move() {
    if (trace_.operations.empty()) return insert_any();
    const OperationRange range = draw_range(random_, trace_.operations);
    const Operations part = copy(trace_.operations, range);
    erase_range(trace_.operations, range.begin, range.end);
    insert(trace_.operations, draw_place(), part);
  }

  // An operation of the trace or of a script.
  std::pair<Operation*, bool> draw_operation() {
    if (!trace_.scripts.empty() && random_.chance(96)) {
      Script& script = trace_.scripts[random_.below(static_cast<std::uint32_t>(trace_.scripts.size()))];
      if (!script.empty()) return {&script[random_.below(size_of(script))], true};
    }
    if (trace_.operations.empty()) return {nullptr, false};
    return {&trace_.operations[random_.below(size_of(trace_.operations))], false};
  }

  // Another name, or another form of the operand with the same name.
  void change_operand() {
    const auto [operation, in_script] = draw_operation();
    if (operation == nullptr) return insert_any();
    const auto fields = info(operation->code).used();
    for (const Field field : fields) {
      if (field != Field::target && field != Field::a && field != Field::b && field != Field::c) continue;
      if (!random_.chance(160)) continue;
      if (field == Field::target) {
        operation->target = maker_.name();
        continue;
      }
      Operand& operand = field == Field::a ? operation->a : field == Field::b ? operation->b : operation->c;
      if (random_.chance(128) && operand.kind != Operand::Kind::self) {
        operand.name = maker_.name();
      } else {
        const Name before = operand.name;
        operand = maker_.operand(in_script);
        if (operand.kind != Operand::Kind::self && random_.chance(128)) operand.name = before;
      }
    }
  }

  // One field is drawn again; what has none becomes another operation.
  void change_field() {
    const auto [operation, in_script] = draw_operation();
    if (operation == nullptr) return insert_any();
    const auto fields = info(operation->code).used();
    Operation changed = *operation;
    // Scripts that are added move the others, but not what stands in them.
    if (fields.empty()) {
      changed = maker_.any(in_script);
    } else {
      maker_.redraw(changed, fields[random_.below(static_cast<std::uint32_t>(fields.size()))], in_script);
    }
    *operation = changed;
  }

  void change_script() {
    // What can have a script, and whether it has one.
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < trace_.operations.size(); ++i) {
      const auto fields = info(trace_.operations[i].code).used();
      if (std::find(fields.begin(), fields.end(), Field::finalizer) != fields.end() ||
          std::find(fields.begin(), fields.end(), Field::callback) != fields.end() ||
          std::find(fields.begin(), fields.end(), Field::watcher) != fields.end()) {
        owners.push_back(i);
      }
    }
    if (owners.empty()) return insert_idiom();
    const std::size_t owner = owners[random_.below(static_cast<std::uint32_t>(owners.size()))];
    const ScriptId id = trace_.operations[owner].script;
    if (id < 0 || random_.chance(16)) return give_script(owner);
    Script& script = trace_.scripts[static_cast<std::size_t>(id)];
    const std::uint32_t choice = random_.below(8);
    if (choice == 0 || script.empty()) {
      empty_script(trace_, id);
    } else if (choice < 3) {
      const OperationRange range = draw_range(random_, script);
      erase_range(script, range.begin, range.end);
      if (script.empty()) empty_script(trace_, id);
    } else if (choice == 3) {
      std::swap(script[random_.below(size_of(script))], script[random_.below(size_of(script))]);
    } else {
      const std::size_t at = random_.below(size_of(script) + 1);
      // Scripts that it has move the others.
      const Operation operation = maker_.any(true);
      insert(trace_.scripts[static_cast<std::size_t>(id)], at, {operation});
    }
  }

  void give_script(std::size_t owner) {
    const ScriptId script = random_.chance(40) ? kEmptyScript : maker_.script();
    Operation& operation = trace_.operations[owner];
    operation.script = script;
    if (operation.code == OpCode::create && operation.finalizer == FinalizerKind::none) {
      operation.finalizer = random_.chance(48) ? FinalizerKind::legacy : FinalizerKind::del;
    }
  }

  void change_settings() {
    Settings& settings = trace_.settings;
    switch (random_.below(8)) {
      case 0:
        settings.enabled = !settings.enabled;
        return;
      case 1:
        settings.free_lists_filled = !settings.free_lists_filled;
        return;
      case 2: {
        const bool standard = settings.threshold == profile(trace_.profile).threshold;
        trace_.profile = static_cast<ProfileId>(random_.below(kProfiles));
        if (standard) settings.threshold = profile(trace_.profile).threshold;
        return;
      }
      case 3:
        settings.threshold = profile(trace_.profile).threshold;
        return;
      default:
        // Small ones, so that few operations bring collections of every generation.
        settings.threshold = {static_cast<std::int32_t>(1 + random_.below(8)),
                              static_cast<std::int32_t>(random_.below(4)), static_cast<std::int32_t>(random_.below(4))};
        return;
    }
  }

  Trace& trace_;
  Random& random_;
  OperationMaker maker_;
};

}  // namespace

Trace mutate(const Trace& trace, std::uint64_t seed) {
  Random random(seed, kMutateStream);
  Trace result = trace;
  Mutator mutator(result, random);
  do {
    mutator.step();
  } while (random.chance(110));
  const auto has_script = [](const Operation& operation) { return operation.script >= 0; };
  const bool is_nested = std::any_of(result.scripts.begin(), result.scripts.end(), [&](const Script& script) {
    return std::any_of(script.begin(), script.end(), has_script);
  });
  // Scripts may stand too deep in each other.
  return is_nested ? with_ordered_scripts(result) : result;
}

}  // namespace cyclecheck

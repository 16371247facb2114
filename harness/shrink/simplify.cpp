#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "harness/shrink/passes.hpp"

namespace cyclecheck {
namespace {

Operation explicit_collection(std::int32_t generation) {
  Operation operation;
  operation.code = OpCode::collect;
  operation.number[0] = generation;
  return operation;
}

class Simplifier {
 public:
  explicit Simplifier(ShrinkSearch& search) : search_(search) {}

  void settings() {
    const auto set = [&](const auto& change) {
      Trace candidate = search_.best();
      change(candidate.settings);
      return search_.attempt(std::move(candidate));
    };
    set([&](Settings& settings) { settings = Settings{profile(search_.best().profile).threshold, true, false}; });
    set([&](Settings& settings) { settings.threshold = profile(search_.best().profile).threshold; });
    set([](Settings& settings) { settings.enabled = true; });
    set_from_the_start();
    set([](Settings& settings) { settings.free_lists_filled = false; });
    for (std::size_t i = 0; i < search_.best().settings.threshold.size(); ++i) {
      lower(search_.best().settings.threshold[i],
            [&](std::int32_t value) { return set([&](Settings& settings) { settings.threshold[i] = value; }); });
    }
  }

  void operations() {
    search_.for_each_location([&](Location location) {
      simplify_kind(location);
      simplify_operand(location, &Operation::a);
      simplify_operand(location, &Operation::b);
      simplify_operand(location, &Operation::c);
      simplify_numbers(location);
      simplify_text(location);
    });
  }

 private:
  // What an operation sets is so from the beginning.
  void set_from_the_start() {
    for (std::size_t i = 0; i < search_.size() && !search_.exhausted(); ++i) {
      const Operation& operation = search_.operation(i);
      if (operation.code != OpCode::set_threshold && operation.code != OpCode::disable) continue;
      Trace candidate = search_.best();
      Settings& settings = candidate.settings;
      if (operation.code == OpCode::set_threshold) {
        std::copy_n(operation.number.begin(), operation.count, settings.threshold.begin());
      } else {
        settings.enabled = false;
      }
      erase_range(candidate.operations, i, i + 1);
      if (search_.attempt(std::move(candidate))) --i;
    }
  }

  void simplify_kind(Location location) {
    const Operation& operation = at(search_.best(), location);
    switch (operation.code) {
      case OpCode::create:
        // An allocation whose use is to trigger a collection hides behind it all those that raised the count.
        for (const std::int32_t generation : {2, 0}) {
          const auto collect = [generation](Operation& changed) { changed = explicit_collection(generation); };
          if (search_.change(location, collect)) return;
        }
        for (const ObjectKind kind : {ObjectKind::node, ObjectKind::instance, ObjectKind::generator}) {
          if (change_creations(location, [kind](Operation& changed) { changed.kind = kind; })) break;
        }
        for (const FinalizerKind kind : {FinalizerKind::del, FinalizerKind::legacy}) {
          const bool changed = search_.change(location, [kind](Operation& simpler) {
            if (simpler.finalizer > kind) simpler.finalizer = kind;
          });
          if (changed) break;
        }
        return;
      case OpCode::weakref:
        search_.change(location, [](Operation& changed) { changed.b = {}; });
        return;
      case OpCode::subref:
      case OpCode::proxy:
        search_.change(location, [](Operation& changed) { changed.b = {}; });
        change_creations(location, [](Operation& changed) { changed.code = OpCode::weakref; });
        return;
      case OpCode::store:
        search_.change(location, [](Operation& changed) {
          changed.code = OpCode::append;
          changed.number[0] = 0;
        });
        return;
      case OpCode::resume:
        search_.change(location, [](Operation& changed) { changed.code = OpCode::close; });
        return;
      case OpCode::root:
        search_.change(location, [](Operation& changed) {
          changed.code = OpCode::let;
          changed.target = changed.a.name;
        });
        return;
      default:
        return;
    }
  }

  // Changes all operations that create objects under this operation's name, so that they stay of one kind.
  template <typename Change>
  bool change_creations(Location location, const Change& apply) {
    const OpCode code = at(search_.best(), location).code;
    const Name name = at(search_.best(), location).target;
    Trace candidate = search_.best();
    for_each_operation(candidate, [&](Operation& operation) {
      if (operation.code == code && operation.target == name) apply(operation);
    });
    return search_.attempt(std::move(candidate));
  }

  void simplify_operand(Location location, Operand Operation::*member) {
    const Operand operand = at(search_.best(), location).*member;
    if (operand.kind == Operand::Kind::none) return;
    if (operand.slot != Operand::kWhole) {
      for (const std::int32_t slot : {Operand::kWhole, 0}) {
        if (search_.change(location, [&](Operation& operation) { (operation.*member).slot = slot; })) break;
      }
    }
    if (operand.kind == Operand::Kind::label) {
      search_.change(location, [&](Operation& operation) { (operation.*member).kind = Operand::Kind::variable; });
    }
  }

  void simplify_numbers(Location location) {
    const OpCode code = at(search_.best(), location).code;
    if (code == OpCode::collect) {
      search_.change(location, [](Operation& changed) { changed.number[0] = 2; });
      return;
    }
    if (code == OpCode::set_threshold || code == OpCode::get_objects) {
      const std::uint8_t least = code == OpCode::set_threshold ? 1 : 0;
      for (std::uint8_t count = least; count < at(search_.best(), location).count; ++count) {
        const bool changed = search_.change(location, [count](Operation& shorter) {
          shorter.count = count;
          for (std::size_t i = count; i < shorter.number.size(); ++i) shorter.number[i] = 0;
        });
        if (changed) break;
      }
    }
    if (at(search_.best(), location).number[0] < 0) {
      search_.change(location, [](Operation& changed) { changed.number[0] = -changed.number[0]; });
    }
    for (std::size_t i = 0; i < 3; ++i) {
      lower(at(search_.best(), location).number[i], [&](std::int32_t value) {
        return search_.change(location, [&](Operation& changed) { changed.number[i] = value; });
      });
    }
  }

  void simplify_text(Location location) {
    const auto set = [&](const std::string& text) {
      return search_.change(location, [&](Operation& changed) { changed.text = text; });
    };
    const auto text = [&] { return at(search_.best(), location).text; };
    lower(static_cast<std::int32_t>(text().size()),
          [&](std::int32_t size) { return set(text().substr(0, static_cast<std::size_t>(size))); });
    for (std::size_t width = text().size(); width > 0 && !search_.exhausted(); width /= 2) {
      for (std::size_t i = 0; i < text().size(); i += width) {
        const std::size_t part = std::min(width, text().size() - i);
        if (text().substr(i, part) != std::string(part, 'a')) set(text().replace(i, part, std::string(part, 'a')));
      }
    }
  }

  // Lowers a number towards 0 by steps that become half as long when they fail.
  template <typename Set>
  void lower(std::int32_t value, const Set& set) {
    if (value <= 0) return;
    if (set(0)) return;
    for (std::int32_t step = value / 2; step > 0 && !search_.exhausted();) {
      if (step < value && set(value - step)) {
        value -= step;
        step = std::min(step, value / 2);
      } else {
        step /= 2;
      }
    }
  }

  ShrinkSearch& search_;
};

}  // namespace

void simplify_settings(ShrinkSearch& search) { Simplifier(search).settings(); }

void simplify_operations(ShrinkSearch& search) { Simplifier(search).operations(); }

}  // namespace cyclecheck

#include "harness/exhaust/footprint.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

using model::Id;
using model::Kind;
using model::kNone;

// A variable, slots or list of weak references beyond these numbers has no bit.
constexpr std::uint64_t kFields = 16;
constexpr std::uint64_t kSlots = 16;
constexpr std::uint64_t kWeakLists = 32;
constexpr std::uint64_t kCollector = std::uint64_t{1} << 48;
constexpr std::uint64_t kLog = std::uint64_t{1} << 49;
// The order in which variables were first bound, which is that of their release: S2.
constexpr std::uint64_t kBindings = std::uint64_t{1} << 50;

class Forecaster {
 public:
  Forecaster(const HeapOutline& heap, const Operation& operation) : heap_(heap), operation_(operation) {}

  Forecast make() {
    switch (operation_.code) {
      case OpCode::create:
      case OpCode::integer:
        return create();
      case OpCode::tuple:
        return tuple();
      case OpCode::method:
        return method();
      case OpCode::fail:
        return fail();
      case OpCode::append:
        return append();
      case OpCode::remove:
        return remove();
      case OpCode::clear:
        return clear();
      case OpCode::let:
        return let();
      case OpCode::drop:
        return drop();
      case OpCode::weakref:
      case OpCode::subref:
      case OpCode::proxy:
        return weak_reference();
      case OpCode::deref:
        return dereference();
      case OpCode::watch:
      case OpCode::unwatch:
        return heap_.usable(operation_.a.name) == kNone ? Forecast{} : everything();
      case OpCode::take_garbage:
      case OpCode::clear_garbage:
        return heap_.garbage == 0 ? Forecast{} : everything();
      default:
        return everything();
    }
  }

 private:
  static Forecast everything() {
    Forecast forecast;
    forecast.effect = Effect::some;
    forecast.footprint.everything = true;
    return forecast;
  }
  static Forecast failure() {
    Forecast forecast = everything();
    forecast.effect = Effect::failure;
    return forecast;
  }

  // Bits. What has none makes the operation depend on everything.
  std::uint64_t bit(std::uint64_t base, std::uint64_t number) {
    if (number >= kFields) made_.footprint.everything = true;
    return std::uint64_t{1} << (base + number % kFields);
  }
  std::uint64_t variable(Name name) { return bit(0, name.value); }
  std::uint64_t slots(Id id) { return bit(kSlots, heap_.items[id].holder); }
  std::uint64_t weak_list(Id id) { return bit(kWeakLists, id); }

  void rises(Id id) { made_.footprint.rises |= bit(0, id); }
  // `times` references go away.
  void falls(Id id, std::int64_t times = 1) {
    made_.footprint.falls |= bit(0, id);
    if (heap_.items[id].references <= times) made_.footprint.everything = true;
  }
  void writes(std::uint64_t bits) { made_.footprint.writes |= bits; }
  void reads(std::uint64_t bits) { made_.footprint.reads |= bits; }

  // The variable is bound to something else.
  void rebinds(Name name) {
    writes(variable(name));
    const Id old = name.value < heap_.variables.size() ? heap_.variables[name.value] : kNone;
    if (old != kNone) {
      falls(old);
    } else {
      writes(kBindings);
    }
  }
  void allocates() {
    writes(kCollector | kLog);
    const auto count = static_cast<std::int64_t>(heap_.counts[0]);
    // An instance and its dictionary are two.
    if (heap_.threshold != 0 && count + 2 > heap_.threshold) made_.footprint.everything = true;
    if (heap_.fails_in != 0 && heap_.fails_in <= 2) made_.footprint.everything = true;
  }
  Forecast done() {
    made_.effect = Effect::some;
    return made_;
  }
  [[nodiscard]] static bool has_slots(Kind kind) {
    return kind == Kind::node || kind == Kind::instance || kind == Kind::classic || kind == Kind::opaque ||
           kind == Kind::list || kind == Kind::dict || kind == Kind::custom || kind == Kind::cell ||
           kind == Kind::frame || kind == Kind::generator || kind == Kind::set;
  }

  // An integer is none that the collector counts, but its place among the objects is that of an allocation.
  Forecast create() {
    allocates();
    rebinds(operation_.target);
    return done();
  }

  // N15.
  Forecast tuple() {
    const Id a = heap_.usable(operation_.a.name);
    if (a == kNone) return {};
    const HeapOutline::Item& item = heap_.items[a];
    const bool in_a_row =
        item.kind == Kind::node || item.kind == Kind::opaque || item.kind == Kind::list || item.kind == Kind::tuple;
    if (!in_a_row || item.slots.empty()) return failure();
    reads(variable(operation_.a.name) | slots(a));
    for (const Id id : item.slots) rises(id);
    allocates();
    rebinds(operation_.target);
    return done();
  }

  // N20.
  Forecast method() {
    const Id a = heap_.usable(operation_.a.name);
    const Id b = heap_.usable(operation_.b.name);
    if (a == kNone || b == kNone) return {};
    reads(variable(operation_.a.name) | variable(operation_.b.name));
    rises(a);
    rises(b);
    allocates();
    rebinds(operation_.target);
    return done();
  }

  // Allocations count down to it.
  Forecast fail() {
    writes(kCollector);
    return done();
  }

  Forecast append() {
    const Id a = heap_.usable(operation_.a.name);
    const Id b = heap_.usable(operation_.b.name);
    if (a == kNone || b == kNone) return {};
    if (!has_slots(heap_.items[a].kind)) return failure();
    reads(variable(operation_.a.name) | variable(operation_.b.name));
    writes(slots(a));
    rises(b);
    // G6: it may track the dictionary, or the dict.
    if (heap_.items[a].holder != a || heap_.items[a].kind == Kind::dict) writes(kCollector);
    return done();
  }

  Forecast remove() {
    const Id a = heap_.usable(operation_.a.name);
    const Id b = heap_.usable(operation_.b.name);
    if (a == kNone || b == kNone) return {};
    const HeapOutline::Item& item = heap_.items[a];
    if (!has_slots(item.kind) || std::find(item.slots.begin(), item.slots.end(), b) == item.slots.end()) {
      return failure();
    }
    reads(variable(operation_.a.name) | variable(operation_.b.name));
    writes(slots(a));
    falls(b);
    return done();
  }

  Forecast clear() {
    const Id a = heap_.usable(operation_.a.name);
    if (a == kNone) return {};
    const HeapOutline::Item& item = heap_.items[a];
    const auto held = [](Id id) { return id != kNone; };
    if (!has_slots(item.kind) || std::none_of(item.slots.begin(), item.slots.end(), held)) return failure();
    reads(variable(operation_.a.name));
    writes(slots(a));
    for (const Id id : item.slots) {
      if (held(id)) falls(id, std::count(item.slots.begin(), item.slots.end(), id));
    }
    return done();
  }

  Forecast let() {
    const Id a = heap_.usable(operation_.a.name);
    if (a == kNone) return {};
    if (operation_.target.value < heap_.variables.size() && heap_.variables[operation_.target.value] == a) {
      return failure();
    }
    reads(variable(operation_.a.name));
    rises(a);
    rebinds(operation_.target);
    return done();
  }

  Forecast drop() {
    const Name name = operation_.target;
    if (name.value >= heap_.variables.size() || heap_.variables[name.value] == kNone) return {};
    rebinds(name);
    return done();
  }

  Forecast weak_reference() {
    const Id a = heap_.usable(operation_.a.name);
    if (a == kNone) return {};
    const Kind kind = heap_.items[a].kind;
    const bool may_be = kind == Kind::node || kind == Kind::instance || kind == Kind::classic || kind == Kind::custom ||
                        kind == Kind::method || kind == Kind::generator || kind == Kind::set;
    if (!may_be) return failure();
    if (operation_.b.kind != Operand::Kind::none) {  // W9
      const Id b = heap_.usable(operation_.b.name);
      if (b == kNone) return {};
      if (heap_.items[b].kind == Kind::method) return everything();
      if (heap_.items[b].kind != Kind::node) return failure();
      reads(variable(operation_.b.name));
      rises(b);
    }
    reads(variable(operation_.a.name));
    writes(weak_list(a));
    allocates();
    rebinds(operation_.target);
    // W2: one that is there may be bound again.
    if (heap_.items[a].weakly_referenced && operation_.script == kNoScript) made_.footprint.everything = true;
    return done();
  }

  Forecast dereference() {
    const Id a = heap_.usable(operation_.a.name);
    if (a == kNone) return {};
    const HeapOutline::Item& item = heap_.items[a];
    if (item.kind != Kind::weakref && item.kind != Kind::subref && item.kind != Kind::proxy) return failure();
    reads(variable(operation_.a.name));
    writes(kLog);
    if (item.referent != kNone) rises(item.referent);
    rebinds(operation_.target);
    return done();
  }

  const HeapOutline& heap_;
  const Operation& operation_;
  Forecast made_;
};

}  // namespace

Forecast forecast(const HeapOutline& heap, const Operation& operation) {
  Forecast made = Forecaster(heap, operation).make();
  // What does nothing here may do something elsewhere.
  if (made.effect == Effect::none) made.footprint.everything = true;
  return made;
}

}  // namespace cyclecheck

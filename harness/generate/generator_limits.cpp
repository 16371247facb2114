// At the edges: containers that are full, places far behind the first ones, numbers and texts that just fit or do not,
// and more of something than programs mostly have. All under names of their own.
#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "harness/generate/generator.hpp"

namespace cyclecheck {
namespace {

// Attributes of an instance, keys of a dict (rules N5, N14).
constexpr std::uint32_t kKeys = 16;

}  // namespace

Name Generator::limit_name(std::uint32_t which) const {
  return Name{static_cast<std::uint16_t>(plan_.making.size() + kFirstLimit + which)};
}

Name Generator::make_at_limit(ObjectKind kind) {
  Operation made = bare(OpCode::create);
  made.target = limit_name(static_cast<std::uint32_t>(kind));
  made.kind = kind;
  add(made);
  return made.target;
}

void Generator::store(Name owner, std::uint32_t index, Operand value) {
  Operation stores = bare(OpCode::store);
  stores.a = Operand::variable(owner);
  stores.number[0] = static_cast<std::int32_t>(index);
  stores.b = value;
  add(stores);
}

void Generator::erase_at(Name owner, std::uint32_t index) {
  Operation erases = bare(OpCode::erase);
  erases.a = Operand::variable(owner);
  erases.number[0] = static_cast<std::int32_t>(index);
  add(erases);
}

void Generator::ask(OpCode question, Operand about) {
  Operation asks = bare(question);
  asks.a = about;
  add(asks);
}

// Keys in any order; then some of them again, mostly the one that came last.
void Generator::full_keys() {
  constexpr std::array kKeyed{ObjectKind::dict, ObjectKind::dict, ObjectKind::instance, ObjectKind::frame};
  const Name owner = make_at_limit(kKeyed[random_.below(kKeyed.size())]);
  std::array<std::uint32_t, kKeys> keys{};
  std::iota(keys.begin(), keys.end(), 0U);
  const std::uint32_t count = random_.between(2, kKeys);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::swap(keys[i], keys[i + random_.below(kKeys - i)]);
    store(owner, keys[i], operand(kObject));
  }
  for (std::uint32_t left = random_.between(1, 4); left > 0; --left) {
    const std::uint32_t key = keys[random_.chance(128) ? count - 1 : random_.below(count)];
    if (random_.chance(160)) {
      store(owner, key, operand(kObject));
    } else {
      erase_at(owner, key);
    }
  }
  ask(OpCode::get_referents, Operand::variable(owner));
  if (random_.chance(128)) append(operand(kOwner), Operand::variable(owner));
  if (random_.chance(128)) ask(OpCode::clear, Operand::variable(owner));
}

// More references than a byte counts, and what is done to the last of them.
void Generator::far_slots() {
  const Name owner = make_at_limit(ObjectKind::node);
  const std::uint32_t size = kBeyondByte + random_.between(1, 30);
  Operation many = bare(OpCode::bulk);
  many.target = owner;
  many.number[0] = static_cast<std::int32_t>(size);
  add(many);
  for (std::uint32_t left = random_.between(1, 4); left > 0; --left) {
    const std::uint32_t index = random_.chance(64) ? random_.below(size + 2) : size - random_.below(32);
    const Operand there = Operand::variable(owner, static_cast<std::int32_t>(index));
    switch (random_.below(4)) {
      case 0:
        store(owner, index, operand(kObject));
        break;
      case 1:
        erase_at(owner, index);
        break;
      case 2: {
        Operation removes = bare(OpCode::remove);
        removes.a = Operand::variable(owner);
        removes.b = there;
        add(removes);
        break;
      }
      default:
        ask(OpCode::refcount, there);
    }
    if (random_.chance(64)) ask(OpCode::get_referrers, there);
  }
  Operation drops = bare(OpCode::drop);
  drops.target = owner;
  if (random_.chance(200)) add(drops);
}

// Around what fits into one and two bytes, and far beyond.
void Generator::large_thresholds() {
  constexpr std::array<std::int32_t, 10> kLarge{127,    128,    255,    256,     32'767,
                                                32'768, 65'535, 65'536, 100'000, 1'000'000'000};
  const auto draw = [&] { return kLarge[random_.below(kLarge.size())]; };
  const std::int32_t first = random_.chance(128) ? draw() : 1;
  const std::int32_t second = draw();
  add(set_thresholds({first, second, draw()}));
  add(bare(OpCode::enable));
  Operation many = bare(OpCode::bulk);
  many.target = hot_node();
  many.number[0] = static_cast<std::int32_t>(random_.chance(64) ? 2 * kBeyondByte + random_.below(300) : 3);
  add(many);
  add(bare(OpCode::get_count));
  add(set_thresholds(trace_.settings.threshold));
}

// Functions of gc.callbacks, some of which remove themselves or others.
void Generator::many_watchers() {
  const std::uint32_t count = random_.between(3, 12);
  const Name two[] = {make_at_limit(ObjectKind::node), make_at_limit(ObjectKind::instance)};
  for (std::uint32_t i = 0; i < count; ++i) {
    Operation watch = bare(OpCode::watch);
    watch.a = random_.chance(128) ? Operand::variable(two[random_.below(2)]) : operand(kObject);
    watch.number[0] = static_cast<std::int32_t>(random_.below(2));
    watch.script = kEmptyScript;
    if (random_.chance(80)) {
      Operation removes = bare(OpCode::unwatch);
      removes.a = random_.chance(128) ? Operand::self() : Operand::label(two[random_.below(2)]);
      watch.script = script_of(removes);
    }
    add(watch);
  }
  for (std::uint32_t left = random_.between(1, 3); left > 0; --left) add_collect(generation());
}

// Sums and texts that are just not too large, or are; texts of any characters; texts that say the same, of which one is
// a constant.
void Generator::atoms_at_limits() {
  constexpr std::array<std::string_view, 4> kShort{"a", "a1", "eggs", "spameggs"};
  constexpr std::int32_t kLargest = 1'000'000'000;
  const bool string = random_.chance(170);
  const Name x = atom_name(string);
  const Name y = atom_name(string);
  const auto text_of = [&](Name name, std::string_view text) {
    Operation made = bare(OpCode::string);
    made.target = name;
    made.text = text;
    add(made);
  };
  const auto sum = [&](Name name, Name a, Name b) {
    Operation adds = bare(OpCode::add);
    adds.target = name;
    adds.a = Operand::variable(a);
    adds.b = Operand::variable(b);
    add(adds);
    ask(OpCode::id, Operand::variable(name));
  };
  if (!string) {
    const std::int32_t sign = random_.chance(128) ? 1 : -1;
    for (const auto& [name, value] : {std::pair{x, kLargest - 1}, std::pair{y, 1}}) {
      Operation made = bare(OpCode::integer);
      made.target = name;
      made.number[0] = sign * value;
      add(made);
    }
    sum(x, x, y);
    sum(x, x, y);
    return;
  }
  const std::string_view text = kShort[random_.below(kShort.size())];
  switch (random_.below(3)) {
    case 0:
      text_of(x, text);
      for (int i = 0; i < 13; ++i) sum(x, x, x);
      text_of(y, text.substr(0, 1));
      sum(x, x, y);
      return;
    case 1: {
      std::string any;
      for (std::uint32_t left = random_.between(1, 3); left > 0; --left) {
        const auto drawn = static_cast<char>(random_.between(' ', '~'));
        any += drawn == '"' || drawn == '\\' || drawn == '#' ? '9' : drawn;
      }
      text_of(x, any);
      text_of(y, any);
      Operation same = bare(OpCode::same);
      same.a = Operand::variable(x);
      same.b = Operand::variable(y);
      return add(same);
    }
    default: {
      const std::string_view half = kShort[random_.below(3)];
      const std::string twice = std::string(half) + std::string(half);
      text_of(x, half);
      text_of(y, half);
      sum(x, x, y);
      text_of(y, twice);
      if (x == y) return;
      Operation drops = bare(OpCode::drop);
      drops.target = x;
      add(drops);
      text_of(x, twice);
      ask(OpCode::id, Operand::variable(x));
      ask(OpCode::id, Operand::variable(y));
    }
  }
}

// More dead objects than a free list takes (rule W8), which a full collection empties, and whose finalizers make more
// objects than a byte counts.
void Generator::full_lists() {
  enum class Kept : std::uint8_t { list, dict, frame, method, tuple };
  constexpr std::array<std::uint32_t, 5> kTooMany{84, 84, 204, kBeyondByte + 4, 2004};
  const auto kept = random_.chance(24) ? Kept::tuple : static_cast<Kept>(random_.below(4));
  const Name keeper = make_at_limit(ObjectKind::node);
  const std::uint32_t count = kTooMany[static_cast<std::size_t>(kept)];
  const Name source = make_at_limit(ObjectKind::list);
  append(Operand::variable(source), Operand::variable(keeper));
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < count; ++i) {
      Name made = limit_name(kObjectKinds);
      if (kept == Kept::method || kept == Kept::tuple) {
        Operation binds = bare(kept == Kept::method ? OpCode::method : OpCode::tuple);
        binds.target = made;
        binds.a = Operand::variable(kept == Kept::method ? keeper : source);
        if (kept == Kept::method) binds.b = Operand::variable(keeper);
        add(binds);
      } else {
        made = make_at_limit(kept == Kept::list   ? ObjectKind::list
                             : kept == Kept::dict ? ObjectKind::dict
                                                  : ObjectKind::frame);
      }
      append(Operand::variable(keeper), Operand::variable(made));
    }
    ask(OpCode::clear, Operand::variable(keeper));
    if (random_.chance(64)) add_collect(generation());
  }
  add(bare(OpCode::get_count));
  if (!random_.chance(128)) return;
  Operation makes = bare(OpCode::bulk);
  makes.target = keeper;
  makes.number[0] = static_cast<std::int32_t>(random_.chance(128) ? 2 * kBeyondByte : random_.between(1, 9));
  create_with(hot_node(), makes);
  const Name dying = trace_.operations.back().target;
  append(Operand::variable(dying), Operand::variable(dying));
  drop(dying);
  add_collect(2);
  add(bare(OpCode::get_count));
}

void Generator::add_limits(bool may_be_long) {
  const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
  for (int objects = 0; objects < 2; ++objects) create(hot_maker());
  switch (random_.below(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      full_keys();
      break;
    case 4:
    case 5:
      far_slots();
      break;
    case 6:
    case 7:
      large_thresholds();
      break;
    case 8:
    case 9:
    case 10:
      many_watchers();
      break;
    case 11:
    case 12:
    case 13:
    case 14:
      atoms_at_limits();
      break;
    default:
      // An interpreter whose lists are filled cannot take what is left behind.
      if (may_be_long && !plan_.free_lists_filled) full_lists();
  }
  if (before != 0) move_in(before);
  order_scripts();
}

}  // namespace cyclecheck

#include <algorithm>
#include <array>
#include <utility>

#include "harness/generate/generator.hpp"

namespace cyclecheck {
namespace {

// Around both ends of the range that is cached, of which this is the upper one (rule I1).
constexpr std::array<std::int32_t, 8> integers(std::int32_t largest) {
  return {-6, -5, 0, 1, largest / 2, largest, largest + 1, 1000};
}
// Shortest ones (rule I2); some that could be names, some that could not, and what two of them joined say (rule I3).
constexpr std::array<std::string_view, 9> kTexts{"", "a", " ", "spam", "eggs", "spameggs", "spam eggs", "ham!", "a1"};

// Names of each kind.
constexpr std::uint32_t kNames = 3;

}  // namespace

Name Generator::atom_name(bool string) {
  const auto first = static_cast<std::uint32_t>(plan_.making.size()) + (string ? kNames : 0);
  return Name{static_cast<std::uint16_t>(first + random_.below(kNames))};
}

Operation Generator::constant(Name name, bool string) {
  Operation operation = bare(string ? OpCode::string : OpCode::integer);
  operation.target = name;
  if (string) {
    operation.text = kTexts[random_.below(kTexts.size())];
  } else {
    const auto values = integers(profile(trace_.profile).largest_small_integer);
    operation.number[0] = values[random_.below(values.size())];
  }
  return operation;
}

// Longer than a machine word or a small buffer; two of them are too long to be joined, or just fit.
void Generator::add_long_texts() {
  const Name x = atom_name(true);
  const Name y = atom_name(true);
  Operation text = bare(OpCode::string);
  const auto longest = static_cast<std::uint32_t>(kMaxText);
  const std::uint32_t size = random_.chance(100) ? longest / random_.between(1, 2) : random_.between(16, longest);
  text.text = std::string(size, 'a');
  if (random_.chance(100)) text.text[random_.below(size)] = ' ';
  for (const Name target : {x, y}) {
    text.target = target;
    add(text);
  }
  Operation joins = bare(OpCode::add);
  joins.target = y;
  joins.a = Operand::variable(x);
  joins.b = Operand::variable(y);
  add(joins);
  for (const OpCode code : {OpCode::intern, OpCode::id, OpCode::same}) {
    Operation asks = bare(code);
    if (code == OpCode::intern) asks.target = y;
    asks.a = joins.b;
    if (code == OpCode::same) asks.b = joins.a;
    add(asks);
  }
  if (random_.chance(128)) return;
  Operation drops = bare(OpCode::drop);
  drops.target = x;
  add(drops);
}

void Generator::atom_idiom(std::vector<Operation>& made) {
  const bool string = random_.chance(128);
  const Name x = atom_name(string);
  const Name y = atom_name(string);
  const auto about = [&](OpCode code, Operand a, Operand b = {}) {
    Operation operation = bare(code);
    operation.a = a;
    operation.b = b;
    made.push_back(operation);
  };
  const auto bind = [&](OpCode code, Name target, Operand a, Operand b = {}) {
    about(code, a, b);
    made.back().target = target;
  };
  switch (random_.below(6)) {
    case 0: {  // Two constants that say the same.
      Operation first = constant(x, string);
      made.push_back(first);
      first.target = y;
      made.push_back(first);
      about(random_.chance(128) ? OpCode::same : OpCode::id, Operand::variable(y), Operand::variable(x));
      if (made.back().code == OpCode::id) made.back().b = {};
      return;
    }
    case 1:  // A change makes a new object, which is not interned by itself.
      bind(OpCode::add, x, Operand::variable(x), Operand::variable(y));
      about(OpCode::id, Operand::variable(x));
      return;
    case 2:
      bind(OpCode::intern, y, Operand::variable(x));
      about(OpCode::id, Operand::variable(y));
      return;
    case 3:  // A container holds it, perhaps alone.
      about(OpCode::append, operand(kOwner), Operand::variable(x));
      if (random_.chance(128)) {
        made.push_back(bare(OpCode::drop));
        made.back().target = x;
      }
      return;
    case 4: {
      constexpr std::array kQuestions{OpCode::refcount, OpCode::is_tracked, OpCode::get_referrers,
                                      OpCode::get_referents, OpCode::is_finalized};
      about(kQuestions[random_.below(kQuestions.size())], Operand::variable(x));
      return;
    }
    default:
      bind(OpCode::let, y, Operand::variable(x));
      return;
  }
}

// Put in afterwards, as faults are.
void Generator::add_atoms() {
  if (!random_.chance(20) || trace_.operations.empty()) return;
  const std::uint32_t idioms = random_.between(2, 6 + static_cast<std::uint32_t>(trace_.operations.size() / 24));
  std::vector<Operation> made;
  for (std::uint32_t i = 0; i < idioms; ++i) {
    made.clear();
    const bool string = random_.chance(128);
    made.push_back(constant(atom_name(string), string));
    if (random_.chance(200)) atom_idiom(made);
    const auto scripts = static_cast<std::uint32_t>(trace_.scripts.size());
    const bool in_script = scripts != 0 && random_.chance(40);
    std::vector<Operation>& operations = in_script ? trace_.scripts[random_.below(scripts)] : trace_.operations;
    if (in_script && operations.size() + made.size() > kLongestScript) continue;
    // Not behind the end of the program.
    const auto at = random_.below(static_cast<std::uint32_t>(operations.size()));
    operations.insert(operations.begin() + at, made.begin(), made.end());
  }
}

}  // namespace cyclecheck

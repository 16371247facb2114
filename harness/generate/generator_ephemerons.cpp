#include <array>
#include <utility>

#include "harness/generate/generator.hpp"

namespace cyclecheck {
Name Generator::map_name(std::uint32_t which) const {
  return Name{static_cast<decltype(Name::value)>(plan_.making.size() + kFirstMap + which)};
}

void Generator::make_map(Name map) {
  Operation make = bare(OpCode::weakmap);
  make.target = map;
  add(make);
}

void Generator::map_to(Name map, Operand key, Operand value) {
  Operation set = bare(OpCode::mapset);
  set.a = Operand::variable(map);
  set.b = key;
  set.c = value;
  add(set);
}

void Generator::ask_map(Name map, Operand key) {
  Operation get = bare(OpCode::mapget);
  get.target = hot();
  get.a = Operand::variable(map);
  get.b = key;
  add(get);
}

void Generator::ephemerons() {
  const Name map = map_name(random_.below(kMaps));
  if (random_.chance(128)) make_map(map);
  if (random_.chance(200)) {
    const Operand key = operand(kContainer);
    map_to(map, key, operand(kObject));
  }
  ask_map(map, operand(kContainer));
}

// Map, key and value refer to each other in any way; some of the three are garbage, and the others are asked.
void Generator::add_ephemerons() {
  containers(3, kContainer);
  if (chosen_.size() < 3 || trace_.operations.empty()) return;
  const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
  const Name map = map_name(random_.below(kMaps));
  const Name other = map_name(random_.below(kMaps));
  const auto [key, value, last] = std::array{chosen_[0], chosen_[1], chosen_[2]};
  const auto refers = [this](Name from, Name to) {
    if (random_.chance(90)) append(Operand::variable(from), Operand::variable(to));
  };
  make_map(map);
  if (other != map) make_map(other);
  for (const Name name : {key, value, last}) create(name);
  if (random_.chance(128)) map_to(map, Operand::variable(key), Operand::variable(last));
  map_to(map, Operand::variable(key), Operand::variable(value));
  if (random_.chance(128)) map_to(other, Operand::variable(value), Operand::variable(last));
  for (const Name to : {key, value, last, map, other}) refers(value, to);
  for (const Name to : {key, value, map}) refers(key, to);
  for (const Name to : {key, map}) refers(last, to);
  const auto code = weak_code();
  if (code && random_.chance(128)) {
    const Name watching = hot_weak(*code);
    weak(*code, watching, Operand::variable(random_.chance(128) ? value : last));
  }
  for (const auto& [name, share] : {std::pair{value, 230U}, {last, 200U}, {key, 128U}, {map, 100U}, {other, 100U}}) {
    if (!random_.chance(share)) continue;
    Operation drops = bare(OpCode::drop);
    drops.target = name;
    add(drops);
  }
  add_collect(2);
  ask_map(map, random_.chance(200) ? Operand::variable(key) : Operand::label(key));
  if (random_.chance(128)) ask_map(other, Operand::label(value));
  move_in(before);
  order_scripts();
}

}  // namespace cyclecheck

// Types, and what the heap keeps of them beside.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {
namespace {

constexpr std::size_t kMostTypes = 65'000;

}  // namespace

TypeId Heap::define(Type type) {
  CYCLEGC_CHECK(type.layout != Layout::set || type.hash);
  CYCLEGC_CHECK(type.layout != Layout::custom || (type.custom.traverse && type.custom.detach && type.custom.destroy));
  const bool classic = type.layout == Layout::classic;
  if (types_.size() - free_types_.size() + (classic ? 2 : 1) > kMostTypes) {
    throw std::length_error("cyclegc: more than 65,000 types");
  }
  std::uint16_t dictionary_type = 0;
  if (classic) {
    // The token of a classic instance lies in its dictionary (N6), which therefore has a type of its own.
    Type dictionary;
    dictionary.name = type.name + ".__dict__";
    dictionary.layout = Layout::built_in;
    dictionary.released = type.released;
    dictionary_type = place_type(std::move(dictionary));
  }
  const std::uint16_t index = place_type(std::move(type));
  dictionary_types_[index] = dictionary_type;
  return {index};
}

std::uint16_t Heap::place_type(Type type) {
  std::size_t index = types_.size();
  if (free_types_.empty()) {
    custom_.resize(index + 1);
    dictionary_types_.resize(index + 1, 0);
    traits_.resize(index + 1, 0);
    quick_.resize(index + 1);
    // So that undefine() needs no memory.
    free_types_.reserve(custom_.capacity());
    types_.push_back(std::move(type));
  } else {
    index = free_types_.back();
    free_types_.pop_back();
    types_[index] = std::move(type);
  }
  custom_[index] = types_[index].custom;
  if (types_[index].layout == Layout::custom && !custom_[index].shows_all) ++hiding_types_;
  dictionary_types_[index] = 0;
  update_traits_of(index);
  return static_cast<std::uint16_t>(index);
}

bool Heap::undefine(TypeId type) {
  CYCLEGC_CHECK(type.index >= kBuiltIns && type.index < types_.size());
  const std::uint16_t dictionary = dictionary_types_[type.index];
  for (Id id = 0; id < cells_.size(); ++id) {
    const Cell& cell = cells_[id];
    if (cell.shape() == Shape::vacant) continue;
    if (cell.type == type.index || (dictionary != 0 && cell.type == dictionary)) return false;
  }
  // Destroyed last: what the hooks captured may hold handles, whose objects' finalizers may define types.
  const Type gone = std::exchange(types_[type.index], Type{});
  if (gone.layout == Layout::custom && !gone.custom.shows_all) --hiding_types_;
  Type gone_dictionary;
  free_types_.push_back(type.index);
  if (dictionary != 0) {
    gone_dictionary = std::exchange(types_[dictionary], Type{});
    free_types_.push_back(dictionary);
  }
  return true;
}

// Containers that are one cell. Nobody is told that they are made, and they have no tag.
Heap::Quick Heap::quick(std::uint16_t type) const {
  const Layout layout = types_[type].layout;
  const bool attributes = layout == Layout::instance || (layout == Layout::classic && !semantics_.classic_instances);
  const bool told = hooks_.created || !tags_.empty();
  if (layout == Layout::custom) {
    Cell cell;
    cell.type = type;
    cell.bits = static_cast<std::uint8_t>(Shape::custom);
    cell.list = ListId::generation0;
    const CustomOperations& custom = custom_[type];
    const bool trivial = !semantics_.exact_order && custom.dies_trivially && traits_[type] == 0 &&
                         (custom.members < 2 || custom.order == ReleaseOrder::first_to_last);
    return {0, told ? 0 : cell.head(), 0, trivial ? cell.head() : 0, custom.members, custom.first_member, custom.size};
  }
  if (layout != Layout::node && (!attributes || semantics_.own_dictionary)) return {};
  Cell cell;
  cell.type = type;
  cell.bits = static_cast<std::uint8_t>(attributes ? Shape::attributes : Shape::node);
  cell.list = ListId::generation0;
  const std::uint32_t head = cell.head();
  return {.made = told ? 0 : head, .dead = traits_[type] != 0 ? 0 : head};
}

void Heap::update_traits_of(std::size_t index) {
  const Type& type = types_[index];
  const bool token_elsewhere = type.layout == Layout::classic && semantics_.classic_instances;
  const bool exact = type.layout == Layout::list || type.layout == Layout::dict || type.layout == Layout::tuple ||
                     type.layout == Layout::cell || type.layout == Layout::method || type.layout == Layout::frame ||
                     type.layout == Layout::traceback || type.layout == Layout::set;
  unsigned traits = 0;
  const bool generator = type.layout == Layout::generator || type.layout == Layout::coroutine;
  if (generator) traits |= is_generator;
  if (type.layout == Layout::set) traits |= is_set;
  if (generator && semantics_.pep442) traits |= has_finalize;
  if (type.finalize && !exact) traits |= semantics_.pep442 ? has_finalize : has_legacy;
  if (type.legacy_finalize && !exact && !generator) traits |= has_legacy;
  if (type.released && !token_elsewhere) traits |= has_released;
  traits_[index] = static_cast<std::uint8_t>(traits);
  quick_[index] = quick(static_cast<std::uint16_t>(index));
}

void Heap::update_traits() {
  for (std::size_t i = 0; i < types_.size(); ++i) update_traits_of(i);
  traits_stand_ = true;
}

}  // namespace cyclegc

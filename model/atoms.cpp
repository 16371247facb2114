// Integers and strings: rules I.
#include <algorithm>
#include <cstdlib>

#include "model/heap.hpp"

namespace cyclecheck::model {
namespace {

// I3: letters, digits and underscores, anywhere in the text.
bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// I4.
constexpr std::int64_t kLargest = 1'000'000'000;
constexpr std::size_t kLongest = 4096;

}  // namespace

// One more reference to an object that is there already.
Id Heap::same_as(Id known) {
  hold(known);
  return known;
}

// I6: the interpreter's own reference, which it never gives up.
void Heap::make_permanent(Id id) {
  at(id).permanent = true;
  permanent_atoms_.push_back(id);
  hold(id);
}

// I1.
Id Heap::integer(Name name, std::int64_t value) {
  const auto known = small_integers_.find(value);
  if (known != small_integers_.end()) return same_as(known->second);
  const Id id = add_named(Kind::integer, name);
  at(id).value = value;
  if (value >= -5 && value <= profile_.largest_small_integer) {
    small_integers_.emplace(value, id);
    make_permanent(id);
  }
  return id;
}

// I2.
Id Heap::computed(Name name, const std::string& text) {
  const auto known = shortest_strings_.find(text);
  if (known != shortest_strings_.end()) return same_as(known->second);
  const Id id = add_named(Kind::string, name);
  at(id).text = text;
  if (text.size() <= 1) {
    shortest_strings_.emplace(text, id);
    make_permanent(id);
  }
  return id;
}

// I3.
Id Heap::constant(Name name, const std::string& text) {
  if (!std::all_of(text.begin(), text.end(), is_name_character)) return computed(name, text);
  const auto known = interned_.find(text);
  if (known != interned_.end()) return same_as(known->second);
  return intern(computed(name, text));
}

// I3. Takes over the caller's reference to the string.
Id Heap::intern(Id string) {
  const auto [known, is_first] = interned_.try_emplace(at(string).text, string);
  if (is_first) {
    at(string).interned = true;
    if (profile_.interned_forever && !at(string).permanent) make_permanent(string);
    return string;
  }
  const Id id = same_as(known->second);
  release(string);
  return id;
}

// I4.
Id Heap::add(Name name, Id a, Id b) {
  if (at(a).kind == Kind::integer) {
    const std::int64_t sum = at(a).value + at(b).value;
    if (std::abs(sum) > kLargest) return kNone;
    return integer(name, sum);
  }
  if (at(a).text.size() + at(b).text.size() > kLongest) return kNone;
  if (at(a).text.empty()) return same_as(b);
  if (at(b).text.empty()) return same_as(a);
  return computed(name, at(a).text + at(b).text);
}

// I6.
void Heap::deallocate_atom(Id id) {
  if (at(id).interned) interned_.erase(at(id).text);
  at(id).dead = true;
  emit(EventKind::died, id);
  free(id);
}

}  // namespace cyclecheck::model

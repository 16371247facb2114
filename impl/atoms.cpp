#include "impl/atoms.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "impl/heap.hpp"

namespace cyclegc {
namespace {

constexpr std::int64_t kFirstSmall = -5;
constexpr unsigned kEmpty = 256;

constexpr std::array<bool, 256> kNameCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool could_be_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return kNameCharacters[static_cast<unsigned char>(c)]; });
}

}  // namespace

Atoms::Atoms(Heap& heap, std::function<void(ObjectId)> died) : heap_(heap), table_(std::make_shared<Table>()) {
  table_->died = std::move(died);
  const auto define = [this](const char* name) {
    Type type;
    type.name = name;
    type.layout = Layout::opaque;
    type.released = [table = table_](Heap&, ObjectId object) { table->freed(object); };
    return heap_.define(std::move(type));
  };
  integer_ = define("int");
  string_ = define("str");
}

// Those that others hold live on, and their end is told to nobody.
Atoms::~Atoms() {
  table_->died = nullptr;
  permanent_.clear();
}

void Atoms::forget() {
  for (Handle& handle : permanent_) handle.abandon();
  permanent_.clear();
  table_->values.clear();
  table_->small_integers.clear();
  table_->interned.clear();
  table_->shortest.clear();
}

bool Atoms::is_integer(ObjectId object) const { return heap_.type_of(object) == integer_; }
bool Atoms::is_string(ObjectId object) const { return heap_.type_of(object) == string_; }

Handle Atoms::make(TypeId type, Value value, std::uint64_t tag) {
  Handle made = heap_.create(type, tag);
  std::vector<Value>& values = table_->values;
  if (made.get().index >= values.size()) values.resize(made.get().index + std::size_t{1});
  value_of(made.get()) = std::move(value);
  return made;
}

void Atoms::keep(ObjectId object) {
  permanent_.emplace_back(heap_, object);
  value_of(object).permanent = true;
}

void Atoms::Table::freed(ObjectId object) {
  // Otherwise there was no memory to say what it is.
  if (object.index < values.size()) {
    Value& value = values[object.index];
    if (value.interned) interned.erase(value.text);
    value = {};
  }
  if (died) died(object);
}

Handle Atoms::integer(std::int64_t value, std::uint64_t tag) {
  const bool small = value >= kFirstSmall && value <= heap_.semantics().largest_small_integer;
  if (small) {
    if (const auto known = table_->small_integers.find(value); known != table_->small_integers.end())
      return {heap_, known->second};
  }
  Handle made = make(integer_, {value, {}, false, false}, tag);
  if (small) {
    table_->small_integers.emplace(value, made.get());
    keep(made.get());
  }
  return made;
}

Handle Atoms::computed(std::string text, std::uint64_t tag) {
  if (text.size() > 1) return make(string_, {0, std::move(text), false, false}, tag);
  const unsigned key = text.empty() ? kEmpty : static_cast<unsigned char>(text.front());
  if (const auto known = table_->shortest.find(key); known != table_->shortest.end()) return {heap_, known->second};
  Handle made = make(string_, {0, std::move(text), false, false}, tag);
  table_->shortest.emplace(key, made.get());
  keep(made.get());
  return made;
}

Handle Atoms::constant(std::string_view text, std::uint64_t tag) {
  std::string own(text);
  if (!could_be_name(text)) return computed(std::move(own), tag);
  if (const auto known = table_->interned.find(own); known != table_->interned.end()) return {heap_, known->second};
  const Handle made = computed(std::move(own), tag);
  return intern(made.get());
}

Handle Atoms::intern(ObjectId string) {
  Value& value = value_of(string);
  const auto [known, first] = table_->interned.try_emplace(value.text, string);
  if (first) {
    value.interned = true;
    if (heap_.semantics().interned_forever && !value.permanent) keep(string);
  }
  return {heap_, known->second};
}

Handle Atoms::add(ObjectId a, ObjectId b, std::uint64_t tag) {
  if (is_integer(a)) {
    const std::int64_t sum = value_of(a).number + value_of(b).number;
    if (sum < -kLargest || sum > kLargest) return {};
    return integer(sum, tag);
  }
  const std::string& left = value_of(a).text;
  const std::string& right = value_of(b).text;
  if (left.size() + right.size() > kLongest) return {};
  if (left.empty()) return {heap_, b};
  if (right.empty()) return {heap_, a};
  return computed(left + right, tag);
}

}  // namespace cyclegc

// Integers and strings as the interpreter has them: some shared, all immutable (rules I of docs/memory-model.md).
//
// To the collector they are opaque objects that own nothing: never tracked, traversed or counted, freed when their last
// reference goes. What they say stands in a table beside the heap. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "impl/handle.hpp"
#include "impl/type.hpp"

namespace cyclegc {

class Atoms {
 public:
  // I4: what `add` answers lies within these.
  static constexpr std::int64_t kLargest = 1'000'000'000;
  static constexpr std::size_t kLongest = 4096;

  // Defines the types "int" and "str". `died`, if given, is called when one of them is freed, and must not use the heap
  // but to look at it. What is made may outlive this object. REQUIRES: the heap outlives it
  explicit Atoms(Heap& heap, std::function<void(ObjectId)> died = {});
  Atoms(const Atoms&) = delete;
  Atoms& operator=(const Atoms&) = delete;
  ~Atoms();

  // Forgets every atom without releasing it: before Heap::reset or the heap's destruction.
  void forget();

  // The tag is that of an object that has to be made. O(1), or O(length) for strings.
  [[nodiscard]] Handle integer(std::int64_t value, std::uint64_t tag = 0);  // I1
  // A string constant of a program: interned if all of its characters may stand in a name (I2, I3).
  [[nodiscard]] Handle constant(std::string_view text, std::uint64_t tag = 0);
  // sys.intern: the one string that says the same (I3). REQUIRES: is_string(string)
  [[nodiscard]] Handle intern(ObjectId string);
  // The sum of two integers, or two strings joined; empty: it would be too large (I4).
  // REQUIRES: both are integers or both are strings
  [[nodiscard]] Handle add(ObjectId a, ObjectId b, std::uint64_t tag = 0);

  [[nodiscard]] bool is_integer(ObjectId object) const;
  [[nodiscard]] bool is_string(ObjectId object) const;
  [[nodiscard]] bool is_atom(ObjectId object) const { return is_integer(object) || is_string(object); }
  // The interpreter itself holds it for ever (I6). REQUIRES: is_atom(object)
  [[nodiscard]] bool is_permanent(ObjectId object) const { return table_->values[object.index].permanent; }

 private:
  struct Value {
    std::int64_t number = 0;
    std::string text;
    bool interned = false;
    bool permanent = false;
  };

  // What the atoms say. The hooks of their types have it as well: it lives until the last of them is freed.
  struct Table {
    std::function<void(ObjectId)> died;
    // By the object's index.
    std::vector<Value> values;
    std::unordered_map<std::int64_t, ObjectId> small_integers;
    std::unordered_map<std::string, ObjectId> interned;
    // The empty string and those of one character, under their first character, or 256.
    std::unordered_map<unsigned, ObjectId> shortest;

    void freed(ObjectId object);
  };

  [[nodiscard]] Handle make(TypeId type, Value value, std::uint64_t tag);
  [[nodiscard]] Handle computed(std::string text, std::uint64_t tag);
  Value& value_of(ObjectId object) { return table_->values[object.index]; }
  void keep(ObjectId object);

  Heap& heap_;
  std::shared_ptr<Table> table_;
  TypeId integer_;
  TypeId string_;
  std::vector<Handle> permanent_;
};

}  // namespace cyclegc

// What a benchmark does, as a value: one line of text tells a worker all of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cyclecheck::bench {

// What objects are made of, in the words of the collector that makes them.
enum class Kind : std::uint8_t {
  node,      // cyclegc: a node; CPython: an instance of a subclass of list with __slots__, as users write it
  list,      // CPython: a list; elsewhere the same as node
  instance,  // cyclegc: an instance; CPython: an instance of a class of one's own
  tuple,     // CPython: a tuple; elsewhere the same as node
};

// Where edges lead. The first edges of all objects form one cycle through the whole heap.
enum class Shape : std::uint8_t {
  ordered,  // to the objects that are allocated next
  local,    // nine of ten to objects at most 32 allocations away, one anywhere
  random,   // anywhere, the cycle too
};

// Who keeps a live heap alive.
enum class Hold : std::uint8_t { every, container, first };

// Who could see in which order garbage dies.
enum class Observed : std::uint8_t {
  none,
  finalizer,      // every object has one
  weak,           // every object has a weak reference without a callback
  weak_callback,  // every object has a weak reference with a callback
  death,          // the embedder is told of every death: only cyclegc has such a hook
  resurrection,   // every object has a finalizer; every tenth call saves its object
};

struct Spec {
  std::string workload;
  // What of the workload is timed, where it has several parts.
  std::string part = "-";
  std::uint64_t objects = 1'000'000;
  std::uint32_t edges = 3;
  std::uint32_t garbage = 0;  // percent
  Kind kind = Kind::node;
  Shape shape = Shape::random;
  Hold hold = Hold::every;
  Observed observed = Observed::none;
};

inline constexpr std::array<std::string_view, 4> kKindNames{"node", "list", "instance", "tuple"};
inline constexpr std::array<std::string_view, 3> kShapeNames{"ordered", "local", "random"};
// The letters of the table.
inline constexpr std::array<std::string_view, 3> kHoldNames{"H", "L", "G"};
inline constexpr std::array<std::string_view, 6> kObservedNames{"none",          "finalizer", "weak",
                                                                "weak_callback", "death",     "resurrection"};

template <class Enum, std::size_t n>
[[nodiscard]] std::string_view name_of(Enum value, const std::array<std::string_view, n>& names) {
  return names[static_cast<std::size_t>(value)];
}

// One line without its end. parse(text(spec)) == spec.
[[nodiscard]] std::string text(const Spec& spec);
// Throws std::invalid_argument that says what is wrong.
[[nodiscard]] Spec parse_spec(std::string_view line);

}  // namespace cyclecheck::bench

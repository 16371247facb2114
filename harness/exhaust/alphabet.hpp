// What `cyclecheck exhaust` makes traces of: the letters are operations on a few names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/subjects/subjects.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

inline constexpr std::uint32_t kMostExhaustObjects = 6;
inline constexpr std::uint32_t kMostExhaustWeakReferences = 4;

struct Alphabet {
  std::string name;
  // In the order in which traces are enumerated. Objects are called a, b, c ..., weak references w, x, y ..., an
  // integer i, and what a weak reference answers is bound to r.
  std::vector<Operation> letters;
  // Of finalizers and callbacks; letters share them.
  std::vector<Script> scripts;
  std::vector<std::string> names;
  std::uint32_t objects = 0;
  std::uint32_t weak_references = 0;
};

struct AlphabetInfo {
  std::string_view name;
  std::string_view summary;
  // Weak references unless told otherwise.
  std::uint32_t weak_references = 0;
};

// links, finalizers, weakrefs, standard, all, containers, callables, methods, watchers, custom, oom.
[[nodiscard]] std::span<const AlphabetInfo> all_alphabets();

// Without the letters that use one of the features `without`.
// REQUIRES: `name` is one of all_alphabets(); 1 <= objects <= kMostExhaustObjects;
// weak_references <= kMostExhaustWeakReferences
[[nodiscard]] Alphabet make_alphabet(std::string_view name, std::uint32_t objects, std::uint32_t weak_references,
                                     const FeatureSet& without = {});

// One letter a line, as traces spell them.
[[nodiscard]] std::string print_letters(const Alphabet& alphabet);

}  // namespace cyclecheck

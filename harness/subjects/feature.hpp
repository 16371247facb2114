// What a trace may ask for beyond objects and references, by name: for subjects that lack something, and for people who
// want traces of one thing alone.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "trace/trace.hpp"

namespace cyclecheck {

enum class Feature : std::uint8_t {
  finalizers,
  legacy,
  callbacks,
  scripts,
  resurrection,
  labels,
  opaque,
  automatic,
  young,
  classic,
  lists,
  dicts,
  tuples,
  atoms,
  weakrefs,
  subrefs,
  proxies,
  calls,
  faults,
  saveall,
  garbage,
  debug,
  freeze,
  gc_callbacks,
  questions,
  bulk,
  shutdown,
  free_lists,
  nested,
  callables,
  weakmaps,
  custom,
  cells,
  methods,
  frames,
  generators,
  sets,
  keys,
};
inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::keys) + 1;

using FeatureSet = std::bitset<kFeatures>;

struct FeatureInfo {
  std::string_view word;
  // What it is, and what stands in its place in a trace without it.
  std::string_view summary;
};

// In the order of the enumeration.
[[nodiscard]] std::span<const FeatureInfo> all_features();
[[nodiscard]] std::string_view to_string(Feature feature);
[[nodiscard]] std::optional<Feature> find_feature(std::string_view word);

// The words of a set, with commas between, as --without takes them.
[[nodiscard]] std::string words_of(const FeatureSet& features);

// The trace without the features; it stays one. O(operations).
void leave_out(const FeatureSet& features, Trace& trace);
// Whether leave_out would change anything. O(operations).
[[nodiscard]] bool uses(const Trace& trace, const FeatureSet& features);

}  // namespace cyclecheck

// The state of a shrinker's search, which its passes share: the simplest trace so far, and what was tried already.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "harness/shrink/rewrite.hpp"
#include "harness/shrink/shrink_trace.hpp"
#include "harness/shrink/trace_cost.hpp"

namespace cyclecheck {

// Pairs of operations are tried up to this many operations, pairs of names up to this many names.
inline constexpr std::size_t kPairOperations = 48;
inline constexpr std::uint32_t kPairNames = 24;
// In longer traces only pairs of operations that are this near to each other.
inline constexpr std::size_t kNearOperations = 6;

// Not thread-safe. The predicate and the options must outlive it.
class ShrinkSearch {
 public:
  ShrinkSearch(const Trace& trace, const StillFails& still_fails, const ShrinkOptions& options);

  [[nodiscard]] const Trace& best() const { return best_; }
  [[nodiscard]] std::size_t size() const { return best_.operations.size(); }
  [[nodiscard]] const Operation& operation(std::size_t i) const { return best_.operations[i]; }
  // The budget is reached: every attempt fails from now on.
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  // How often the best trace was replaced by a simpler one.
  [[nodiscard]] std::uint64_t steps() const { return progress_.steps; }

  // Makes the candidate the best trace if it is simpler and still fails.
  bool attempt(Trace&& candidate);

  // An attempt without some operations of the trace. REQUIRES: begin <= end <= size()
  bool attempt_without(std::size_t begin, std::size_t end);

  // An attempt with one operation changed, if there is one and the change changes something.
  template <typename Change>
  bool change(Location location, const Change& apply) {
    if (!exists(best_, location)) return false;
    Trace candidate = best_;
    Operation& operation = at(candidate, location);
    apply(operation);
    if (operation == at(best_, location)) return false;
    return attempt(std::move(candidate));
  }

  // Visits every operation of the best trace and of its scripts by its location, as long as that exists.
  template <typename Visit>
  void for_each_location(const Visit& visit) const {
    for (std::size_t i = 0; i < best_.operations.size() && !exhausted_; ++i) visit(Location{kInTrace, i});
    for (std::size_t s = 0; s < best_.scripts.size(); ++s) {
      for (std::size_t i = 0; s < best_.scripts.size() && i < best_.scripts[s].size() && !exhausted_; ++i) {
        visit(Location{static_cast<ScriptId>(s), i});
      }
    }
  }

  // Removes chunks of a list, from the end to the beginning and from halves down to `least` elements.
  template <typename Erase>
  void drop_chunks(std::size_t size, const Erase& erase, std::size_t least = 1) const {
    for (std::size_t chunk = std::max(least, size / 2); !exhausted_; chunk /= 2) {
      std::size_t end = size;
      while (end > 0 && !exhausted_) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        if (erase(begin, end)) size -= end - begin;
        end = begin;
      }
      if (chunk / 2 < least) return;
    }
  }

  // Ends the search: names in the order of their appearance, spelled a, b, c ...
  [[nodiscard]] ShrinkResult finish();

 private:
  Trace best_;
  TraceCost cost_;
  const StillFails& still_fails_;
  const ShrinkOptions& options_;
  std::chrono::steady_clock::time_point deadline_;
  ShrinkProgress progress_;
  bool exhausted_ = false;
  std::unordered_set<std::uint64_t> tried_;
};

}  // namespace cyclecheck

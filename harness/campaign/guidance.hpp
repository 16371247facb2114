// What the built-in engine knows about its inputs: which features each brought, and so which to change next.
//
// A feature is a counter of harness/subjects/heap_state.hpp with its order of magnitude, as libFuzzer counts them. Not
// thread-safe; a forked process has a copy of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

using Features = std::vector<std::uint32_t>;

// The features of an execution, in ascending order, in `features`. O(kStateCounters).
void features_of(std::span<const std::uint8_t, kStateCounters> counters, Features& features);

class Guidance {
 public:
  // An input whose features are not known yet.
  void add_unmeasured(std::string input);
  // The number of the next input whose features are not known; nothing: they all are. A forked process has the same
  // numbers for the inputs that there were before.
  [[nodiscard]] std::optional<std::uint32_t> next_unmeasured();
  void measured(std::uint32_t number, const Features& features);
  [[nodiscard]] const std::string& input(std::uint32_t number) const { return inputs_[number]; }

  // Whether some feature is new.
  [[nodiscard]] bool is_news(const Features& features) const;
  // Adds an input and its features.
  void add(std::string input, const Features& features);

  // An input to change: mostly one that was the first with some feature, whichever feature. REQUIRES: !is_empty()
  [[nodiscard]] const std::string& pick(Random& random) const;
  [[nodiscard]] bool is_empty() const { return inputs_.empty(); }

  // How many different features there are.
  [[nodiscard]] std::size_t features() const { return seen_.size(); }

 private:
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  static constexpr std::size_t kFeatures = kStateCounters * 8;

  void own(std::uint32_t input, const Features& features);

  std::vector<std::string> inputs_;
  std::vector<bool> is_measured_;
  std::uint32_t next_ = 0;
  // The first input with a feature.
  std::vector<std::uint32_t> owner_ = std::vector<std::uint32_t>(kFeatures, kNobody);
  std::vector<std::uint32_t> seen_;
};

}  // namespace cyclecheck

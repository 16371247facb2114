// Failures that were seen before: a signature in a profile, or in whatever else is searched apart. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"

namespace cyclecheck {

class KnownFailures {
 public:
  // Whether the same failure (harness/compare/signature.hpp) was added for this column. O(failures).
  [[nodiscard]] bool has(std::size_t column, const std::string& signature) const {
    return std::any_of(known_.begin(), known_.end(), [&](const auto& known) {
      return known.first == column && same_failure(known.second, signature);
    });
  }

  // Adds it; false: it is known already.
  bool add(std::size_t column, const std::string& signature) {
    if (has(column, signature)) return false;
    known_.emplace_back(column, signature);
    return true;
  }

  // Forgets what was added last.
  void forget_last() { known_.pop_back(); }

 private:
  std::vector<std::pair<std::size_t, std::string>> known_;
};

}  // namespace cyclecheck

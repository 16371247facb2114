// How often each rule of docs/memory-model.md acted in the model, whatever process it ran in. Not thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck {

class RuleCounts {
 public:
  // Throws std::system_error if there is no memory that processes can share.
  RuleCounts();

  // The model as a side, which counts here in each process that runs it. It may outlive this object.
  [[nodiscard]] SubjectEntry counted_model() const;

  // A row for each profile that a trace had.
  [[nodiscard]] std::vector<ProfileRules> rows() const;

 private:
  struct Counts {
    std::array<std::array<std::atomic<std::uint64_t>, kRules>, kProfiles> rules{};
    std::array<std::atomic<bool>, kProfiles> seen{};
  };
  class Model;

  // In shared memory.
  std::shared_ptr<Counts> counts_;
};

}  // namespace cyclecheck

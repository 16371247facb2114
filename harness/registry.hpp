// The subjects that a program knows by name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/contestants.hpp"

namespace cyclecheck {

struct SubjectEntry {
  std::string name;
  std::string summary;
  Level level = Level::order;
  std::function<std::unique_ptr<Subject>()> make;
};

using Registry = std::vector<SubjectEntry>;

// The subject with this name, or nullptr. O(subjects).
[[nodiscard]] const SubjectEntry* find_subject(const Registry& registry, std::string_view name);

// The model against a subject, compared at `level` or at the subject's level if that promises less.
[[nodiscard]] MakeContestants against_model(const SubjectEntry& entry, Level level);

}  // namespace cyclecheck

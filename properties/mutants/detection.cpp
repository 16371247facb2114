#include "properties/mutants/detection.hpp"

#include <fmt/format.h>

#include <utility>

#include "properties/mutants/median.hpp"

namespace cyclecheck {
namespace {

template <class Member>
double median_of(const std::vector<Kill>& kills, Member member) {
  std::vector<double> values;
  values.reserve(kills.size());
  for (const Kill& kill : kills) values.push_back(static_cast<double>(kill.*member));
  return median(std::move(values));
}

}  // namespace

double Detection::seconds() const { return median_of(kills, &Kill::seconds); }
double Detection::shrink_seconds() const { return median_of(kills, &Kill::shrink_seconds); }
double Detection::operations() const { return median_of(kills, &Kill::operations); }
double Detection::original_operations() const { return median_of(kills, &Kill::original_operations); }

std::string Detection::complaint() const {
  if (!error.empty()) return error;
  if (!killed()) return fmt::format("{}: survived {} of {} seeds", mutant.id, seeds - kills.size(), seeds);
  if (operations() > mutant.operations) {
    return fmt::format("{}: shrunk to {:g} operations, but {} are enough", mutant.id, operations(), mutant.operations);
  }
  if (!level_proved) return fmt::format("{}: not seen at level {}", mutant.id, to_string(mutant.level));
  return {};
}

}  // namespace cyclecheck

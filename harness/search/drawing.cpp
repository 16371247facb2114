#include "harness/search/drawing.hpp"

namespace cyclecheck {

std::uint64_t GeneratedTraces::size() const {
  const std::uint64_t profiles = options_.profiles.size();
  const std::uint64_t rows = options_.traces > UINT64_MAX / profiles - 1 ? UINT64_MAX / profiles - 1 : options_.traces;
  return (rows + (options_.opening ? 1 : 0)) * profiles;
}

std::uint64_t GeneratedTraces::index(std::uint64_t position) const {
  if (is_opening(position)) return 0;
  return options_.first + position / options_.profiles.size() - (options_.opening ? 1 : 0);
}

void GeneratedTraces::draw(std::uint64_t position, Trace& trace) const {
  const ProfileId profile = options_.profiles[column(position)];
  if (is_opening(position)) {
    trace = options_.opening(profile);
    return;
  }
  generate(options_.seed, index(position),
           {.profile = profile, .max_operations = options_.max_operations, .without = options_.without}, trace);
}

void GeneratedTraces::describe(std::uint64_t position, Finding& finding) const {
  finding.seed = options_.seed;
  finding.index = index(position);
  if (is_opening(position)) finding.command = "cyclecheck replay FOLDER";
}

}  // namespace cyclecheck

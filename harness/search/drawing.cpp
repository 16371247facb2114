#include "harness/search/drawing.hpp"

#include <algorithm>
#include <utility>

namespace cyclecheck {
namespace {

// Of a block, at whose end the other profiles have a trace.
constexpr std::uint64_t kRounds = 8;

}  // namespace

GeneratedTraces::GeneratedTraces(Options options) : options_(std::move(options)), all_(options_.profiles) {
  all_.insert(all_.end(), options_.others.begin(), options_.others.end());
}

std::uint64_t GeneratedTraces::size() const {
  const std::uint64_t profiles = options_.profiles.size();
  const std::uint64_t rounds = std::min(options_.traces, UINT64_MAX / (profiles + 1) - 1);
  return (options_.opening ? profiles : 0) + rounds * profiles + (options_.others.empty() ? 0 : rounds / kRounds);
}

GeneratedTraces::Place GeneratedTraces::place_of(std::uint64_t position) const {
  if (options_.opening) position -= options_.profiles.size();
  const std::uint64_t in_rounds = kRounds * options_.profiles.size();
  const std::uint64_t size = in_rounds + (options_.others.empty() ? 0 : 1);
  return {position / size, position % size, position % size == in_rounds};
}

std::size_t GeneratedTraces::column(std::uint64_t position) const {
  if (is_opening(position)) return static_cast<std::size_t>(position);
  const Place at = place_of(position);
  const std::uint64_t profiles = options_.profiles.size();
  if (!at.is_others) return static_cast<std::size_t>(at.place % profiles);
  return static_cast<std::size_t>(profiles + (options_.seed + at.block) % options_.others.size());
}

std::uint64_t GeneratedTraces::index(std::uint64_t position) const {
  if (is_opening(position)) return 0;
  const Place at = place_of(position);
  const std::uint64_t round = at.is_others ? kRounds - 1 : at.place / options_.profiles.size();
  return options_.first + at.block * kRounds + round;
}

void GeneratedTraces::draw(std::uint64_t position, const Mark& /*mark*/, Trace& trace) const {
  const ProfileId profile = all_[column(position)];
  if (is_opening(position)) {
    trace = options_.opening(profile);
    return;
  }
  generate(options_.seed, index(position),
           {.profile = profile, .max_operations = options_.max_operations, .without = options_.without}, trace);
  leave_out(options_.lacks, trace);
}

void GeneratedTraces::describe(std::uint64_t position, Finding& finding) const {
  finding.seed = options_.seed;
  finding.index = index(position);
  if (is_opening(position)) finding.command = "cyclecheck replay FOLDER";
}

}  // namespace cyclecheck

#include "harness/collector/step_budget.hpp"

namespace cyclecheck {

using cyclegc::Heap;
using cyclegc::Site;

namespace {

std::string told(const std::string& what, std::uint64_t spent, std::uint64_t earned) {
  return std::to_string(spent) + " " + what + " so far; at most " + std::to_string(earned) + " are to be";
}

}  // namespace

void StepBudget::start_trace() {
  *this = {};
  for (std::size_t i = 0; i < moved_.size(); ++i) moved_[i] = cyclegc::traffic(static_cast<Site>(i)).moved;
}

void StepBudget::start_operation(const Heap& heap) {
  before_ = heap.steps();
  before_in_passes_ = heap.steps_of_passes();
}

std::optional<std::string> StepBudget::end_operation(const Heap& heap, std::uint64_t operations,
                                                     std::uint64_t objects) {
  spent_ += heap.steps() - before_;
  spent_in_passes_ += heap.steps_of_passes() - before_in_passes_;
  const std::uint64_t most = earned_ + kOperation * operations + kObject * objects;
  const std::uint64_t most_in_passes = earned_in_passes_ + kGaps * (operations + objects);
  if (spent_in_passes_ > most_in_passes) return told("steps of passes", spent_in_passes_, most_in_passes);
  if (spent_ > most) return told("steps", spent_, most);
  return std::nullopt;
}

std::optional<std::string> StepBudget::end_trace() const {
  for (std::size_t i = 0; i < moved_.size(); ++i) {
    const cyclegc::Traffic traffic = cyclegc::traffic(static_cast<Site>(i));
    const std::size_t moved = traffic.moved - moved_[i];
    const std::size_t most = kMoves * traffic.taken + kSmallTable;
    if (moved > most) return told("bytes of " + std::string(to_string(static_cast<Site>(i))) + " moved", moved, most);
  }
  return std::nullopt;
}

}  // namespace cyclecheck

// How many steps the collector may take, and how much of its tables may move: docs/detection/steps.md. What takes
// longer than its documentation says is a failure, though no log shows it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "impl/heap.hpp"
#include "impl/memory.hpp"

namespace cyclecheck {

// What a subject throws of it; the failure is named like this.
class TooManySteps : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Of one trace. Costs are amortised: what has been spent never exceeds what has been earned. Not thread-safe.
class StepBudget {
 public:
  // What each of these earns, in steps: an operation, those of scripts among them; an object that is made; a reference
  // that is stored beside; an object or a reference of the generations that a collection examines.
  static constexpr std::uint64_t kOperation = 16;
  static constexpr std::uint64_t kObject = 32;
  static constexpr std::uint64_t kReference = 8;
  static constexpr std::uint64_t kExamined = 16;
  // An element that is added to a set, or left in it by `remove`: what is left goes into a new table.
  static constexpr std::uint64_t kElement = 20;
  // Of these the passes of collections may take so many; they also look at gaps, which objects leave behind.
  static constexpr std::uint64_t kExaminedInPasses = 8;
  static constexpr std::uint64_t kGaps = 16;
  // A table that grew has moved so many times its size at most, and some bytes.
  static constexpr std::size_t kMoves = 32;
  static constexpr std::size_t kSmallTable = 4096;

  void start_trace();
  void start_operation(const cyclegc::Heap& heap);
  void store(std::uint64_t references) {
    earned_ += kReference * references;
    stored_ += references;
  }
  [[nodiscard]] std::uint64_t stored() const { return stored_; }
  // The operation may look once at so many places, whatever it does.
  void look_at(std::uint64_t places) { earned_ += places; }
  // Objects and references.
  void examine(std::uint64_t places) {
    earned_ += kExamined * places;
    earned_in_passes_ += kExaminedInPasses * places;
  }
  // `operations`, `objects`: how many there were in the trace so far. Answers what took too many steps, if anything
  // did.
  [[nodiscard]] std::optional<std::string> end_operation(const cyclegc::Heap& heap, std::uint64_t operations,
                                                         std::uint64_t objects);
  // The same of tables, for this thread's heaps.
  [[nodiscard]] std::optional<std::string> end_trace() const;

 private:
  std::uint64_t earned_ = 0;
  std::uint64_t earned_in_passes_ = 0;
  std::uint64_t stored_ = 0;
  std::uint64_t spent_ = 0;
  std::uint64_t spent_in_passes_ = 0;
  // When the operation began.
  std::uint64_t before_ = 0;
  std::uint64_t before_in_passes_ = 0;
  std::array<std::size_t, cyclegc::kSites> moved_{};
};

}  // namespace cyclecheck

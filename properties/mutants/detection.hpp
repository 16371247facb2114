// What the harness finds of a catalogue of mutants: the runs, and the table of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/mutants/baseline.hpp"
#include "properties/mutants/median.hpp"
#include "properties/mutants/mutant.hpp"
#include "properties/mutants/trial.hpp"
#include "properties/mutants/workshop.hpp"

namespace cyclecheck {

class Results;

struct DetectOptions {
  std::uint32_t seeds = 5;
  // Of one run.
  std::chrono::milliseconds time{20'000};
  std::chrono::milliseconds shrink_time{20'000};
  // Also tries the stored traces at this path alone; empty: does not.
  std::string stored;
  // Also tries RapidCheck's state machine, and a fuzz target for libFuzzer, each with one seed after the other.
  const Workshop* rapidcheck = nullptr;
  const Workshop* fuzzing = nullptr;
  // Also tries every trace up to this many operations; 0: does not.
  std::uint32_t exhaustive = 0;
  BaselineOptions baseline;
  // Proves what the catalogue says about levels, too.
  bool proves_level = true;
  // What is known already is not measured again, and what is measured is kept there. Null: neither.
  Results* results = nullptr;
  // Asked before each run: shall the rest be left out? May be empty.
  std::function<bool()> stops;
};

struct Detection {
  Mutant mutant;
  // The patch does not apply or compile, or a program ended as it should not; empty: none of that.
  std::string error;
  // "random": logs alone. "verify": the collector with its own checks switched on.
  std::string_view suite;
  // One for each seed that killed it.
  std::vector<Kill> kills;
  std::uint32_t seeds = 0;
  bool level_proved = true;
  std::optional<Baseline> stored;
  std::optional<Baseline> exhaustive;
  std::optional<Baseline> fuzzing;
  std::optional<Baseline> rapidcheck;

  // Every seed killed it.
  [[nodiscard]] bool killed() const { return error.empty() && seeds > 0 && kills.size() == seeds; }
  // Medians over the kills.
  [[nodiscard]] double seconds() const;
  [[nodiscard]] double shrink_seconds() const;
  [[nodiscard]] double operations() const;
  [[nodiscard]] double original_operations() const;
  // Why it counts as a failure, in words; empty if it does not.
  [[nodiscard]] std::string complaint() const;
};

// Builds and tries one mutant. Thread-safe for different mutants.
[[nodiscard]] Detection detect(const Workshop& workshop, const Mutant& mutant, const DetectOptions& options);

// One line of the table on the screen.
[[nodiscard]] std::string row(const Detection& detection);
[[nodiscard]] std::string heading();
// How many were killed, the medians, and every complaint.
[[nodiscard]] std::string summary(const std::vector<Detection>& detections);

// The table as Markdown. The times are the only part that differs from run to run.
[[nodiscard]] std::string markdown(const std::vector<Detection>& detections);

// How many each way of testing killed, with the medians over the mutants that it killed itself: one line a way, as
// Markdown. Ways that were not tried are left out.
[[nodiscard]] std::string compare_ways(const std::vector<Detection>& detections);

// `text` with what stands between two marks (`<!-- NAME -->` and `<!-- end NAME -->`) replaced; nothing if it has no
// such marks.
[[nodiscard]] std::optional<std::string> replace_section(std::string_view text, std::string_view name,
                                                         std::string_view section);

}  // namespace cyclecheck

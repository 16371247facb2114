// A side, the model or a subject, against a recording. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "harness/compare/compare.hpp"
#include "harness/stored/stored.hpp"

namespace cyclecheck {

struct RecordingCheck {
  // What is compared: never more than the side promises.
  Level level = Level::order;
  // The longest that one trace may take; the side's grace is added.
  std::chrono::milliseconds timeout{10'000};
  // How many workers.
  std::uint32_t jobs = 1;
  // Asked for each trace, and ten times a second: true ends the check. May be empty.
  std::function<bool()> stop;
  // Called for every trace that does not agree: what differs (expected is the recording's), or how the side died.
  std::function<void(const RecordedTrace&, const Verdict&)> on_disagreement;
};

struct RecordingSummary {
  std::size_t traces = 0;
  std::size_t agree = 0;
  // The side cannot run them (SubjectEntry::can_run), or refused them and may.
  std::size_t left_out = 0;
  Agreement agreement;
};

// Runs every trace of the recording on the side, in worker processes, and compares. Throws std::system_error if no
// process can be started.
// REQUIRES: check.on_disagreement
[[nodiscard]] RecordingSummary check_recording(const Recording& recording, const SubjectEntry& side,
                                               const RecordingCheck& check);

}  // namespace cyclecheck

// A subject's log against a recording: both are brought into one form, and harness/compare tells the first difference.
//
// Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "harness/compare/compare.hpp"
#include "harness/stored/recording.hpp"

namespace cyclecheck {

// The recording's own log of a trace, or a subject's, as far as they can be compared: events of the recorded kinds
// alone. If the recording was observed after every operation, the generations and the count come behind the other
// events of each operation; the recording's own log gets them wherever they are those of the operation before. Then the
// place of two things among the others is not known, and they come behind them: debug lines, which go to another
// stream, and the answer of a `collect` that is an operation of the trace. `kept` is overwritten; its memory is used
// again. O(events).
void keep_recorded(const Recording& recording, const RecordedTrace& trace, Log& kept);
void keep_recorded(const Recording& recording, const Trace& trace, const Log& log, Log& kept);

// The first operation at which a log of the trace says something else than the recording; `expected` of the divergence
// is the recording's. O(events).
// REQUIRES: `trace` is one of the recording's; `log` is of a run that was observed as the recording says.
[[nodiscard]] std::optional<Divergence> compare_with_recording(const Recording& recording, const RecordedTrace& trace,
                                                               const Log& log, Level level = Level::order);

// By kind of event: how many were recorded, and how many of them the subject logged in their place among those of their
// kind.
struct Agreement {
  std::array<std::size_t, kEventKinds> recorded{};
  std::array<std::size_t, kEventKinds> agreed{};
};

// Adds one trace. REQUIRES: both logs are as keep_recorded leaves them.
void count_agreement(const Log& expected, const Log& found, Agreement& agreement);

}  // namespace cyclecheck

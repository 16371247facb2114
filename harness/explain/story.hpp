// A trace as a sequence of frames: the model's heap after each operation, and after each phase of each collection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "harness/explain/heap_view.hpp"
#include "harness/explain/pacing.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// The tri-colour model (rule R2) in CPython's collector: white, taken to be unreachable so far; grey, known to be
// reachable, its references not yet looked at; black, these were looked at. `none`: not in the list.
enum class Colour : std::uint8_t { none, white, grey, black };

[[nodiscard]] const char* to_string(Colour colour);

// What began a collection.
enum class Cause : std::uint8_t { explicit_call, allocation, callback_tuple, safepoint, shutdown };
// Whether the collector chose the generation itself (G7).
[[nodiscard]] inline bool is_automatic(Cause cause) {
  return cause != Cause::explicit_call && cause != Cause::shutdown;
}

struct PhaseFrame {
  model::CollectionPhase phase = model::CollectionPhase::merge;
  std::size_t generation = 0;
  Cause cause = Cause::explicit_call;
  // When it began, before C1.
  Pace pace;
  // C2 and C3 again after finalizers ran: C9.
  bool second_look = false;
  // The lists that the phase worked on.
  std::vector<model::Id> first;
  std::vector<model::Id> second;
  // Of a scan: the object, and what its references made grey, or brought back from the unreachable list.
  model::Id scanned = model::kNone;
  std::vector<model::Id> turned_grey;
  std::vector<model::Id> brought_back;
};

struct Frame {
  std::size_t operation = 0;
  // Empty: the end of the operation.
  std::optional<PhaseFrame> phase;
  // Since the frame before.
  std::vector<Event> events;
  // Of each object while C2 and C3 run; otherwise empty.
  std::vector<Colour> colours;
  HeapView heap;
  Pace pace;
};

struct StoryOptions {
  Observe observe = Observe::digest;
  // Collections of more objects than this do not show every scanned object.
  std::size_t max_scans = 40;
};

// Runs the trace on the model and calls `hear` with each frame in order. Operations behind `shutdown` do nothing and
// have no frame. Returns the model's log. O(frames * (objects + references)). Runs on a stack of its own.
Log tell(const Trace& trace, const StoryOptions& options, const std::function<void(const Frame&)>& hear);

}  // namespace cyclecheck

// The heap after an operation, as a graph for Graphviz. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "harness/explain/heap_view.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// The model's heap after an operation; none: after the last one that `shutdown` does not follow. Runs the trace.
// REQUIRES: step < trace.operations.size(), if given
[[nodiscard]] HeapView heap_after(const Trace& trace, std::optional<std::size_t> step);

// Generations as boxes, variables as roots, weak references dashed, a red frame around what has a finalizer or is in
// gc.garbage, orange what no root leads to; a key says so below. Of more than `max_objects` those with the lowest
// numbers are drawn, and the key says how many are not. O(objects + references).
[[nodiscard]] std::string to_dot(const HeapView& view, const Trace& trace, std::size_t max_objects = 250);

}  // namespace cyclecheck

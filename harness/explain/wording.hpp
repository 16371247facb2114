// Plain words for operations, events and phases. Pure and thread-safe.
#pragma once

#include <string>
#include <vector>

#include "harness/explain/story.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// "Creates an instance and binds variable a to it."
[[nodiscard]] std::string sentence(const Operation& operation, const Trace& trace);

// "a is finalized: its finalizer is entered". Without a full stop.
[[nodiscard]] std::string meaning(const Event& event, const Trace& trace);

// "an instance", "an old-style instance", "the attribute dictionary of an instance".
[[nodiscard]] std::string kind_of(const ViewedObject& object);

// CPython's name of a phase: "subtract_refs".
[[nodiscard]] const char* phase_name(model::CollectionPhase phase);
// "an allocation": what began a collection.
[[nodiscard]] const char* cause_of(Cause cause);

// What a phase did, in a sentence or two; empty if it had nothing to do.
[[nodiscard]] std::string sentence(const Frame& frame, const Trace& trace);

// "a, b and c"; at most `limit` names, then "and 12 more".
[[nodiscard]] std::string list_of(const std::vector<std::string>& names, std::size_t limit = 12);
[[nodiscard]] std::string list_of(const std::vector<model::Id>& ids, const HeapView& view, const Trace& trace,
                                  std::size_t limit = 12);

// "1 reference", "2 references".
[[nodiscard]] std::string counted(std::int64_t number, const char* noun);

}  // namespace cyclecheck

// Single rewriting steps on traces, as the shrinker uses them. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "trace/trace.hpp"

namespace cyclecheck {

inline constexpr ScriptId kInTrace = -1;

// Where an operation stands: in a script, or in the trace itself.
struct Location {
  ScriptId script = kInTrace;
  std::size_t index = 0;
};

[[nodiscard]] bool exists(const Trace& trace, Location location);

// REQUIRES: exists(trace, location)
[[nodiscard]] Operation& at(Trace& trace, Location location);
[[nodiscard]] const Operation& at(const Trace& trace, Location location);

// REQUIRES: begin <= end <= operations.size()
void erase_range(std::vector<Operation>& operations, std::size_t begin, std::size_t end);

// Whoever has this script gets an empty one instead.
void empty_script(Trace& trace, ScriptId script);

// Takes the finalizer or callback off an operation.
void detach(Operation& operation);

[[nodiscard]] bool uses_target(OpCode code);

// One that may have a callback.
[[nodiscard]] inline bool makes_weak_reference(OpCode code) {
  return code == OpCode::weakref || code == OpCode::subref || code == OpCode::proxy;
}

// Whether the operation has a number of objects or references.
[[nodiscard]] bool has_size(OpCode code);

enum class Merge : std::uint8_t {
  names,     // only the names become one
  objects,   // nothing is created under the name that goes
  contract,  // in addition, what would only make an edge from an object to itself, or bind a name to itself, goes
};

// The trace with `gone` replaced by `kept`.
[[nodiscard]] Trace merged(const Trace& trace, Name kept, Name gone, Merge how);

// Whether some operation names both.
[[nodiscard]] bool are_linked(const Trace& trace, Name one, Name other);

// "a", "b" ... "z", then "n26", "n27" ...
[[nodiscard]] std::string letter_name(std::size_t index);

// Visits every operation of the trace and of its scripts.
template <typename Visit>
void for_each_operation(Trace& trace, const Visit& visit) {
  for (Operation& operation : trace.operations) visit(operation);
  for (Script& script : trace.scripts) {
    for (Operation& operation : script) visit(operation);
  }
}

}  // namespace cyclecheck

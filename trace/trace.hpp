// A trace: a closed program over a reference graph, with the finalizer and callback scripts as a part of it.
//
// A trace is total: every operation is defined in every state, so any sequence of operations may be run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "trace/operation.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

// A finalizer's or callback's operations. A script runs on the first activation only (rule N10). Each belongs to one
// operation, of the trace or of another script, and they are in the order of the text.
using Script = std::vector<Operation>;

struct Settings {
  // gc.get_threshold() when the trace begins.
  std::array<std::int32_t, 3> threshold{700, 10, 10};
  // gc.isenabled() when the trace begins.
  bool enabled = true;
  // The interpreter's free lists of tuples and dictionaries never run out (rule W8.5).
  bool free_lists_filled = false;

  friend bool operator==(const Settings&, const Settings&) = default;
};

struct Trace {
  ProfileId profile = ProfileId::python3_11;
  Settings settings;
  std::vector<Operation> operations;
  std::vector<Script> scripts;
  // The spelling of each name. Empty, or shorter than the names in use: the rest are spelled n0, n1, n2 ...
  std::vector<std::string> names;

  friend bool operator==(const Trace&, const Trace&) = default;
};

// The spelling of a name in this trace. O(length of the name).
std::string spelling(const Trace& trace, Name name);

// One more than the greatest name in use. O(operations).
std::uint32_t name_count(const Trace& trace);

// A trace of a profile with the profile's default thresholds.
Trace empty_trace(ProfileId profile);

// The same operations in another profile. Thresholds that are the default of the trace's profile become those of the
// other. O(1) for a moved trace.
Trace in_profile(Trace trace, ProfileId id);

}  // namespace cyclecheck

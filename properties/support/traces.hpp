// Random traces for RapidCheck, and ways to leave operations out of one.
#pragma once

#include <rapidcheck.h>

#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <string>

#include "properties/support/holds.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// RapidCheck prints a trace in the text format.
void showValue(const Trace& trace, std::ostream& out);

namespace properties {

// Traces as `cyclecheck run` makes them. They do not shrink here: `holds` does that.
rc::Gen<Trace> random_trace(ProfileId profile, std::uint32_t max_operations = 1500);

// The trace without the operations of these codes, in scripts too.
Trace without(Trace trace, std::initializer_list<OpCode> codes);
// Every finalizer and callback only logs.
Trace with_empty_scripts(Trace trace);
// No finalizer of the trace is a legacy finalizer in its profile.
Trace without_legacy_finalizers(Trace trace);
// No operation names an object that nobody holds: @x becomes x.
Trace with_variables_only(Trace trace);
// No opaque objects: nodes instead.
Trace without_opaque(Trace trace);
// Nothing that the collector does not track: nodes instead of opaque objects, so that every tuple holds a container,
// lists instead of dicts, and neither integers nor strings.
Trace without_untracked(Trace trace);

// Instances in the place of what is of this kind.
Trace without_kind(Trace trace, ObjectKind kind);
// No custom object whose payload (rule N18) holds something after an operation: nodes instead. Such an object hides
// references from the collector as an opaque one does; one that has members alone hides none, and stays.
Trace without_payloads(Trace trace);

Operation collect(std::int32_t generation);
Operation simple(OpCode code);

Log run_model(const Trace& trace, Observe observe = Observe::digest);
Log run_impl(const Trace& trace, Observe observe = Observe::digest);

// The profiles of every run.
inline constexpr ProfileId kDefaultProfiles[] = {ProfileId::python2_7, ProfileId::python3_12, ProfileId::python3_15};

}  // namespace properties
}  // namespace cyclecheck

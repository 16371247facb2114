// Properties of random traces: checked by RapidCheck, and what fails is shrunk by the project's own shrinker, which
// knows traces.
#pragma once

#include <rapidcheck.h>

#include <functional>
#include <optional>
#include <string>

#include "trace/trace.hpp"

namespace cyclecheck::properties {

// Fails by RC_ASSERT and its like, or by an exception.
using Property = std::function<void(const Trace&)>;

// Checks a property on random traces of a profile, for GoogleTest: EXPECT_TRUE(holds(...)).
bool holds(const std::string& what, ProfileId profile, const Property& property);

// The same in every profile: as many traces in all as the above tries in three profiles.
bool holds(const std::string& what, const Property& property);

// Whether a trace fails, and why.
std::optional<std::string> failure_of(const Property& property, const Trace& trace);

// The simplest trace that fails by the same assertion.
// REQUIRES: the trace fails
Trace shrunk_failure(const Property& property, const Trace& trace);

}  // namespace cyclecheck::properties

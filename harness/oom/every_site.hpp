// A trace in which the collector asks for memory at every one of its sites.
#pragma once

#include "trace/trace.hpp"

namespace cyclecheck {

// Of cyclegc::Site all but `gc_callbacks` where the profile has no gc callbacks, if there is room for one object at
// first (FailingMemory). O(1)
[[nodiscard]] Trace trace_of_every_site(ProfileId profile);

}  // namespace cyclecheck

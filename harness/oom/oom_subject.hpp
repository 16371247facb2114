// The collector as a subject whose memory runs out: `impl-oom`.
#pragma once

#include "harness/compare/compare.hpp"

namespace cyclecheck {

// A trace is run as check_out_of_memory does it. Which requests failed is counted over all processes of a search.
// Throws std::system_error if there is no memory to share.
[[nodiscard]] SubjectEntry out_of_memory_subject();

// `impl-short`: the same as check_some_out_of_memory does it, for a share of a search. Longer traces are left out.
[[nodiscard]] SubjectEntry short_of_memory_subject();

}  // namespace cyclecheck

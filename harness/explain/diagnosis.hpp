// Why a subject is wrong at the first operation that differs, as the model sees it.
#pragma once

#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Sentences: what the model says, what the other side did, and what the model's heap has to say about it: the chain of
// references that keeps the object alive, who holds it, or what a collection found. Runs the trace on the model.
// `side` is how the other side is called. REQUIRES: the divergence is one of this trace, the model's log expected.
[[nodiscard]] std::vector<std::string> diagnose(const Trace& trace, const Divergence& divergence,
                                                const std::string& side);

}  // namespace cyclecheck

// What is wrong at a divergence, in the sentence that a person would say first, with the rule.
#pragma once

#include <string>

#include "harness/explain/scene.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// "impl calls the callback of b, although b is garbage itself (rule C7.3)." `side`: how the other side is called.
[[nodiscard]] std::string headline(const Trace& trace, const Divergence& divergence, const Scene& scene,
                                   const std::string& side);

}  // namespace cyclecheck

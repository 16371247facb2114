// `cyclecheck conform --promises`: what interpreters' documentation promises and they do not keep.
#pragma once

#include <chrono>
#include <vector>

#include "harness/promises/promise_search.hpp"
#include "harness/subjects/interpreter.hpp"

namespace cyclecheck::cli {

// Searches each interpreter, prints the broken promises with their shrunk traces, and a table at the end. Returns how
// many interpreters could not be used, or -1 if all could and some promise was broken.
[[nodiscard]] int show_promises(const std::vector<Interpreter>& interpreters, PromiseOptions options,
                                std::chrono::milliseconds timeout);

}  // namespace cyclecheck::cli

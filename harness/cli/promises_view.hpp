// `cyclecheck conform --promises`: what interpreters' documentation promises and they do not keep.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/cpython/cpython.hpp"
#include "harness/promises/promises.hpp"
#include "harness/report/report.hpp"

namespace cyclecheck::cli {

// Searches each interpreter; what it breaks is stored like any finding; prints a table at the end. Returns how
// many interpreters could not be used, or -1 if all could and some promise was broken.
[[nodiscard]] int show_promises(const std::vector<Interpreter>& interpreters, const PlainTraces::Options& drawing,
                                const SearchOptions& options, std::chrono::milliseconds timeout, bool quiet,
                                Summary& summary);

// The same for stored traces, which are run with each interpreter's profile: prints who breaks which promise in each.
[[nodiscard]] int show_promises_of(const std::vector<std::string>& files, const std::vector<Interpreter>& interpreters,
                                   std::chrono::milliseconds timeout, Summary& summary);

}  // namespace cyclecheck::cli

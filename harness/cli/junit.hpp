// The result of a run in the XML that CI servers read. Pure and thread-safe.
#pragma once

#include <string>

#include "harness/search/search.hpp"

namespace cyclecheck::cli {

// One suite a profile; one failed case a finding, one passed case if there is none.
[[nodiscard]] std::string junit(const SearchResult& result);

}  // namespace cyclecheck::cli

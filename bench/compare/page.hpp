// docs/performance/results.md: what of it is written by the program, the pictures, and the data beside them.
#pragma once

#include <string>
#include <vector>

#include "bench/compare/measure.hpp"
#include "bench/compare/table.hpp"

namespace cyclecheck::bench {

// On which machine, with what: one entry a line of the page.
using Circumstances = std::vector<std::string>;

// Rewrites the part of `page` between its two markers, and data and pictures beside it. Throws std::runtime_error if
// the page has no markers or something cannot be written.
void update_page(const std::string& page, const Circumstances& circumstances, const std::vector<GroupResult>& results,
                 const std::vector<Row>& rows);

}  // namespace cyclecheck::bench

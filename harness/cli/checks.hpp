// What a summary says of searches (harness/report/summary.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/report_options.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck::cli {

// "impl: python3.11". `searched`: the subjects that the search is about.
[[nodiscard]] std::string suite_of(const std::string& searched, ProfileId id);

// Adds a finding, which fails under its signature; a second one with the same signature in the same suite is numbered.
// `stored`: nothing if it could not be.
void add_finding(std::vector<Check>& checks, const Finding& finding, const std::optional<StoredFinding>& stored,
                 const std::string& searched);

// A check that fails if one of the findings belongs to its suite: what a search of the suite did as a whole.
[[nodiscard]] Check whole_check(const std::vector<Check>& findings, std::string suite, std::string name,
                                double seconds);

// The line of an operation in the text of its trace, counted from 1. The text may be another than print_trace gives:
// the operations are its last lines. 0: there is no such line.
[[nodiscard]] std::size_t line_of_operation(const std::string& text, const Trace& trace, std::size_t operation);

// Carries a command out, which fills in the summary and returns its text, and tells the result. What it throws is told
// as an error. Returns the exit status.
[[nodiscard]] int report(const ReportOptions& options, const std::string& command,
                         const std::function<std::string(Summary&)>& work);

}  // namespace cyclecheck::cli

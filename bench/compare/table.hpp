// The comparison as lines of a table, for the terminal and for docs/performance/results.md.
#pragma once

#include <string>
#include <vector>

#include "bench/compare/measure.hpp"

namespace cyclecheck::bench {

enum class Verdict : std::uint8_t { none, met, missed, not_measured };

// One comparison. Texts are what is printed.
struct Row {
  std::string section;
  std::string workload;
  std::string ours;
  std::string rival;
  std::string theirs;
  std::string ratio;
  std::string target;
  Verdict verdict = Verdict::none;
};

// The rows of one group, one for each contender after the first.
[[nodiscard]] std::vector<Row> rows_of(const GroupResult& result);

// What follows from several groups: growth against the pointer chase.
[[nodiscard]] std::vector<Row> rows_across(const std::vector<GroupResult>& results);

// A line for the terminal, its end included. `previous` is the row printed before, if any: what it said is not
// repeated.
[[nodiscard]] std::string line_of(const Row& row, const Row* previous);

[[nodiscard]] std::string markdown_of(const std::vector<Row>& rows);

// "12 targets met, 3 missed, 2 not measured".
[[nodiscard]] std::string summary_of(const std::vector<Row>& rows);

}  // namespace cyclecheck::bench

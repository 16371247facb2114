#include "bench/compare/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cyclecheck::bench {
namespace {

std::string figure(const Measured& measured, const Group& group) {
  if (measured.samples.empty()) return measured.skipped.empty() ? "not measured" : measured.skipped;
  const double value = median(measured.samples);
  switch (group.unit) {
    case Unit::nanoseconds:
      if (value >= 1e6) return fmt::format("{:.1f} ms", value / 1e6);
      return value < 100 ? fmt::format("{:.1f} ns", value) : fmt::format("{:.0f} ns", value);
    case Unit::bytes:
      return fmt::format("{:.1f} bytes", value);
    case Unit::per_second:
      break;
  }
  const double rate = 1e9 / value;
  return rate >= 1e6   ? fmt::format("{:.2f} M/s", rate / 1e6)
         : rate >= 1e3 ? fmt::format("{:.1f} k/s", rate / 1e3)
                       : fmt::format("{:.0f}/s", rate);
}

std::string times(double value) { return value < 9.95 ? fmt::format("{:.2f}", value) : fmt::format("{:.1f}", value); }

// The target in words, and whether a ratio meets it.
void judge(Row& row, const Contender& contender, const Ratio* measured) {
  bool met = false;
  if (contender.at_least > 0) {
    row.target = fmt::format(">= {:g} x", contender.at_least);
    met = measured != nullptr && measured->median >= contender.at_least;
  } else if (contender.at_most > 0) {
    row.target = fmt::format("<= {:g} of it", contender.at_most);
    met = measured != nullptr && 1 / measured->median <= contender.at_most;
  } else {
    return;
  }
  row.verdict = measured == nullptr ? Verdict::not_measured : met ? Verdict::met : Verdict::missed;
}

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::met:
      return "met";
    case Verdict::missed:
      return "MISSED";
    case Verdict::not_measured:
      return "not measured";
    case Verdict::none:
      break;
  }
  return "";
}

// The figure of a contender of the group with this title; 0 without.
double figure_of(const std::vector<GroupResult>& results, const std::string& title, const std::string& label) {
  for (const GroupResult& result : results) {
    if (result.group.title != title) continue;
    for (std::size_t i = 0; i < result.measured.size(); ++i) {
      if (result.group.contenders[i].label == label && !result.measured[i].samples.empty()) {
        return median(result.measured[i].samples);
      }
    }
  }
  return 0;
}

}  // namespace

std::vector<Row> rows_of(const GroupResult& result) {
  const Group& group = result.group;
  const bool is_rate = group.unit == Unit::per_second;
  std::vector<Row> rows;
  // Where the collector itself is no contender, the first one has a line of its own.
  for (std::size_t i = is_rate ? 0 : 1; i < group.contenders.size(); ++i) {
    const Contender& contender = group.contenders[i];
    Row row{.section = group.section + (is_rate ? ", " + group.of + "s a second" : ", one " + group.of),
            .workload = group.title,
            .ours = is_rate ? "" : figure(result.measured[0], group),
            .rival = contender.label,
            .theirs = figure(result.measured[i], group),
            .ratio = {},
            .target = {}};
    if (!result.measured[0].samples.empty() && !result.measured[i].samples.empty()) {
      const Ratio measured = ratio(result, i);
      judge(row, contender, &measured);
      if (i != 0 && group.is_comparison) {
        row.ratio = contender.at_most > 0 ? fmt::format("{:.2f} of it ({:.2f}-{:.2f})", 1 / measured.median,
                                                        1 / measured.most, 1 / measured.least)
                                          : fmt::format("{} x ({}-{})", times(measured.median), times(measured.least),
                                                        times(measured.most));
      }
    } else {
      judge(row, contender, nullptr);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> rows_across(const std::vector<GroupResult>& results) {
  constexpr std::uint64_t kSmall = 100'000;
  constexpr std::uint64_t kLarge = 10'000'000;
  const std::string small = curve_title(Shape::random, kSmall);
  const std::string large = curve_title(Shape::random, kLarge);
  const double chase_small = figure_of(results, small, "pointer chase");
  const double chase_large = figure_of(results, large, "pointer chase");

  std::vector<Row> rows;
  const auto add = [&](const std::string& workload, double at_small, double at_large) {
    Row row{.section = "From 10^5 to 10^7 objects: how much longer one takes",
            .workload = workload,
            .ours = "not measured",
            .rival = "pointer chase",
            .theirs = "not measured",
            .ratio = {},
            .target = "no more than it",
            .verdict = Verdict::not_measured};
    if (at_small > 0 && at_large > 0) row.ours = fmt::format("{:.2f} x longer", at_large / at_small);
    if (chase_small > 0 && chase_large > 0) row.theirs = fmt::format("{:.2f} x longer", chase_large / chase_small);
    if (at_small > 0 && at_large > 0 && chase_small > 0 && chase_large > 0) {
      const double share = at_large / at_small / (chase_large / chase_small);
      row.ratio = fmt::format("{:.2f} of it", share);
      row.verdict = share <= 1 ? Verdict::met : Verdict::missed;
    }
    rows.push_back(std::move(row));
  };
  add("full collection, random, 3 edges, L", figure_of(results, small, "cyclegc"),
      figure_of(results, large, "cyclegc"));
  add("allocations that all survive", figure_of(results, "100,000 allocations", "cyclegc"),
      figure_of(results, "10 M allocations", "cyclegc"));
  return rows;
}

std::string line_of(const Row& row, const Row* previous) {
  std::string line;
  if (previous == nullptr || previous->section != row.section) line += "\n" + row.section + "\n";
  const bool same = previous != nullptr && previous->section == row.section && previous->workload == row.workload;
  line += fmt::format("  {:<58} {:>11}  {:<42} {:>11}  {:<22} {:<14} {}", same ? "" : row.workload,
                      same ? "" : row.ours, row.rival, row.theirs, row.ratio, row.target, word(row.verdict));
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string markdown_of(const std::vector<Row>& rows) {
  std::string out;
  const Row* previous = nullptr;
  for (const Row& row : rows) {
    if (previous == nullptr || previous->section != row.section) {
      out += fmt::format(
          "\n### {}\n\n| workload | cyclegc | against | figure | ratio | target | |\n"
          "|---|---|---|---|---|---|---|\n",
          row.section);
      previous = nullptr;
    }
    const bool same = previous != nullptr && previous->workload == row.workload;
    const std::string verdict = row.verdict == Verdict::missed ? "**missed**" : word(row.verdict);
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", same ? "" : row.workload, same ? "" : row.ours,
                       row.rival, row.theirs, row.ratio, row.target, verdict);
    previous = &row;
  }
  return out;
}

std::string summary_of(const std::vector<Row>& rows) {
  const auto count = [&](Verdict verdict) {
    return std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.verdict == verdict; });
  };
  return fmt::format("{} targets met, {} missed, {} not measured", count(Verdict::met), count(Verdict::missed),
                     count(Verdict::not_measured));
}

}  // namespace cyclecheck::bench

#include "properties/mutants/tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "properties/mutants/median.hpp"

namespace cyclecheck {
namespace {

bool was_tried(Way way, const std::vector<Detection>& detections) {
  return std::any_of(detections.begin(), detections.end(),
                     [&](const Detection& detection) { return detection.of(way).has_value(); });
}

}  // namespace

std::string mutants_table(const std::vector<Detection>& detections) {
  std::string text =
      "| mutant | the real bug | rule | level | killed by | time to kill | operations | shrunk to | shrinking |";
  std::string line = "|---|---|---|---|---|---|---|---|---|";
  for (const Way way : kWays) {
    if (!was_tried(way, detections)) continue;
    text += fmt::format(" {} |", heading_of(way));
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const Detection& detection : detections) {
    const Mutant& mutant = detection.mutant;
    text += fmt::format("| `{}` | {} | {} | {} |", mutant.id, mutant.bug, fmt::join(mutant.rules, ", "),
                        to_string(mutant.level));
    if (detection.killed()) {
      text += fmt::format(" {}: {} | {:.2f} s | {:g} | {:g} | {:.2f} s |", detection.suite,
                          detection.kills.front().signature, detection.seconds(), detection.original_operations(),
                          detection.operations(), detection.shrink_seconds());
    } else {
      text += " **survives** | | | | |";
    }
    for (const Way way : kWays) {
      if (!was_tried(way, detections)) continue;
      const std::optional<Baseline>& result = detection.of(way);
      text += fmt::format(" {} |", result ? to_string(*result, way) : "");
    }
    text += "\n";
  }
  return text;
}

std::string kinds_table(const std::vector<Detection>& detections) {
  std::string text = "| kind | | found | median time to kill |\n|---|---|---|---|\n";
  for (const MutantKind& kind : kMutantKinds) {
    std::vector<double> seconds;
    std::size_t all = 0;
    for (const Detection& detection : detections) {
      if (detection.mutant.kind != kind.word) continue;
      ++all;
      if (detection.killed()) seconds.push_back(detection.seconds());
    }
    if (all == 0) continue;
    text += fmt::format("| {} | {} | {} of {} |", kind.word, kind.meaning, seconds.size(), all);
    text += seconds.empty() ? " |\n" : fmt::format(" {:.2f} s |\n", median(seconds));
  }
  return text;
}

std::string ways_table(const std::vector<Detection>& detections) {
  std::string text =
      "| way of testing | killed | median time to kill | median shrunk trace | median time to shrink |\n"
      "|---|---|---|---|---|\n";
  // What a way killed: seconds, operations of the shrunk trace, seconds of shrinking.
  struct Medians {
    std::vector<double> seconds;
    std::vector<double> operations;
    std::vector<double> shrink_seconds;
  };
  const auto line = [&](std::string_view name, const Medians& killed, bool shrinks) {
    text += fmt::format("| {} | {} of {} |", name, killed.seconds.size(), detections.size());
    text += killed.seconds.empty() ? " |" : fmt::format(" {:.2f} s |", median(killed.seconds));
    text += shrinks ? fmt::format(" {:g} operations | {:.2f} s |\n", median(killed.operations),
                                  median(killed.shrink_seconds))
                    : " | |\n";
  };
  Medians run;
  for (const Detection& detection : detections) {
    if (!detection.killed() || detection.suite != "random") continue;
    run.seconds.push_back(detection.seconds());
    run.operations.push_back(detection.operations());
    run.shrink_seconds.push_back(detection.shrink_seconds());
  }
  line("cyclecheck run", run, true);
  for (const Way way : kWays) {
    if (!was_tried(way, detections)) continue;
    Medians killed;
    for (const Detection& detection : detections) {
      const std::optional<Baseline>& result = detection.of(way);
      if (!result || !result->killed) continue;
      killed.seconds.push_back(result->seconds);
      if (result->operations == 0) continue;
      killed.operations.push_back(result->operations);
      killed.shrink_seconds.push_back(result->shrink_seconds);
    }
    line(heading_of(way), killed, !killed.operations.empty());
  }
  return text;
}

}  // namespace cyclecheck

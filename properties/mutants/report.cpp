#include "properties/mutants/report.hpp"

#include <fmt/format.h>

#include "properties/mutants/median.hpp"
#include "properties/mutants/tables.hpp"

namespace cyclecheck {

std::string heading() {
  return fmt::format("{:<50}{:<11}{:<8}{:>9}{:>16}{:>9}  {}\n", "mutant", "level", "suite", "time", "operations",
                     "shrink", "signature");
}

std::string row(const Detection& detection) {
  if (detection.kills.empty()) {
    return fmt::format("{:<50}{:<11}{}\n", detection.mutant.id, to_string(detection.mutant.level),
                       detection.error.empty() ? "SURVIVED" : "ERROR");
  }
  std::string line = fmt::format("{:<50}{:<11}{:<8}{:>7.2f} s{:>16}{:>7.2f} s  {}", detection.mutant.id,
                                 to_string(detection.mutant.level), detection.suite, detection.seconds(),
                                 fmt::format("{:g} -> {:g}", detection.original_operations(), detection.operations()),
                                 detection.shrink_seconds(), detection.kills.front().signature);
  for (const Way way : kWays) {
    if (detection.of(way)) line += fmt::format("  {}: {}", heading_of(way), to_string(*detection.of(way), way));
  }
  return line + "\n";
}

std::string summary(const std::vector<Detection>& detections) {
  std::vector<double> seconds;
  std::vector<double> operations;
  std::vector<double> shrink_seconds;
  std::string complaints;
  std::size_t killed = 0;
  for (const Detection& detection : detections) {
    if (detection.killed()) {
      ++killed;
      seconds.push_back(detection.seconds());
      operations.push_back(detection.operations());
      shrink_seconds.push_back(detection.shrink_seconds());
    }
    if (const std::string complaint = detection.complaint(); !complaint.empty()) complaints += complaint + "\n";
  }
  return kinds_table(detections) +
         fmt::format(
             "\n{} of {} mutants killed; median time to kill {:.2f} s, median shrunk trace {:g} operations, median "
             "time "
             "to shrink {:.2f} s\n",
             killed, detections.size(), median(seconds), median(operations), median(shrink_seconds)) +
         complaints;
}

}  // namespace cyclecheck

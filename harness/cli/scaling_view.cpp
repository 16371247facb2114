#include "harness/cli/scaling_view.hpp"

#include <fmt/format.h>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/report.hpp"
#include "harness/collector/collector.hpp"

namespace cyclecheck::cli {
namespace {

std::string row_of(const Scaling& scaling) {
  std::string row = fmt::format("{:<32}", scaling.name);
  for (const std::uint64_t steps : scaling.steps) row += fmt::format("{:>12}", grouped(steps));
  for (const std::chrono::duration<double> time : scaling.time) row += fmt::format("{:>8.2f}", time.count() * 1000);
  return row;
}

}  // namespace

std::string scaling_view(ProfileId profile, Summary& summary) {
  std::string text = fmt::format("{:<32}", "steps, milliseconds; n =");
  for (std::size_t i = 0; i < 2 * Scaling::kSizes; ++i) {
    const std::string size = grouped(Scaling::kFirst << (i % Scaling::kSizes));
    text += fmt::format("{:>{}}", size, i < Scaling::kSizes ? 12 : 8);
  }
  text += "\n";
  std::string faster;
  for (const ScalingKind& kind : scaling_kinds()) {
    Check check{"scaling", std::string(kind.name), Check::Outcome::passed};
    try {
      const Scaling scaling = measure_scaling(kind, profile);
      text += row_of(scaling) + "\n";
      if (!scaling.is_too_fast()) {
        summary.checks.push_back(check);
        continue;
      }
      check.message = "the steps grow faster than n log n";
    } catch (const TooManySteps& error) {
      check.message = error.what();
    }
    check.outcome = Check::Outcome::failed;
    faster += fmt::format("{}: {}\n", kind.name, check.message);
    summary.checks.push_back(check);
  }
  summary.status = faster.empty() ? kAgree : kFailed;
  return text + (faster.empty() ? "\nnothing grows faster than n log n\n" : "\n" + faster);
}

}  // namespace cyclecheck::cli

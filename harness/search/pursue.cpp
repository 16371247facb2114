#include "harness/search/pursue.hpp"

namespace cyclecheck {

std::optional<FileError> pursue(Finding& finding, const Trace& trace, const Verdict& seen, const PursueOptions& options,
                                FindingListener& listener) {
  Isolated isolated(options.make, options.observe, options.timeout);
  ShrinkOptions shrinking;
  shrinking.budget = options.shrink_time;
  shrinking.on_best = [&](const Trace& best, const ShrinkProgress& progress) { listener.shrinking(best, progress); };
  shrinking.stop = [&] { return listener.interrupted(); };
  finding.investigation = investigate(isolated, trace, seen, options.timeout, shrinking);
  finding.original = trace;
  const auto stored = store_finding(options.findings, finding);
  if (const auto* error = std::get_if<FileError>(&stored)) {
    listener.found(finding, std::nullopt, *error);
    return *error;
  }
  listener.found(finding, std::get<StoredFinding>(stored), std::nullopt);
  return std::nullopt;
}

}  // namespace cyclecheck

#include "harness/search/pursue.hpp"

namespace cyclecheck {
namespace {

// The folder of what was met, empty if it cannot be written: then the shrunk finding cannot be, either, and that is
// told.
std::string store_unshrunk(Finding finding, const Verdict& seen, const std::string& directory) {
  finding.unshrunk = true;
  finding.investigation.trace = finding.original;
  finding.investigation.examination.verdict = seen;
  finding.investigation.signature = seen.signature;
  const auto stored = store_finding(directory, finding);
  const auto* const folder = std::get_if<StoredFinding>(&stored);
  return folder == nullptr ? std::string{} : folder->path;
}

}  // namespace

std::optional<FileError> pursue(Finding& finding, const Trace& trace, const Verdict& seen, const PursueOptions& options,
                                FindingListener& listener) {
  Isolated isolated(options.make, options.observe, options.timeout);
  ShrinkOptions shrinking;
  shrinking.budget = options.shrink_time;
  shrinking.on_best = [&](const Trace& best, const ShrinkProgress& progress) { listener.shrinking(best, progress); };
  shrinking.stop = [&] { return listener.interrupted(); };
  finding.original = trace;
  const std::string unshrunk = store_unshrunk(finding, seen, options.findings);
  finding.investigation = investigate(isolated, trace, seen, options.timeout, shrinking, options.history);
  const auto stored = store_finding(options.findings, finding, unshrunk);
  if (const auto* error = std::get_if<FileError>(&stored)) {
    listener.found(finding, std::nullopt, *error);
    return *error;
  }
  listener.found(finding, std::get<StoredFinding>(stored), std::nullopt);
  return std::nullopt;
}

}  // namespace cyclecheck

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
                                FindingListener& listener, StoredFinding* where) {
  std::optional<Isolated> isolated;
  if (options.checker == nullptr) isolated.emplace(options.make, options.observe, options.timeout);
  TraceChecker& checker = options.checker == nullptr ? *isolated : *options.checker;
  ShrinkOptions shrinking;
  shrinking.budget = options.shrink_time;
  shrinking.on_best = [&](const Trace& best, const ShrinkProgress& progress) { listener.shrinking(best, progress); };
  shrinking.stop = options.stop ? options.stop : [&] { return listener.interrupted(); };
  if (finding.original.operations.empty()) finding.original = trace;
  const std::string unshrunk = options.keeps_unshrunk ? store_unshrunk(finding, seen, options.findings) : std::string{};
  finding.investigation = investigate(checker, trace, seen, options.timeout, shrinking, options.history);
  finding.unshrunk = false;
  if (options.same_as) finding.same_as = options.same_as(finding);
  const auto stored = store_finding(options.findings, finding, unshrunk);
  if (const auto* error = std::get_if<FileError>(&stored)) {
    listener.found(finding, std::nullopt, *error);
    return *error;
  }
  listener.found(finding, std::get<StoredFinding>(stored), std::nullopt);
  if (where != nullptr) *where = std::get<StoredFinding>(stored);
  return std::nullopt;
}

}  // namespace cyclecheck

// From a failure that a search met to a finding in the store. An observer is told of each step.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "harness/search/findings.hpp"

namespace cyclecheck {

// Told what becomes of a failure. Every function returns quickly.
class FindingListener {
 public:
  FindingListener() = default;
  FindingListener(const FindingListener&) = delete;
  FindingListener& operator=(const FindingListener&) = delete;
  virtual ~FindingListener() = default;
  virtual void shrinking(const Trace& best, const ShrinkProgress& progress) = 0;
  // `error` if it could not be stored.
  virtual void found(const Finding& finding, const std::optional<StoredFinding>& stored,
                     const std::optional<FileError>& error) = 0;
  // Asked all the time: true ends the search after what is at hand is stored.
  [[nodiscard]] virtual bool interrupted() = 0;
};

struct PursueOptions {
  MakeContestants make;
  Observe observe = Observe::digest;
  // The longest that one trace may take, and the shrinking of it.
  std::chrono::milliseconds timeout{10'000};
  std::chrono::milliseconds shrink_time{30'000};
  // The directory of findings.
  std::string findings;
  // Runs the traces instead of a process with the sides that `make` makes.
  TraceChecker* checker = nullptr;
  // Stores what was met before it is shrunk.
  bool keeps_unshrunk = true;
  // Asked before every attempt: true ends the shrinking; empty: FindingListener::interrupted.
  std::function<bool()> stop = {};
  // What the subject had run before.
  History history = {};
  // Asked what earlier finding shows the same as one that is about to be stored (Finding::same_as); may be empty.
  std::function<std::string(const Finding&)> same_as = {};
};

// Stores a trace that failed with `seen`, shrinks it, and stores what came of it in its place. `finding` says where it
// is from; the original is filled in if it is empty, and the investigation; `where` says where it is now. Errors: it
// cannot be stored.
[[nodiscard]] std::optional<FileError> pursue(Finding& finding, const Trace& trace, const Verdict& seen,
                                              const PursueOptions& options, FindingListener& listener,
                                              StoredFinding* where = nullptr);

}  // namespace cyclecheck

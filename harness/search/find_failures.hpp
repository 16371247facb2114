// A search: the traces of a drawing on model and subject, every new failure investigated and stored, until a limit is
// reached.
//
// Not thread-safe. The order of findings and their bytes depend on drawing and options alone, apart from time limits
// and from the number of jobs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/search/drawing.hpp"
#include "harness/search/pursue.hpp"
#include "harness/search/reach.hpp"
#include "harness/search/stored_findings.hpp"
#include "harness/search/workers.hpp"

namespace cyclecheck {

struct SearchOptions {
  // Their folder is that of the findings.
  WorkersOptions workers;
  // How long to verify; time spent on shrinking is not counted. Nothing: until all traces are done.
  std::optional<std::chrono::milliseconds> time;
  std::chrono::milliseconds shrink_time{30'000};
  std::uint32_t max_findings = 10;
  Level level = Level::order;
  std::string findings = "findings";
  // Runs first what the folder of findings holds. What fails still is not looked for again; what is still to be shrunk
  // is.
  bool runs_findings_again = false;
  // Told every few seconds, and in the end, what of the drawing is done, so that it can be kept; may be empty.
  std::function<std::optional<FileError>(const Workers&)> keep;
};

struct ProfileProgress {
  ProfileId profile = ProfileId::python3_11;
  ProfileCounters counters;
  std::uint64_t findings = 0;
  // Of the drawing's traces, from 0 to 1; 0 if that is not known.
  double done = 0;
};

struct SearchProgress {
  std::chrono::duration<double> verifying{0};
  // What the workers used.
  std::chrono::duration<double> processor{0};
  std::vector<ProfileProgress> profiles;

  // Of all profiles.
  [[nodiscard]] ProfileProgress sum() const;
};

// Told what happens. Every function returns quickly.
class SearchListener : public FindingListener {
 public:
  virtual void progress(const SearchProgress& progress) = 0;
  // Before it is shrunk, so that it is seen at once.
  virtual void failed(const SearchFailure& failure, const Trace& trace) = 0;
  // What became of a finding that was there before.
  virtual void ran_again(const StoredAgain& /*again*/) {}
};

struct SearchResult {
  SearchProgress progress;
  // Of the profiles that the drawing has in full.
  std::vector<ProfileReach> reach;
  // Of all subjects, whatever they follow.
  Passages passages{};
  std::vector<Finding> findings;
  // Of the findings that were there before: what fails as it did, and what does not any more.
  std::vector<StoredAgain> still_failing;
  std::vector<StoredAgain> mended;
  // Which rows of the accepted failures have come, here or among those.
  std::set<std::size_t> accepted_seen;
  bool interrupted = false;
  bool stopped_at_max_findings = false;
  // Something could not be written; the search ended there.
  std::optional<FileError> error;
};

// `subjects` take turns, a chunk each. REQUIRES: there is one; they differ in what they are, not in what they can run;
// the process has one thread
[[nodiscard]] SearchResult find_failures(const std::vector<SubjectEntry>& subjects, const Drawing& drawing,
                                         const SearchOptions& options, SearchListener& listener);
[[nodiscard]] SearchResult find_failures(const SubjectEntry& subject, const Drawing& drawing,
                                         const SearchOptions& options, SearchListener& listener);

}  // namespace cyclecheck

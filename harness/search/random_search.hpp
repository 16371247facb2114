// A campaign: traces in bulk, every new failure shrunk and stored, until a limit is reached.
//
// Not thread-safe. The order of findings and their bytes depend on the options alone, apart from time limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/search/batch.hpp"
#include "harness/search/pursue.hpp"
#include "harness/search/reach.hpp"

namespace cyclecheck {

struct RandomSearchOptions {
  BatchOptions batch;
  // How long to verify; time spent on shrinking is not counted. Nothing: until all traces are done.
  std::optional<std::chrono::milliseconds> time;
  std::chrono::milliseconds shrink_time{30'000};
  std::uint32_t max_findings = 10;
  Level level = Level::order;
  std::string findings = "findings";
};

struct ProfileProgress {
  ProfileId profile = ProfileId::python3_11;
  std::uint64_t traces = 0;
  std::uint64_t operations = 0;
  std::uint64_t events = 0;
  // Traces that failed, and findings among them.
  std::uint64_t failures = 0;
  std::uint64_t findings = 0;
};

struct RandomSearchProgress {
  std::chrono::duration<double> verifying{0};
  std::vector<ProfileProgress> profiles;
};

// Told what happens. Every function returns quickly.
class RandomSearchListener : public FindingListener {
 public:
  virtual void progress(const RandomSearchProgress& progress) = 0;
  // Before it is shrunk, so that it is seen at once.
  virtual void failed(const BatchFailure& failure, const Trace& trace) = 0;
};

struct RandomSearchResult {
  RandomSearchProgress progress;
  std::vector<ProfileReach> reach;
  std::vector<Finding> findings;
  bool interrupted = false;
  bool stopped_at_max_findings = false;
  // Something could not be written; the campaign ended there.
  std::optional<FileError> error;
};

// REQUIRES: options.batch.profiles is not empty; the process has one thread.
[[nodiscard]] RandomSearchResult random_search(const SubjectEntry& subject, const RandomSearchOptions& options,
                                               RandomSearchListener& listener);

}  // namespace cyclecheck

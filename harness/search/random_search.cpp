#include "harness/search/random_search.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "harness/generate/generate.hpp"
#include "harness/isolate/isolate.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostNotSeenAgain = 10;

class RandomSearch {
 public:
  RandomSearch(const SubjectEntry& subject, const RandomSearchOptions& options, RandomSearchListener& listener)
      : subject_(subject),
        options_(options),
        listener_(listener),
        make_(against_model(subject, options.level)),
        findings_(options.batch.profiles.size()) {}

  RandomSearchResult run() {
    if (const auto prepared = prepare_findings(options_.findings); std::holds_alternative<FileError>(prepared)) {
      result_.error = std::get<FileError>(prepared);
      return std::move(result_);
    }
    try {
      RunningTrace spool(fmt::format("{}/.running-{}.cyct", options_.findings, getpid()));
      Batch batch(make_, options_.batch, spool);
      verify(batch);
      result_.progress = progress(batch);
      result_.reach = reach(batch);
    } catch (const std::exception& error) {
      result_.error = FileError{error.what()};
    }
    return std::move(result_);
  }

 private:
  void verify(Batch& batch) {
    const auto tick = [&] {
      listener_.progress(progress(batch));
      return !listener_.interrupted();
    };
    while (!result_.error) {
      const auto begin = Clock::now();
      begin_ = begin;
      const auto until = options_.time ? begin + (std::chrono::duration_cast<Clock::duration>(*options_.time) -
                                                  std::chrono::duration_cast<Clock::duration>(spent_))
                                       : Clock::time_point::max();
      const std::optional<BatchFailure> failure = batch.next(until, tick);
      spent_ += Clock::now() - begin;
      begin_.reset();
      result_.interrupted = listener_.interrupted();
      if (!failure) return;
      handle(*failure, batch);
      // The failure that was at hand is stored, whatever else is to be.
      result_.interrupted = listener_.interrupted();
      if (result_.interrupted) return;
      if (result_.findings.size() - not_seen_again_ >= options_.max_findings) {
        result_.stopped_at_max_findings = true;
        return;
      }
    }
  }

  void handle(const BatchFailure& failure, Batch& batch) {
    const Trace trace = generate(options_.batch.seed, failure.index, options_.batch.generate(failure.profile));
    listener_.failed(failure, trace);
    Finding finding;
    finding.subject = subject_.name;
    finding.level = options_.level;
    finding.seed = options_.batch.seed;
    finding.index = failure.index;
    const PursueOptions pursuing{make_, options_.batch.observe, options_.batch.timeout, options_.shrink_time,
                                 options_.findings};
    result_.error = pursue(finding, trace, failure.verdict, pursuing, listener_);
    const auto& profiles = options_.batch.profiles;
    const auto at = std::find(profiles.begin(), profiles.end(), failure.profile);
    ++findings_[static_cast<std::size_t>(at - profiles.begin())];
    if (finding.investigation.reproduced == 0 && not_seen_again_ < kMostNotSeenAgain) {
      ++not_seen_again_;
      batch.forget_failure();
    }
    result_.findings.push_back(std::move(finding));
  }

  [[nodiscard]] RandomSearchProgress progress(const Batch& batch) const {
    RandomSearchProgress progress;
    progress.verifying = spent_;
    if (begin_) progress.verifying += Clock::now() - *begin_;
    for (std::size_t i = 0; i < options_.batch.profiles.size(); ++i) {
      const ProfileId id = options_.batch.profiles[i];
      const ProfileCounters& counters = batch.counters(id);
      progress.profiles.push_back({id, counters.traces.load(), counters.operations.load(), counters.events.load(),
                                   counters.failures.load(), findings_[i]});
    }
    return progress;
  }

  [[nodiscard]] std::vector<ProfileReach> reach(const Batch& batch) const {
    std::vector<ProfileReach> rows;
    for (const ProfileId id : options_.batch.profiles) {
      ProfileReach row;
      row.profile = id;
      for (std::size_t i = 0; i < row.count.size(); ++i) row.count[i] = batch.counters(id).reach[i].load();
      row.states = batch.counters(id).states.size();
      rows.push_back(row);
    }
    return rows;
  }

  const SubjectEntry& subject_;
  const RandomSearchOptions& options_;
  RandomSearchListener& listener_;
  MakeContestants make_;
  std::vector<std::uint64_t> findings_;
  // Findings that needed what the subject had run before; perhaps another trace shows the fault alone.
  std::size_t not_seen_again_ = 0;
  RandomSearchResult result_;
  std::chrono::duration<double> spent_{0};
  std::optional<Clock::time_point> begin_;
};

}  // namespace

RandomSearchResult random_search(const SubjectEntry& subject, const RandomSearchOptions& options,
                                 RandomSearchListener& listener) {
  return RandomSearch(subject, options, listener).run();
}

}  // namespace cyclecheck

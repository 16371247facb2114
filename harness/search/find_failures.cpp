#include "harness/search/find_failures.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <exception>
#include <utility>

#include "harness/isolate/isolate.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostNotSeenAgain = 10;
constexpr std::chrono::seconds kBetweenKeeping{2};

class Search {
 public:
  Search(const std::vector<SubjectEntry>& subjects, const Drawing& drawing, const SearchOptions& options,
         SearchListener& listener)
      : subjects_(subjects),
        drawing_(drawing),
        options_(options),
        listener_(listener),
        findings_(drawing.profiles().size()) {
    for (const SubjectEntry& subject : subjects) turns_.push_back(against_model(subject, options.level));
  }

  SearchResult run() {
    if (const auto prepared = prepare_findings(options_.findings); std::holds_alternative<FileError>(prepared)) {
      result_.error = std::get<FileError>(prepared);
      return std::move(result_);
    }
    try {
      WorkersOptions chosen = options_.workers;
      chosen.folder = options_.findings;
      Workers workers(turns_, drawing_, chosen);
      verify(workers);
      if (!result_.error) keep(workers);
      result_.progress = progress(workers);
      for (std::size_t i = 0; i < drawing_.in_full(); ++i) {
        const ProfileProgress& row = result_.progress.profiles[i];
        result_.reach.push_back({row.profile, row.counters.reach, row.counters.states});
      }
    } catch (const std::exception& error) {
      result_.error = FileError{error.what()};
    }
    return std::move(result_);
  }

 private:
  void verify(Workers& workers) {
    const auto tick = [&] {
      listener_.progress(progress(workers));
      if (Clock::now() - kept_ >= kBetweenKeeping) keep(workers);
      return !listener_.interrupted() && !result_.error;
    };
    while (!result_.error) {
      const auto begin = Clock::now();
      begin_ = begin;
      const auto until = options_.time ? begin + (std::chrono::duration_cast<Clock::duration>(*options_.time) -
                                                  std::chrono::duration_cast<Clock::duration>(spent_))
                                       : Clock::time_point::max();
      std::optional<SearchFailure> failure = workers.next(until, tick);
      spent_ += Clock::now() - begin;
      begin_.reset();
      result_.interrupted = listener_.interrupted();
      if (!failure || result_.error) return;
      handle(*failure, workers);
      // The failure that was at hand is stored, whatever else is to be.
      result_.interrupted = listener_.interrupted();
      if (result_.interrupted) return;
      if (result_.findings.size() - not_seen_again_ >= options_.max_findings) {
        result_.stopped_at_max_findings = true;
        return;
      }
    }
  }

  void keep(const Workers& workers) {
    kept_ = Clock::now();
    if (options_.keep) result_.error = options_.keep(workers);
  }

  void handle(SearchFailure& failure, Workers& workers) {
    Trace trace;
    drawing_.draw(failure.position, failure.mark, trace);
    Finding finding;
    const SubjectEntry& subject = subjects_[failure.turn];
    finding.subject = subject.name;
    finding.level = std::min(options_.level, subject.level);
    finding.promised = subject.level;
    drawing_.describe(failure.position, finding);
    failure.index = finding.index;
    listener_.failed(failure, trace);
    PursueOptions pursuing{turns_[failure.turn], observe_at(options_.workers, failure.position, trace),
                           options_.workers.timeout, options_.shrink_time, options_.findings};
    if (drawing_.has_one_each()) {
      pursuing.history = {static_cast<std::size_t>(failure.position - failure.since), [&](std::size_t i) {
                            Trace earlier;
                            drawing_.draw(failure.since + i, {}, earlier);
                            return earlier;
                          }};
    }
    result_.error = pursue(finding, trace, failure.verdict, pursuing, listener_);
    ++findings_[drawing_.column(failure.position)];
    if (finding.investigation.reproduced == 0 && not_seen_again_ < kMostNotSeenAgain) {
      ++not_seen_again_;
      workers.forget_failure();
    }
    result_.findings.push_back(std::move(finding));
  }

  [[nodiscard]] SearchProgress progress(const Workers& workers) const {
    SearchProgress progress;
    progress.verifying = spent_;
    if (begin_) progress.verifying += Clock::now() - *begin_;
    progress.processor = workers.processor_time();
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      progress.profiles.push_back({drawing_.profiles()[i], workers.counters(i), findings_[i], drawing_.done(i)});
    }
    return progress;
  }

  const std::vector<SubjectEntry>& subjects_;
  const Drawing& drawing_;
  const SearchOptions& options_;
  SearchListener& listener_;
  std::vector<MakeContestants> turns_;
  std::vector<std::uint64_t> findings_;
  // Findings that needed what the subject had run before; perhaps another trace shows the fault alone.
  std::size_t not_seen_again_ = 0;
  SearchResult result_;
  std::chrono::duration<double> spent_{0};
  std::optional<Clock::time_point> begin_;
  // Long ago: it is due at once.
  Clock::time_point kept_;
};

}  // namespace

ProfileProgress SearchProgress::sum() const {
  ProfileProgress sum;
  for (const ProfileProgress& row : profiles) {
    sum.counters.traces += row.counters.traces;
    sum.counters.operations += row.counters.operations;
    sum.counters.events += row.counters.events;
    sum.counters.failures += row.counters.failures;
    sum.counters.left_out += row.counters.left_out;
    sum.findings += row.findings;
  }
  return sum;
}

SearchResult find_failures(const std::vector<SubjectEntry>& subjects, const Drawing& drawing,
                           const SearchOptions& options, SearchListener& listener) {
  return Search(subjects, drawing, options, listener).run();
}

SearchResult find_failures(const SubjectEntry& subject, const Drawing& drawing, const SearchOptions& options,
                           SearchListener& listener) {
  return find_failures(std::vector<SubjectEntry>{subject}, drawing, options, listener);
}

}  // namespace cyclecheck

#include "harness/search/find_failures.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <utility>

#include "harness/isolate/isolate.hpp"
#include "harness/search/running_trace.hpp"
#include "harness/search/stored_findings.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostForgotten = 10;
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
    const auto prepared = prepare_findings(options_.findings);
    if (const auto* error = std::get_if<FileError>(&prepared)) {
      result_.error = *error;
      return std::move(result_);
    }
    search();
    // Folders that are empty still are of no use.
    for (const std::string& created : std::get<std::vector<std::string>>(prepared)) {
      if (::rmdir(created.c_str()) != 0) break;
    }
    return std::move(result_);
  }

 private:
  void search() {
    try {
      WorkersOptions chosen = options_.workers;
      chosen.folder = options_.findings;
      Workers workers(turns_, drawing_, chosen);
      if (options_.runs_findings_again) run_again(workers);
      if (!result_.error && !result_.interrupted && !is_full()) verify(workers);
      if (!result_.error) keep(workers);
      result_.progress = progress(workers);
      for (std::size_t i = 0; i < drawing_.in_full(); ++i) {
        const ProfileProgress& row = result_.progress.profiles[i];
        result_.reach.push_back({row.profile, row.counters.reach, row.counters.states});
      }
      result_.passages = workers.passages();
      result_.accepted_seen.insert(workers.accepted_seen().begin(), workers.accepted_seen().end());
    } catch (const std::exception& error) {
      result_.error = FileError{error.what()};
    }
  }

  void run_again(Workers& workers) {
    for (const std::size_t i : each_subject()) {
      if (!result_.error && !result_.interrupted) run_again(workers, subjects_[i], turns_[i]);
    }
    for (const std::string& path : left_running(options_.findings)) {
      if (!result_.error && !result_.interrupted) take_up(workers, path);
    }
  }

  // A subject may have several turns.
  [[nodiscard]] std::vector<std::size_t> each_subject() const {
    std::vector<std::size_t> each;
    std::set<std::string> names;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      if (names.insert(subjects_[i].name).second) each.push_back(i);
    }
    return each;
  }

  // A trace that ran when everything was killed: it may be why.
  void take_up(Workers& workers, const std::string& path) {
    const auto loaded = load_trace(path);
    if (const auto* trace = std::get_if<Trace>(&loaded)) {
      const auto& drawn = drawing_.profiles();
      // Another search knows what to do with it.
      if (std::find(drawn.begin(), drawn.end(), trace->profile) == drawn.end()) return;
      for (const std::size_t i : each_subject()) {
        if (!subjects_[i].can_run(*trace)) continue;
        const Verdict verdict = Isolated(turns_[i], options_.workers.observe, options_.workers.timeout).check(*trace);
        if (verdict.outcome == Outcome::agree || is_accepted(trace->profile, verdict.signature) ||
            !add_known(workers, trace->profile, verdict.signature)) {
          continue;
        }
        Finding finding = finding_of(subjects_[i]);
        finding.command = "cyclecheck replay FOLDER";
        add(std::move(finding), *trace, verdict,
            {turns_[i], options_.workers.observe, options_.workers.timeout, options_.shrink_time, options_.findings});
      }
    }
    std::error_code ignored;
    if (!result_.error) std::filesystem::remove(path, ignored);
    result_.interrupted = listener_.interrupted();
  }

  // Whether a failure is accepted; then it has come.
  bool is_accepted(ProfileId profile, const std::string& signature) {
    if (options_.workers.accepted == nullptr) return false;
    const auto row = options_.workers.accepted->find(profile, signature);
    if (row) result_.accepted_seen.insert(*row);
    return row.has_value();
  }

  // It is not looked for. False: it was not, before.
  bool add_known(Workers& workers, ProfileId profile, const std::string& signature) {
    const auto& profiles = drawing_.profiles();
    const auto column = std::find(profiles.begin(), profiles.end(), profile);
    return column == profiles.end() ||
           workers.add_known(static_cast<std::size_t>(column - profiles.begin()), signature);
  }

  // The level is that of the comparison, which the subject may lower, or raise as far as the order of deaths goes.
  [[nodiscard]] Finding finding_of(const SubjectEntry& subject) const {
    Finding finding;
    finding.subject = subject.name;
    finding.level = options_.level;
    finding.promised = subject.level;
    return finding;
  }

  void run_again(Workers& workers, const SubjectEntry& subject, const MakeContestants& make) {
    auto ran = run_findings_again(options_.findings, subject, options_.workers.timeout,
                                  [&] { return listener_.interrupted(); });
    if (const auto* error = std::get_if<FileError>(&ran)) {
      result_.error = *error;
      return;
    }
    for (StoredAgain& again : std::get<std::vector<StoredAgain>>(ran)) {
      listener_.ran_again(again);
      if (again.is_mended()) {
        result_.mended.push_back(std::move(again));
        continue;
      }
      const Trace trace = again.finding.investigation.trace;
      if (is_accepted(trace.profile, again.signature)) continue;
      (void)add_known(workers, trace.profile, again.signature);
      if (!again.finding.unshrunk) {
        result_.still_failing.push_back(std::move(again));
        continue;
      }
      PursueOptions pursuing{make, options_.workers.observe, options_.workers.timeout, options_.shrink_time,
                             options_.findings};
      add(std::move(again.finding), trace, *again.verdict.find(again.signature), std::move(pursuing));
      if (result_.error || listener_.interrupted()) break;
    }
    result_.interrupted = listener_.interrupted();
  }

  // Shrinks and stores what failed.
  void add(Finding finding, const Trace& trace, const Verdict& verdict, PursueOptions pursuing) {
    pursuing.same_as = [&](const Finding& shrunk) {
      const std::string shape = shape_of(shrunk.investigation);
      if (shape.empty()) return std::string{};
      const auto [first, is_new] = shapes_.try_emplace(shape, folder_name(shrunk));
      return is_new || first->second == folder_name(shrunk) ? std::string{} : first->second;
    };
    result_.error = pursue(finding, trace, verdict, pursuing, listener_);
    if (!finding.same_as.empty()) ++same_;
    result_.findings.push_back(std::move(finding));
  }

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
      if (is_full()) return;
    }
  }

  [[nodiscard]] bool is_full() {
    result_.stopped_at_max_findings = result_.findings.size() - not_seen_again_ - same_ >= options_.max_findings;
    return result_.stopped_at_max_findings;
  }

  void keep(const Workers& workers) {
    kept_ = Clock::now();
    if (options_.keep) result_.error = options_.keep(workers);
  }

  void handle(SearchFailure& failure, Workers& workers) {
    Trace trace;
    drawing_.draw(failure.position, failure.mark, trace);
    const SubjectEntry& subject = subjects_[failure.turn];
    Finding finding = finding_of(subject);
    drawing_.describe(failure.position, finding);
    failure.index = finding.index;
    const std::size_t column = drawing_.column(failure.position);
    const Observe observe = observe_at(options_.workers, drawing_.index(failure.position), trace);
    if (failure.verdict.outcome != Outcome::divergence && !subject.special) {
      Isolated isolated(turns_[failure.turn], observe, options_.workers.timeout);
      if (auto beginning = divergent_beginning(isolated, trace)) {
        // The crash comes of the divergence; another trace may crash of itself.
        forget(workers);
        const AcceptedFailures* accepted = options_.workers.accepted;
        if (accepted != nullptr && accepted->find(trace.profile, beginning->verdict.signature)) return;
        if (!workers.add_known(column, beginning->verdict.signature)) return;
        finding.later = failure.verdict.signature;
        finding.original = std::exchange(trace, std::move(beginning->trace));
        failure.verdict = std::move(beginning->verdict);
      }
    }
    listener_.failed(failure, trace);
    PursueOptions pursuing{turns_[failure.turn], observe, options_.workers.timeout, options_.shrink_time,
                           options_.findings};
    if (drawing_.has_one_each()) {
      pursuing.history = {static_cast<std::size_t>(failure.position - failure.since), [&](std::size_t i) {
                            Trace earlier;
                            drawing_.draw(failure.since + i, {}, earlier);
                            return earlier;
                          }};
    }
    add(std::move(finding), trace, failure.verdict, std::move(pursuing));
    ++findings_[column];
    if (result_.findings.back().investigation.reproduced == 0) {
      if (forget(workers)) ++not_seen_again_;
    }
  }

  // The failure that came last does not count, since another trace may show more; not too often.
  bool forget(Workers& workers) {
    if (forgotten_ == kMostForgotten) return false;
    ++forgotten_;
    workers.forget_failure();
    return true;
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
  std::size_t forgotten_ = 0;
  // Findings that show the same as others, whose folders these are by shape.
  std::size_t same_ = 0;
  std::map<std::string, std::string> shapes_;
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
    sum.counters.accepted += row.counters.accepted;
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

#include "harness/exhaust/search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "harness/compare/compare.hpp"
#include "harness/exhaust/worker.hpp"
#include "harness/isolate/isolate.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

class Search {
 public:
  Search(const SubjectEntry& subject, const ExhaustOptions& options, ExhaustListener& listener)
      : options_(options), listener_(listener), ground_(subject, options) {}

  ExhaustResult run() {
    if (const auto prepared = prepare_findings(options_.findings); std::holds_alternative<FileError>(prepared)) {
      result_.error = std::get<FileError>(prepared);
      return std::move(result_);
    }
    if (!options_.checkpoint.empty() && std::filesystem::exists(options_.checkpoint)) result_.error = restore();
    verified_before_ = verified();
    try {
      while (!result_.error && ground_.state().current < options_.profiles.size() && go_on()) continue;
    } catch (const std::exception& error) {
      result_.error = FileError{error.what()};
    }
    result_.progress = progress();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::optional<FileError> restore() {
    const auto bytes = read_file(options_.checkpoint);
    if (const auto* error = std::get_if<FileError>(&bytes)) return *error;
    const auto parsed = parse_checkpoint(options_.checkpoint, std::get<std::string>(bytes));
    if (const auto* error = std::get_if<FileError>(&parsed)) return *error;
    return ground_.restore(std::get<Checkpoint>(parsed));
  }

  // Until the worker reports, or is to be stopped. False: the search is over.
  bool go_on() {
    ExhaustState& state = ground_.state();
    if (!worker_) {
      state.stop.store(false);
      state.phase.store(Phase::idle);
      worker_ = std::make_unique<WorkerProcess>([this](int socket) { ground_.serve(socket, known_); });
    }
    begin_ = Clock::now();
    const auto tick = [&] {
      listener_.progress(progress());
      return !listener_.interrupted();
    };
    std::vector<std::uint8_t> bytes;
    const Watched watched = watch(*worker_, state.heartbeat, options_.timeout, Clock::time_point::max(), tick, bytes);
    spent_ += Clock::now() - *begin_;
    begin_.reset();
    if (watched == Watched::stopped) {
      result_.interrupted = true;
      stop_worker();
      return false;
    }
    if (watched != Watched::message) return handle(bury(watched == Watched::hung));
    MessageReader reader{bytes};
    const auto kind = reader.get<ExhaustReport>();
    const Verdict verdict = reader.get_verdict();
    if (kind == ExhaustReport::error) throw std::runtime_error(verdict.output);
    if (kind == ExhaustReport::finished) {
      (void)worker_->wait(kLastWords);
      worker_.reset();
      return false;
    }
    if (!handle(verdict)) {
      stop_worker();
      return false;
    }
    if (!send_message(worker_->socket(), MessageWriter{})) worker_.reset();
    return true;
  }

  void stop_worker() {
    if (!worker_) return;
    ground_.state().stop.store(true);
    // It may wait for an answer.
    (void)send_message(worker_->socket(), MessageWriter{});
    (void)worker_->wait(std::chrono::duration<double>(options_.timeout).count());
    worker_.reset();
    spent_processor_ += ground_.state().processor_seconds.exchange(0);
  }

  // The verdict on the trace that killed the worker; the next one goes on behind it.
  [[nodiscard]] Verdict bury(bool hung) {
    ExhaustState& state = ground_.state();
    const Phase phase = state.phase.load(std::memory_order_acquire);
    const Death death = death_of(*worker_, hung, phase);
    worker_.reset();
    spent_processor_ += state.processor_seconds.exchange(0);
    if (phase == Phase::idle && !state.begun) throw std::runtime_error("the worker died: " + signature_of(death.end));
    ExhaustState::Counters& counters = state.counters[state.current];
    ++counters.traces;
    ++counters.failures;
    counters.operations += state.position.length;
    state.position.closed = true;
    return death.verdict;
  }

  // A failure of the trace at the state's position. False: the search is to end.
  bool handle(const Verdict& verdict) {
    const ExhaustState& state = ground_.state();
    const auto is_same = [&](const auto& known) {
      return known.first == state.current && same_failure(known.second, verdict.signature);
    };
    if (std::any_of(known_.begin(), known_.end(), is_same)) return true;
    known_.emplace_back(state.current, verdict.signature);
    const Trace trace = normalised(ground_.trace_at(state.current, state.position));
    listener_.failed(verdict, trace);
    Finding finding;
    finding.subject = ground_.subject.name;
    finding.level = options_.level;
    finding.command = ground_.description;
    const PursueOptions pursuing{ground_.make, Observe::digest, options_.timeout, options_.shrink_time,
                                 options_.findings};
    result_.error = pursue(finding, trace, verdict, pursuing, listener_);
    result_.findings.push_back(std::move(finding));
    result_.interrupted = listener_.interrupted();
    result_.stopped_at_max_findings = result_.findings.size() >= options_.max_findings;
    return !result_.error && !result_.interrupted && !result_.stopped_at_max_findings;
  }

  [[nodiscard]] std::uint64_t verified() const {
    std::uint64_t traces = 0;
    for (std::size_t i = 0; i < options_.profiles.size(); ++i) traces += ground_.state().counters[i].traces.load();
    return traces;
  }

  [[nodiscard]] ExhaustProgress progress() const {
    ExhaustProgress progress;
    progress.verifying = spent_;
    if (begin_) progress.verifying += Clock::now() - *begin_;
    progress.processor = std::chrono::duration<double>(spent_processor_ + ground_.state().processor_seconds.load());
    progress.traces = verified() - verified_before_;
    for (std::size_t i = 0; i < options_.profiles.size(); ++i) {
      const ExhaustState::Counters& counters = ground_.state().counters[i];
      const DistinctCount& states = ground_.states(i);
      progress.rows.push_back({options_.profiles[i], counters.traces, counters.operations, counters.failures,
                               states.size(), states.is_exact(), counters.done});
    }
    return progress;
  }

  const ExhaustOptions& options_;
  ExhaustListener& listener_;
  ExhaustGround ground_;
  std::unique_ptr<WorkerProcess> worker_;
  // Profiles and signatures that were reported.
  std::vector<std::pair<std::size_t, std::string>> known_;
  ExhaustResult result_;
  std::uint64_t verified_before_ = 0;
  std::chrono::duration<double> spent_{0};
  double spent_processor_ = 0;
  std::optional<Clock::time_point> begin_;
};

}  // namespace

std::string describe_search(const SubjectEntry& subject, const ExhaustOptions& options) {
  std::string text = fmt::format(
      "cyclecheck exhaust --alphabet {} --objects {} --weakrefs {} --ops {} --subject {} --level {}", options.alphabet,
      options.objects, options.weak_references, options.walk.operations, subject.name, to_string(options.level));
  for (const ProfileId id : options.profiles) text += fmt::format(" --profile {}", profile(id).name);
  if (options.threshold) text += fmt::format(" --threshold {}", fmt::join(*options.threshold, ","));
  if (!options.walk.one_naming || !options.walk.one_order || !options.walk.without_idle) text += " --no-reduction";
  if (subject.lacks.any()) text += " --without " + words_of(subject.lacks);
  return text;
}

ExhaustResult run_exhaust(const SubjectEntry& subject, const ExhaustOptions& options, ExhaustListener& listener) {
  return Search(subject, options, listener).run();
}

}  // namespace cyclecheck

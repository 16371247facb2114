#include "harness/search/batch.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "harness/compare/compare.hpp"
#include "harness/generate/generate.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

struct BatchState {
  std::atomic<Phase> phase{Phase::idle};
  // Number of the trace that runs, counted over all profiles.
  std::atomic<std::uint64_t> position{0};
  // Grows with every trace.
  std::atomic<std::uint64_t> heartbeat{0};
  std::atomic<bool> stop{false};
  std::array<ProfileCounters, kProfiles> profiles;
};

namespace {

using Clock = std::chrono::steady_clock;
using std::memory_order_relaxed;

enum class Report : std::uint8_t { failure, finished, error };

// The worker is the only writer: no read-modify-write is needed.
void raise_by(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  counter.store(counter.load(memory_order_relaxed) + by, memory_order_relaxed);
}

}  // namespace

Batch::Batch(MakeContestants make, BatchOptions options, RunningTrace& spool)
    : make_(std::move(make)), options_(std::move(options)), spool_(spool), state_(make_shared_value<BatchState>()) {}

Batch::~Batch() {
  worker_.reset();
  free_shared_value(state_);
}

const ProfileCounters& Batch::counters(ProfileId id) const { return state_->profiles[static_cast<std::size_t>(id)]; }

bool Batch::is_known(ProfileId id, const std::string& signature) const {
  return std::any_of(known_.begin(), known_.end(),
                     [&](const auto& known) { return known.first == id && same_failure(known.second, signature); });
}

BatchFailure Batch::failure_at(std::uint64_t position, Verdict verdict) const {
  const std::uint64_t profiles = options_.profiles.size();
  return {options_.profiles[static_cast<std::size_t>(position % profiles)], options_.first + position / profiles,
          std::move(verdict)};
}

// The worker's loop.
void Batch::serve(int socket) {
  Contestants contestants = make_();
  Logs logs;
  Trace trace;
  std::vector<std::uint8_t> bytes;
  const auto report = [&](Report kind, const Verdict& verdict) {
    MessageWriter writer;
    writer.put(kind);
    writer.put(verdict);
    return send_message(socket, writer);
  };
  const std::uint64_t profiles = options_.profiles.size();
  std::uint64_t position = state_->position.load();
  for (; !state_->stop.load(memory_order_relaxed); state_->position.store(++position, std::memory_order_release)) {
    if (position / profiles >= options_.traces) {
      (void)report(Report::finished, {});
      return;
    }
    const ProfileId id = options_.profiles[static_cast<std::size_t>(position % profiles)];
    generate(options_.seed, options_.first + position / profiles, options_.generate(id), trace);
    try {
      spool_.put(trace);
    } catch (const std::system_error& error) {
      Verdict verdict;
      verdict.output = error.what();
      (void)report(Report::error, verdict);
      return;
    }
    Verdict verdict = check(contestants, trace, options_.observe, logs, state_->phase);
    ProfileCounters& counters = state_->profiles[static_cast<std::size_t>(id)];
    raise_by(counters.traces, 1);
    raise_by(counters.operations, trace.operations.size());
    raise_by(counters.events, logs.model.all().size());
    if (contestants.add_reach) contestants.add_reach(counters.reach);
    if (contestants.add_states) contestants.add_states(counters.states);
    raise_by(state_->heartbeat, 1);
    if (verdict.outcome == Outcome::agree) continue;
    raise_by(counters.failures, 1);
    if (verdict.outcome == Outcome::exception) contestants = make_();
    if (is_known(id, verdict.signature)) continue;
    known_.emplace_back(id, verdict.signature);
    if (!report(Report::failure, verdict)) return;
    // The parent shrinks and stores the failure, then sends an empty message.
    if (receive_message(socket, std::chrono::milliseconds{-1}, bytes) != Receive::message) return;
  }
}

void Batch::start() {
  state_->stop.store(false);
  state_->phase.store(Phase::idle);
  worker_waits_ = false;
  worker_ = std::make_unique<WorkerProcess>([this](int socket) { serve(socket); });
}

void Batch::stop_worker() {
  state_->stop.store(true);
  const double seconds = std::chrono::duration<double>(options_.timeout).count();
  (void)worker_->wait(seconds);
  worker_.reset();
}

std::optional<BatchFailure> Batch::bury(bool hung) {
  Verdict verdict = death_of(*worker_, hung, state_->phase.load(std::memory_order_acquire)).verdict;
  worker_.reset();
  const std::uint64_t position = state_->position.load(std::memory_order_acquire);
  BatchFailure failure = failure_at(position, std::move(verdict));
  // The next worker goes on behind the trace that killed this one.
  state_->position.store(position + 1);
  ProfileCounters& counters = state_->profiles[static_cast<std::size_t>(failure.profile)];
  raise_by(counters.traces, 1);
  raise_by(counters.failures, 1);
  if (is_known(failure.profile, failure.verdict.signature)) return std::nullopt;
  known_.emplace_back(failure.profile, failure.verdict.signature);
  return failure;
}

void Batch::forget_failure() {
  known_.pop_back();
  if (!std::exchange(worker_waits_, false)) return;
  worker_->kill();
  (void)worker_->wait(kLastWords);
  worker_.reset();
  state_->position.store(state_->position.load() + 1);
}

std::optional<BatchFailure> Batch::next(Clock::time_point until, const std::function<bool()>& tick) {
  if (done_) return std::nullopt;
  if (!worker_) start();
  if (std::exchange(worker_waits_, false) && !send_message(worker_->socket(), MessageWriter{})) {
    if (auto failure = bury(false)) return failure;
    start();
  }
  std::vector<std::uint8_t> bytes;
  while (true) {
    const Watched watched = watch(*worker_, state_->heartbeat, options_.timeout, until, tick, bytes);
    if (watched == Watched::stopped) {
      stop_worker();
      return std::nullopt;
    }
    if (watched != Watched::message) {
      if (auto failure = bury(watched == Watched::hung)) return failure;
      start();
      continue;
    }
    MessageReader reader{bytes};
    const auto kind = reader.get<Report>();
    Verdict verdict = reader.get_verdict();
    if (kind == Report::error) throw std::runtime_error(verdict.output);
    if (kind == Report::finished) {
      done_ = true;
      (void)worker_->wait(kLastWords);
      worker_.reset();
      return std::nullopt;
    }
    worker_waits_ = true;
    BatchFailure failure = failure_at(state_->position.load(), std::move(verdict));
    known_.emplace_back(failure.profile, failure.verdict.signature);
    return failure;
  }
}

}  // namespace cyclecheck

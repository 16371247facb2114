#include "harness/isolate/isolated.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/isolate/death.hpp"
#include "harness/isolate/message.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

struct WorkerState {
  std::atomic<Phase> phase{Phase::idle};
};

namespace {

// Runs one side alone; nothing if it threw.
std::optional<Log> run_alone(Subject& side, const Trace& trace, Observe observe) {
  try {
    Log log;
    side.run(trace, observe, log);
    return log;
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

Isolated::Isolated(MakeContestants make, Observe observe, std::chrono::milliseconds timeout)
    : make_(std::move(make)), observe_(observe), limits_{timeout}, state_(make_shared_value<WorkerState>()) {}

Isolated::~Isolated() {
  worker_.reset();
  free_shared_value(state_);
}

void Isolated::serve(const MakeContestants& make, Observe observe, WorkerState& state, int socket) {
  Contestants contestants = make();
  Logs logs;
  std::vector<std::uint8_t> bytes;
  while (receive_message(socket, std::chrono::milliseconds{-1}, bytes) == Receive::message) {
    MessageReader reader{bytes};
    const auto request = reader.get<Request>();
    const Trace trace = reader.get_trace();
    Examination examination;
    if (request == Request::model_alone) {
      if (contestants.runs_model) examination.model = run_alone(*contestants.model, trace, observe);
    } else if (request == Request::subject_alone) {
      examination.subject = run_alone(*contestants.subject, trace, observe);
    } else {
      examination.verdict = cyclecheck::check(contestants, trace, observe, logs, state.phase);
      const Verdict& verdict = examination.verdict;
      const bool answered = verdict.outcome == Outcome::agree || verdict.outcome == Outcome::divergence;
      if (request == Request::logs && answered) {
        if (contestants.runs_model) examination.model = logs.model;
        if (!verdict.left_out) examination.subject = logs.subject;
      }
      // What an exception left behind is not to disturb the traces that follow.
      if (examination.verdict.outcome == Outcome::exception) contestants = make();
    }
    MessageWriter writer;
    writer.put(examination.verdict);
    writer.put_optional(examination.model ? &*examination.model : nullptr);
    writer.put_optional(examination.subject ? &*examination.subject : nullptr);
    if (!send_message(socket, writer)) return;
  }
}

void Isolated::start() {
  state_->phase.store(Phase::idle);
  worker_ = std::make_unique<WorkerProcess>([this](int socket) { serve(make_, observe_, *state_, socket); });
}

Verdict Isolated::bury(bool hung) {
  Verdict verdict = death_of(*worker_, hung, state_->phase.load(std::memory_order_acquire)).verdict;
  worker_.reset();
  return verdict;
}

// What the phase may take. A worker that starts, or starts its subject, is not slow because of the trace; the
// processor time is limited for what the subject does with it.
TraceLimits Isolated::limits_of(Phase phase) const {
  constexpr std::chrono::seconds kStart{10};
  if (phase == Phase::idle) return {std::max<std::chrono::milliseconds>(limits_.time, kStart)};
  if (phase == Phase::model) return {limits_.time};
  return limits_;
}

Receive Isolated::await(std::vector<std::uint8_t>& bytes) {
  // Often enough to see when a phase begins.
  const auto limit = limits_.processor.count() > 0 ? std::min(limits_.time, limits_.processor) : limits_.time;
  const auto look = std::max(limit / 4, std::chrono::milliseconds{1});
  HangGuard guard;
  guard.begin(*worker_, static_cast<std::uint64_t>(Phase::idle), limits_of(Phase::idle));
  while (true) {
    // Each phase has its time: a worker that has just begun with the subject is not taken for one that hangs there.
    const Phase phase = state_->phase.load(std::memory_order_acquire);
    const auto left = guard.left(*worker_, static_cast<std::uint64_t>(phase), limits_of(phase));
    if (left.count() == 0) return Receive::timed_out;
    const Receive received = receive_message(worker_->socket(), std::min(left, look), bytes);
    if (received == Receive::message || received == Receive::closed) return received;
  }
}

Examination Isolated::ask(const Trace& trace, Request request) {
  if (!worker_) start();
  MessageWriter writer;
  writer.put(request);
  writer.put(trace);
  Examination examination;
  if (!send_message(worker_->socket(), writer)) {
    examination.verdict = bury(false);
    return examination;
  }
  std::vector<std::uint8_t> bytes;
  if (const Receive received = await(bytes); received != Receive::message) {
    examination.verdict = bury(received == Receive::timed_out);
    return examination;
  }
  MessageReader reader{bytes};
  examination.verdict = reader.get_verdict();
  examination.model = reader.get_optional_log();
  examination.subject = reader.get_optional_log();
  return examination;
}

Verdict Isolated::check(const Trace& trace) { return ask(trace, Request::verdict).verdict; }

Examination Isolated::examine(const Trace& trace) {
  Examination examination = ask(trace, Request::logs);
  if (!examination.model) examination.model = ask(trace, Request::model_alone).model;
  if (!examination.subject && examination.verdict.outcome == Outcome::exception) {
    examination.subject = ask(trace, Request::subject_alone).subject;
  }
  return examination;
}

}  // namespace cyclecheck

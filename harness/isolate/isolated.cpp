#include "harness/isolate/isolated.hpp"

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

Receive Isolated::await(std::vector<std::uint8_t>& bytes) {
  HangGuard guard;
  guard.begin(*worker_, 0, limits_);
  while (true) {
    const auto left = guard.left(*worker_, 0, limits_);
    if (left.count() == 0) return Receive::timed_out;
    const Receive received = receive_message(worker_->socket(), left, bytes);
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

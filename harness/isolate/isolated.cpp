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

void put_optional(MessageWriter& writer, const std::optional<Log>& log) {
  writer.put(log.has_value());
  if (log) writer.put(*log);
}

std::optional<Log> get_optional(MessageReader& reader) {
  if (!reader.get<bool>()) return std::nullopt;
  return reader.get_log();
}

}  // namespace

Isolated::Isolated(MakeContestants make, Observe observe, std::chrono::milliseconds timeout)
    : make_(std::move(make)), observe_(observe), timeout_(timeout), state_(make_shared_value<WorkerState>()) {}

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
    put_optional(writer, examination.model);
    put_optional(writer, examination.subject);
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
  using Clock = std::chrono::steady_clock;
  using std::chrono::microseconds;
  constexpr std::chrono::milliseconds kLeast{1};
  const auto deadline = Clock::now() + timeout_;
  const microseconds delayed_before = worker_->delayed();
  const bool is_limited = processor_time_.count() > 0;
  const microseconds spent_before = is_limited ? worker_->processor_time() : microseconds{0};
  auto patience = is_limited ? std::min(timeout_, processor_time_) : timeout_;
  while (true) {
    const Receive received = receive_message(worker_->socket(), patience, bytes);
    if (received != Receive::interrupted && received != Receive::timed_out) return received;
    const auto delayed = worker_->delayed() - delayed_before;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline + delayed - Clock::now());
    if (received == Receive::timed_out && left.count() <= 0) return received;
    patience = std::max(left, std::chrono::milliseconds{0});
    if (!is_limited) continue;
    // One thread cannot use up what is left of its processor time any sooner.
    const auto unspent = spent_before + processor_time_ - worker_->processor_time();
    if (unspent.count() <= 0) return Receive::timed_out;
    patience = std::min(patience, std::chrono::duration_cast<std::chrono::milliseconds>(unspent) + kLeast);
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
  examination.model = get_optional(reader);
  examination.subject = get_optional(reader);
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

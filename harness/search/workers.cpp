#include "harness/search/workers.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "harness/isolate/isolate.hpp"
#include "harness/search/running_trace.hpp"
#include "harness/search/worker.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kLongestStop{5'000};

// Behind every trace.
constexpr std::pair<std::uint64_t, std::uint64_t> kEnd{UINT64_MAX, UINT64_MAX};

}  // namespace

void ChunksDone::add(std::uint64_t number) {
  beyond.insert(number);
  while (!beyond.empty() && *beyond.begin() == before) {
    beyond.erase(beyond.begin());
    ++before;
  }
}

struct Workers::Member {
  std::size_t number = 0;
  std::string path;
  // What it had done when it reported its last chunk, for each profile.
  std::vector<ProfileCounters> done;
  SearchWorkerState* state = make_shared_value<SearchWorkerState>();
  std::unique_ptr<WorkerProcess> process;
  bool is_done = false;
  HangGuard guard;

  Member() = default;
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  ~Member() {
    process.reset();
    free_shared_value(state);
    unlink(path.c_str());
  }
};

Workers::Workers(std::vector<MakeContestants> turns, const Drawing& drawing, WorkersOptions options)
    : turns_(std::move(turns)),
      drawing_(drawing),
      options_(std::move(options)),
      shared_(make_shared_value<SearchShared>()) {
  if (options_.folder.empty()) options_.folder = std::filesystem::temp_directory_path().string();
  for (std::uint32_t i = 0; i < std::max(options_.jobs, 1U); ++i) {
    auto member = std::make_unique<Member>();
    member->number = i;
    member->done.resize(drawing.profiles().size());
    member->path = running_path(options_.folder, i);
    members_.push_back(std::move(member));
  }
  shared_->next_chunk.store(options_.done.before);
}

Workers::~Workers() {
  members_.clear();
  free_shared_value(shared_);
}

ProfileCounters Workers::counters(std::size_t column) const {
  ProfileCounters sum;
  for (const auto& member : members_) {
    const SearchWorkerState::Column& of = member->state->columns[column];
    sum.traces += of.traces.load();
    sum.operations += of.operations.load();
    sum.events += of.events.load();
    sum.failures += of.failures.load();
    sum.accepted += of.accepted.load();
    sum.left_out += of.left_out.load();
    for (std::size_t i = 0; i < sum.reach.size(); ++i) sum.reach[i] += of.reach[i].load();
    for (std::size_t i = 0; i < sum.rules.size(); ++i) sum.rules[i] += of.rules[i].load();
    sum.states = std::max<std::uint64_t>(sum.states, of.states.size());
  }
  return sum;
}

Passages Workers::passages() const {
  Passages sum{};
  for (const auto& member : members_) {
    for (std::size_t i = 0; i < kPassages; ++i) sum[i] += member->state->passages[i].load();
  }
  return sum;
}

ProfileCounters Workers::counters_of_done(std::size_t column) const {
  ProfileCounters sum;
  for (const auto& member : members_) {
    sum.traces += member->done[column].traces;
    sum.operations += member->done[column].operations;
    sum.failures += member->done[column].failures;
  }
  return sum;
}

bool Workers::is_done() const {
  return std::all_of(members_.begin(), members_.end(), [](const auto& member) { return member->is_done; });
}

std::chrono::microseconds Workers::processor_time() const {
  std::chrono::microseconds sum = spent_;
  for (const auto& member : members_) {
    if (member->process) sum += member->process->processor_time();
  }
  return sum;
}

// The guard's time begins anew.
void Workers::begin(Member& member) {
  member.guard.begin(*member.process, member.state->heartbeat.load(), {options_.timeout});
}

bool Workers::hangs(Member& member) const {
  return member.guard.left(*member.process, member.state->heartbeat.load(), {options_.timeout}).count() == 0;
}

void Workers::start(Member& member) {
  member.state->phase.store(Phase::idle);
  member.process = std::make_unique<WorkerProcess>([this, &member](int socket) {
    serve_search(turns_, drawing_, options_, member.number, member.path, *shared_, *member.state, socket);
  });
  begin(member);
}

// All that a worker has said; its end.
void Workers::hear(Member& member) {
  while (member.process) {
    const Receive received = receive_message(member.process->socket(), std::chrono::milliseconds{0}, received_);
    if (received == Receive::closed) return bury(member, false);
    if (received != Receive::message) return;
    begin(member);
    MessageReader reader{received_};
    const auto kind = reader.get<WorkerReport>();
    if (kind == WorkerReport::note) {
      const auto bytes = reader.get_values<std::uint8_t>();
      MessageReader note{bytes};
      if (options_.note) options_.note(note);
      continue;
    }
    if (kind == WorkerReport::chunk) {
      options_.done.add(reader.get<std::uint64_t>());
      for (ProfileCounters& column : member.done) {
        column.traces = reader.get<std::uint64_t>();
        column.operations = reader.get<std::uint64_t>();
        column.failures = reader.get<std::uint64_t>();
      }
      continue;
    }
    SearchFailure failure;
    failure.position = reader.get<std::uint64_t>();
    failure.mark = reader.get<Mark>();
    failure.since = reader.get<std::uint64_t>();
    failure.turn = reader.get<std::uint32_t>();
    failure.verdict = reader.get_verdict();
    failure.kept = reader.get_string();
    if (kind == WorkerReport::error) throw std::runtime_error(failure.verdict.output);
    if (kind == WorkerReport::failure) {
      waiting_.emplace(Place{failure.position, failure.mark.number}, std::move(failure));
      continue;
    }
    member.is_done = true;
    spent_ += member.process->processor_time();
    (void)member.process->wait(kLastWords);
    member.process.reset();
  }
}

// A worker is dead, or hangs. What it ran has failed, unless it ended because it was to.
void Workers::bury(Member& member, bool hung) {
  SearchWorkerState& state = *member.state;
  const Phase phase = state.phase.load(std::memory_order_acquire);
  spent_ += member.process->processor_time();
  Death death = death_of(*member.process, hung, phase);
  member.process.reset();
  const bool ended_well = !hung && phase == Phase::idle && death.end.signal == 0 && death.end.status == 0;
  const bool is_idle = state.undone.load() >= state.end.load();
  if (!ended_well && is_idle) throw std::runtime_error("a worker died: " + death.verdict.signature);
  if (!ended_well) {
    const std::uint64_t position = state.running.load(std::memory_order_acquire);
    SearchWorkerState::Column& column = state.columns[drawing_.column(position)];
    ++column.traces;
    ++(is_accepted(options_, drawing_.profiles()[drawing_.column(position)], death.verdict) ? column.accepted
                                                                                            : column.failures);
    column.operations += state.operations.load();
    SearchFailure failure{position, state.mark, state.since.load(), state.turn.load(), 0, std::move(death.verdict)};
    failure.kept = drawing_.running(member.number).value_or(std::string{});
    waiting_.emplace(Place{position, failure.mark.number}, std::move(failure));
    // One that was prepared has its turn later; the trace before it has still to run.
    if (!drawing_.has_one_each()) {
      state.done_here.store(state.mark.number + 1);
    } else if (position == state.undone.load()) {
      state.undone.store(position + 1);
    } else {
      state.skipped.store(position);
    }
  }
  if (!stopped_) start(member);
}

// Before it every trace is done.
Workers::Place Workers::frontier() const {
  Place least{drawing_.chunk(shared_->next_chunk.load()).begin, 0};
  for (const auto& member : members_) {
    // In this order: see Worker.
    const std::uint64_t undone = member->state->undone.load();
    const std::uint64_t done_here = member->state->done_here.load();
    if (undone < member->state->end.load()) least = std::min(least, {undone, done_here});
  }
  return least;
}

std::optional<SearchFailure> Workers::take_failure(const Place& before) {
  while (!waiting_.empty() && waiting_.begin()->first < before) {
    SearchFailure failure = std::move(waiting_.extract(waiting_.begin()).mapped());
    const std::size_t column = drawing_.column(failure.position);
    if (options_.accepted != nullptr) {
      if (const auto row = options_.accepted->find(drawing_.profiles()[column], failure.verdict.signature)) {
        accepted_seen_.insert(*row);
        continue;
      }
    }
    if (known_.add(column, failure.verdict.signature) || options_.every_failure) return failure;
  }
  return std::nullopt;
}

void Workers::stop(bool waits) {
  stopped_ = true;
  shared_->stop.store(true);
  const auto deadline = Clock::now() + std::min(options_.timeout, kLongestStop);
  for (const auto& member : members_) {
    while (member->process) {
      if (waits && hangs(*member)) {
        bury(*member, true);
        break;
      }
      if (!waits && Clock::now() >= deadline) {
        // It is not known whether the trace that it runs would have failed.
        spent_ += member->process->processor_time();
        member->process.reset();
        break;
      }
      pollfd socket{member->process->socket(), POLLIN, 0};
      (void)poll(&socket, 1, kTick.count());
      hear(*member);
    }
  }
}

std::optional<SearchFailure> Workers::look(std::chrono::milliseconds patience) {
  shared_->waits.store(false);
  for (const auto& member : members_) {
    if (!member->process && !member->is_done) start(*member);
  }
  // In this order: what failed before the frontier was said before it was seen there.
  const Place done = options_.as_they_come ? kEnd : frontier();
  for (const auto& member : members_) hear(*member);
  if (auto failure = take_failure(done)) return failure;
  std::vector<pollfd> sockets;
  for (const auto& member : members_) {
    if (member->process) sockets.push_back({member->process->socket(), POLLIN, 0});
  }
  // All are done: nothing is waited for.
  if (sockets.empty()) return std::nullopt;
  (void)poll(sockets.data(), sockets.size(), static_cast<int>(patience.count()));
  for (const auto& member : members_) {
    if (!member->process || !hangs(*member)) continue;
    // What it has said by now comes first.
    hear(*member);
    if (member->process && hangs(*member)) bury(*member, true);
  }
  return std::nullopt;
}

std::optional<SearchFailure> Workers::next(Clock::time_point until, const std::function<bool()>& tick) {
  // They have waited.
  for (const auto& member : members_) {
    if (member->process) begin(*member);
  }
  while (!stopped_) {
    const auto now = Clock::now();
    // A failure waits until all before it is done.
    const auto patience = waiting_.empty() ? kTick : std::chrono::milliseconds{1};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    if (auto failure = look(std::clamp(left, std::chrono::milliseconds{0}, patience))) {
      shared_->waits.store(true);
      return failure;
    }
    if (is_done()) {
      stopped_ = true;
    } else if (Clock::now() >= until) {
      stop(true);
    } else if (!tick()) {
      stop(false);
    }
  }
  return take_failure(kEnd);
}

std::vector<pid_t> Workers::processes() const {
  std::vector<pid_t> processes;
  for (const auto& member : members_) {
    if (member->process) processes.push_back(member->process->pid());
  }
  return processes;
}

}  // namespace cyclecheck

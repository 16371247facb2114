#include "harness/exhaust/worker.hpp"

#include <ctime>

#include <algorithm>

#include "harness/compare/compare.hpp"
#include "harness/exhaust/seen_model.hpp"
#include "harness/isolate/isolate.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;
using std::memory_order_relaxed;

// How often the clock is looked at, and the checkpoint is written.
constexpr std::uint64_t kTraces = 2048;
constexpr std::chrono::seconds kSaving{2};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The worker is the only writer: no read-modify-write is needed.
void raise_by(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  counter.store(counter.load(memory_order_relaxed) + by, memory_order_relaxed);
}

class Worker {
 public:
  Worker(const ExhaustGround& ground, int socket, std::vector<std::pair<std::size_t, std::string>> known)
      : ground_(ground), state_(ground.state()), socket_(socket), known_(std::move(known)) {
    make_sides();
  }

  void run() {
    while (state_.current < ground_.options.profiles.size()) {
      if (!search(state_.current)) return;
      state_.counters[state_.current].done.store(1);
      state_.position = {};
      state_.begun = false;
      ++state_.current;
    }
    if (!save()) return;
    (void)report(ExhaustReport::finished, {});
  }

 private:
  void make_sides() {
    sides_ = ground_.make();
    auto model = std::make_unique<SeenModel>();
    model_ = model.get();
    sides_.model = std::move(model);
    sides_.add_reach = nullptr;
    sides_.add_states = nullptr;
  }

  [[nodiscard]] bool report(ExhaustReport kind, const Verdict& verdict) {
    MessageWriter writer;
    writer.put(kind);
    writer.put(verdict);
    return send_message(socket_, writer);
  }

  [[nodiscard]] bool save() {
    last_saved_ = Clock::now();
    state_.processor_seconds.store(processor_seconds(), memory_order_relaxed);
    const auto error = ground_.save();
    if (!error) return true;
    Verdict verdict;
    verdict.output = error->message;
    (void)report(ExhaustReport::error, verdict);
    return false;
  }

  HeapOutline look(const Trace& trace) {
    model_->look(true);
    model_->run(trace, Observe::digest, logs_.model);
    return model_->view();
  }

  // All traces of one profile. False: the worker has to end.
  bool search(std::size_t profile) {
    Walk walk(ground_.alphabet, ground_.empty(profile), ground_.options.walk);
    if (state_.begun) {
      if (!walk.go_to(state_.position, [&](const Trace& trace) { return look(trace); })) {
        Verdict verdict;
        verdict.output = "the checkpoint names a trace that is none of this search";
        (void)report(ExhaustReport::error, verdict);
        return false;
      }
      if (walk.goes_on()) walk.see(look(walk.trace()));
      if (!walk.next()) return true;
    }
    do {
      state_.position = walk.position();
      state_.begun = true;
      if (walk.is_mine()) {
        model_->look(walk.goes_on());
        if (!verify(profile, walk)) return false;
        if (walk.goes_on()) walk.see(model_->view());
      } else if (walk.goes_on()) {
        walk.see(look(walk.trace()));
      }
      raise_by(state_.heartbeat, 1);
      if (++since_clock_ >= kTraces && !look_at_clock(profile, walk)) return false;
      if (state_.stop.load(memory_order_relaxed)) {
        (void)save();
        return false;
      }
    } while (walk.next());
    return true;
  }

  bool look_at_clock(std::size_t profile, const Walk& walk) {
    since_clock_ = 0;
    state_.counters[profile].done.store(walk.progress(), memory_order_relaxed);
    state_.processor_seconds.store(processor_seconds(), memory_order_relaxed);
    return Clock::now() - last_saved_ < kSaving || save();
  }

  // Runs and compares the trace that stands. False: the parent is gone.
  bool verify(std::size_t profile, Walk& walk) {
    const Verdict verdict = check(sides_, walk.trace(), Observe::digest, logs_, state_.phase);
    ExhaustState::Counters& counters = state_.counters[profile];
    raise_by(counters.traces, 1);
    raise_by(counters.operations, walk.length());
    ground_.states(profile).insert(model_->key());
    if (verdict.outcome == Outcome::agree) return true;
    raise_by(counters.failures, 1);
    if (verdict.outcome == Outcome::exception) {
      make_sides();
      walk.close();
      state_.position.closed = true;
    }
    const auto is_same = [&](const auto& known) {
      return known.first == profile && same_failure(known.second, verdict.signature);
    };
    if (std::any_of(known_.begin(), known_.end(), is_same)) return true;
    known_.emplace_back(profile, verdict.signature);
    if (!save() || !report(ExhaustReport::failure, verdict)) return false;
    // The parent shrinks and stores the failure, then sends an empty message.
    std::vector<std::uint8_t> bytes;
    return receive_message(socket_, std::chrono::milliseconds{-1}, bytes) == Receive::message;
  }

  const ExhaustGround& ground_;
  ExhaustState& state_;
  int socket_;
  std::vector<std::pair<std::size_t, std::string>> known_;
  Contestants sides_;
  SeenModel* model_ = nullptr;
  Logs logs_;
  std::uint64_t since_clock_ = 0;
  // Long ago: the first checkpoint is due at once.
  Clock::time_point last_saved_;
};

}  // namespace

ExhaustGround::ExhaustGround(const SubjectEntry& tested, const ExhaustOptions& chosen)
    : subject(tested),
      options(chosen),
      alphabet(make_alphabet(chosen.alphabet, chosen.objects, chosen.weak_references, tested.lacks)),
      make(against_model(tested, chosen.level)),
      description(describe_search(tested, chosen)),
      state_(make_shared_value<ExhaustState>()) {
  for (std::size_t i = 0; i < options.profiles.size(); ++i) distinct_.push_back(make_shared_value<DistinctCount>());
}

ExhaustGround::~ExhaustGround() {
  for (DistinctCount* const count : distinct_) free_shared_value(count);
  free_shared_value(state_);
}

Trace ExhaustGround::empty(std::size_t profile) const {
  Trace trace = empty_trace(options.profiles[profile]);
  if (options.threshold) trace.settings.threshold = *options.threshold;
  return trace;
}

Trace ExhaustGround::trace_at(std::size_t profile, const WalkPosition& position) const {
  Trace trace = empty(profile);
  trace.names = alphabet.names;
  trace.scripts = alphabet.scripts;
  for (std::size_t i = 0; i < position.length; ++i) {
    trace.operations.push_back(alphabet.letters[position.letters[i]]);
  }
  trace.operations.emplace_back().code = OpCode::shutdown;
  return trace;
}

Checkpoint ExhaustGround::checkpoint() const {
  Checkpoint made;
  made.search = description;
  made.shard = options.walk.shard;
  made.shards = options.walk.shards;
  made.current = state_->current;
  made.begun = state_->begun;
  made.position = state_->position;
  for (std::size_t i = 0; i < options.profiles.size(); ++i) {
    const ExhaustState::Counters& counters = state_->counters[i];
    made.rows.push_back({std::string{profile(options.profiles[i]).name}, counters.traces, counters.operations,
                         counters.failures, distinct_[i]->zeros(), distinct_[i]->kept()});
  }
  return made;
}

std::optional<FileError> ExhaustGround::restore(const Checkpoint& stored) {
  const bool same = stored.search == description && stored.shard == options.walk.shard &&
                    stored.shards == options.walk.shards && stored.rows.size() == options.profiles.size();
  if (!same) {
    return FileError{options.checkpoint + ": is of another search: " + stored.search + " --shard " +
                     std::to_string(stored.shard) + "/" + std::to_string(stored.shards)};
  }
  const auto names_no_letter = [&](std::uint16_t letter) { return letter >= alphabet.letters.size(); };
  if (std::any_of(stored.position.letters.begin(), stored.position.letters.end(), names_no_letter)) {
    return FileError{options.checkpoint + ": names a letter that there is not"};
  }
  state_->current = stored.current;
  state_->begun = stored.begun;
  state_->position = stored.position;
  for (std::size_t i = 0; i < stored.rows.size(); ++i) {
    const Checkpoint::Row& row = stored.rows[i];
    ExhaustState::Counters& counters = state_->counters[i];
    counters.traces = row.traces;
    counters.operations = row.operations;
    counters.failures = row.failures;
    counters.done = i < stored.current ? 1 : 0;
    distinct_[i]->merge(row.zeros, row.kept);
  }
  return std::nullopt;
}

std::optional<FileError> ExhaustGround::save() const {
  if (options.checkpoint.empty()) return std::nullopt;
  const auto written = write_file(options.checkpoint, print_checkpoint(checkpoint()));
  if (const auto* error = std::get_if<FileError>(&written)) return *error;
  return std::nullopt;
}

void ExhaustGround::serve(int socket, std::vector<std::pair<std::size_t, std::string>> known) const {
  Worker(*this, socket, std::move(known)).run();
}

}  // namespace cyclecheck

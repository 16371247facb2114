#include "harness/search/worker.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "harness/isolate/isolate.hpp"
#include "harness/search/running_trace.hpp"

namespace cyclecheck {
namespace {

using std::memory_order_relaxed;

// The parent chooses the first of all workers' failures. It needs others of the same signature only if it forgets that.
constexpr std::uint32_t kReportsOfOneFailure = 12;

// The worker is the only writer: no read-modify-write is needed.
void raise_by(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  counter.store(counter.load(memory_order_relaxed) + by, memory_order_relaxed);
}

class Worker {
 public:
  Worker(const std::vector<MakeContestants>& turns, const Drawing& drawing, const WorkersOptions& options,
         std::size_t number, const std::string& path, SearchShared& shared, SearchWorkerState& state, int socket)
      : number_(number),
        turns_(turns),
        drawing_(drawing),
        options_(options),
        shared_(shared),
        state_(state),
        socket_(socket),
        drawer_(drawing.has_one_each() ? nullptr : drawing.make_drawer(number)),
        position_(state.undone.load()),
        end_(state.end.load()),
        resumes_(state.is_inside.load()) {
    if (!drawing.running(number)) running_.emplace(path);
  }

  void run() {
    while (!is_over_) {
      if (position_ < end_) {
        make_sides();
        run_chunk();
        if (options_.fresh) return;
      }
      if (!is_over_) end_chunk();
      if (!is_over_) take_chunk();
    }
  }

 private:
  // A trace, and what the model says about it.
  struct Slot {
    std::uint64_t position = 0;
    // Drawing::column of it.
    std::size_t column = 0;
    Mark mark;
    Observe observe = Observe::digest;
    Trace trace;
    Logs logs;
    // If it is certain before the subject runs.
    std::optional<Verdict> verdict;
  };

  void take_chunk() {
    std::uint64_t number = 0;
    do {
      // Meanwhile the parent sees that this worker is about to do something, no earlier than that.
      state_.undone.store(drawing_.chunk(shared_.next_chunk.load()).begin);
      state_.end.store(UINT64_MAX);
      number = shared_.next_chunk.fetch_add(1);
    } while (options_.done.beyond.contains(number));
    const Chunk chunk = drawing_.chunk(number);
    position_ = chunk.begin;
    end_ = chunk.end;
    is_empty_ = true;
    state_.chunk.store(number);
    state_.turn.store(static_cast<std::uint32_t>(number % turns_.size()));
    state_.undone.store(position_);
    state_.end.store(end_);
    if (position_ >= end_) finish_search();
  }

  void add_passages() {
    if (!contestants_.subject) return;
    const Passages now = contestants_.subject->passages();
    for (std::size_t i = 0; i < kPassages; ++i) state_.passages[i] += now[i] - std::exchange(passages_[i], now[i]);
  }

  void finish_search() {
    state_.chunk.store(SearchWorkerState::kNoChunk);
    tell(WorkerReport::finished, {}, {});
    is_over_ = true;
  }

  // All traces of the chunk are done.
  void end_chunk() {
    add_passages();
    const std::uint64_t number = state_.chunk.exchange(SearchWorkerState::kNoChunk);
    if (number == SearchWorkerState::kNoChunk) return;
    if (is_empty_) return finish_search();
    MessageWriter writer;
    writer.put(WorkerReport::chunk);
    writer.put(number);
    for (std::size_t i = 0; i < drawing_.profiles().size(); ++i) {
      const SearchWorkerState::Column& column = state_.columns[i];
      writer.put(column.traces.load());
      writer.put(column.operations.load());
      writer.put(column.failures.load());
    }
    if (!send_message(socket_, writer)) is_over_ = true;
  }

  void make_sides() {
    state_.since.store(position_);
    const std::uint32_t turn = state_.turn.load();
    if (contestants_.subject && made_turn_ == turn && contestants_.subject->renew()) return;
    add_passages();
    passages_ = {};
    contestants_ = {};
    contestants_ = turns_[turn]();
    made_turn_ = turn;
    if (drawer_) drawer_->equip(contestants_);
  }

  void run_chunk() {
    prepare();
    while (!is_over_ && has_next_) {
      std::swap(current_, next_);
      has_next_ = false;
      wait_if_told();
      if (shared_.stop.load(memory_order_relaxed)) is_over_ = true;
      if (is_over_) return;
      check_current();
      if (options_.fresh) return;
      if (!has_next_) prepare();
    }
  }

  // Draws the next trace of the chunk, if there is one, and runs the model.
  void prepare() {
    if (!(drawer_ ? draw_behind() : draw_next())) return;
    is_empty_ = false;
    next_->column = drawing_.column(next_->position);
    const std::optional<Observe> observe = drawing_.observe(next_->position);
    next_->observe = observe ? *observe : observe_at(options_, drawing_.index(next_->position), next_->trace);
    announce(*next_);
    state_.is_inside.store(true);
    next_->verdict = check_model(contestants_, next_->trace, next_->observe, next_->logs, state_.phase);
    SearchWorkerState::Column& column = state_.columns[next_->column];
    if (contestants_.add_reach) contestants_.add_reach(column.reach, column.rules);
    if (contestants_.add_states) contestants_.add_states(column.states);
    has_next_ = true;
  }

  bool draw_next() {
    if (position_ == state_.skipped.load()) ++position_;
    if (position_ >= end_) return false;
    next_->position = position_++;
    drawing_.draw(next_->position, next_->mark, next_->trace);
    return true;
  }

  // What comes next may depend on what the trace before it did.
  bool draw_behind() {
    for (; position_ < end_; leave_position()) {
      next_->position = position_;
      if (is_entered_ || resumes_) {
        next_->mark = resumes_ ? state_.mark : current_->mark;
        ++next_->mark.number;
        const bool resumes = std::exchange(resumes_, false);
        is_entered_ =
            resumes ? drawer_->go_on(position_, next_->mark, next_->trace) : drawer_->next(next_->mark, next_->trace);
      } else {
        next_->mark = {};
        is_entered_ = drawer_->first(position_, next_->mark, next_->trace);
      }
      if (is_entered_) return true;
    }
    return false;
  }

  // In this order: the parent may look at any moment, and is not to see too much as done.
  void leave_position() {
    is_entered_ = false;
    state_.is_inside.store(false);
    state_.done_here.store(0);
    state_.undone.store(++position_);
  }

  // While a subject elsewhere works the next trace is prepared.
  void check_current() {
    if (running_) running_->put(current_->trace);
    std::optional<Verdict> verdict = std::move(current_->verdict);
    if (!verdict) {
      verdict = begin_subject(contestants_, current_->trace, current_->observe, current_->logs, state_.phase);
    }
    const bool works_elsewhere = !contestants_.special && contestants_.subject->works_elsewhere();
    if (works_elsewhere && !options_.fresh && !drawer_) prepare();
    announce(*current_);
    finish(verdict ? std::move(*verdict) : run_subject());
  }

  // The parent is to know what runs.
  void announce(const Slot& slot) {
    state_.mark = slot.mark;
    state_.operations.store(slot.trace.operations.size(), memory_order_relaxed);
    state_.running.store(slot.position, std::memory_order_release);
  }

  Verdict run_subject() {
    return end_subject(contestants_, current_->trace, current_->observe, current_->logs, state_.phase);
  }

  void finish(const Verdict& verdict) {
    const std::uint64_t position = current_->position;
    SearchWorkerState::Column& column = state_.columns[current_->column];
    raise_by(column.traces, 1);
    raise_by(column.operations, current_->trace.operations.size());
    const Log& log = contestants_.runs_model ? current_->logs.model : current_->logs.subject;
    raise_by(column.events, log.all().size());
    raise_by(state_.heartbeat, 1);
    if (verdict.left_out) raise_by(column.left_out, 1);
    if (verdict.outcome != Outcome::agree) {
      const ProfileId profile = drawing_.profiles()[current_->column];
      raise_by(is_accepted(options_, profile, verdict) ? column.accepted : column.failures, 1);
      report(verdict);
    }
    if (drawer_) {
      MessageWriter note;
      drawer_->hear(verdict, current_->logs, note);
      if (!note.bytes().empty()) pass_on(note);
    }
    // After an exception the subject may be anything.
    if (verdict.outcome == Outcome::exception) {
      make_sides();
      state_.since.store(position + 1);
    }
    if (drawer_) {
      state_.done_here.store(current_->mark.number + 1, std::memory_order_release);
    } else {
      state_.undone.store(position + 1, std::memory_order_release);
    }
  }

  void report(const Verdict& verdict) {
    for (const Verdict& other : verdict.also) report(other);
    std::uint32_t& times = reported_[{current_->column, verdict.signature}];
    if (times == kReportsOfOneFailure && !options_.every_failure) return;
    ++times;
    tell(WorkerReport::failure, *current_, verdict);
  }

  void tell(WorkerReport kind, const Slot& slot, const Verdict& verdict) {
    MessageWriter writer;
    writer.put(kind);
    writer.put(slot.position);
    writer.put(slot.mark);
    writer.put(state_.since.load());
    writer.put(state_.turn.load());
    writer.put(verdict);
    writer.put(drawing_.running(number_).value_or(std::string{}));
    if (!send_message(socket_, writer)) is_over_ = true;
  }

  void pass_on(const MessageWriter& note) {
    MessageWriter writer;
    writer.put(WorkerReport::note);
    writer.put_values(note.bytes());
    if (!send_message(socket_, writer)) is_over_ = true;
  }

  void wait_if_told() {
    while (shared_.waits.load(memory_order_relaxed) && !shared_.stop.load(memory_order_relaxed)) {
      raise_by(state_.heartbeat, 1);
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  }

  std::size_t number_;
  const std::vector<MakeContestants>& turns_;
  const Drawing& drawing_;
  const WorkersOptions& options_;
  SearchShared& shared_;
  SearchWorkerState& state_;
  int socket_;
  // Empty: the drawing knows what runs.
  std::optional<RunningTrace> running_;
  // Null: there is one trace at each position.
  std::unique_ptr<Drawer> drawer_;
  // Whose turn the sides are.
  std::uint32_t made_turn_ = 0;
  // What the subject said of itself last.
  Passages passages_{};
  // The next trace of the chunk, or the position at which the last one was, if there are several.
  std::uint64_t position_;
  std::uint64_t end_;
  // The worker before this one died inside the position.
  bool resumes_;
  // The trace drawn last is at the position.
  bool is_entered_ = false;
  bool is_empty_ = false;
  bool is_over_ = false;
  Contestants contestants_;
  std::array<Slot, 2> slots_;
  Slot* current_ = &slots_[0];
  Slot* next_ = &slots_[1];
  bool has_next_ = false;
  std::map<std::pair<std::size_t, std::string>, std::uint32_t> reported_;
};

}  // namespace

bool is_accepted(const WorkersOptions& options, ProfileId profile, const Verdict& verdict) {
  return options.accepted != nullptr && options.accepted->find(profile, verdict.signature) &&
         std::all_of(verdict.also.begin(), verdict.also.end(),
                     [&](const Verdict& other) { return is_accepted(options, profile, other); });
}

Observe observe_at(const WorkersOptions& options, std::uint64_t index, const Trace& trace) {
  // The listing of a large heap after every operation is quadratic.
  constexpr std::size_t kShort = 400;
  if (options.observe_every == 0 || index % options.observe_every != 0) return options.observe;
  return trace.operations.size() <= kShort ? Observe::every : Observe::full;
}

void serve_search(const std::vector<MakeContestants>& turns, const Drawing& drawing, const WorkersOptions& options,
                  std::size_t number, const std::string& path, SearchShared& shared, SearchWorkerState& state,
                  int socket) {
  try {
    Worker(turns, drawing, options, number, path, shared, state, socket).run();
  } catch (const std::exception& error) {
    // The subject cannot be made, or the trace that runs cannot be kept.
    Verdict verdict;
    verdict.output = error.what();
    MessageWriter writer;
    writer.put(WorkerReport::error);
    writer.put(std::uint64_t{0});
    writer.put(Mark{});
    writer.put(std::uint64_t{0});
    writer.put(std::uint32_t{0});
    writer.put(verdict);
    writer.put(std::string{});
    (void)send_message(socket, writer);
  }
}

}  // namespace cyclecheck

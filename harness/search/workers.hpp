// The traces of a drawing, checked by worker processes.
//
// Each worker takes chunk after chunk (Drawing::chunk). When one dies or hangs, another one goes on behind
// the trace that it ran. Failures come in the order of their positions, the first of each signature in each profile;
// later ones are counted. Which failures there are depends on drawing and options alone, whatever the number of
// workers, as long as no time limit ends the search. Not thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/search/accepted.hpp"
#include "harness/search/drawing.hpp"
#include "harness/search/known_failures.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

struct SearchShared;

// Which chunks are done: all before one, and some behind it.
struct ChunksDone {
  std::uint64_t before = 0;
  std::set<std::uint64_t> beyond;

  void add(std::uint64_t number);

  friend bool operator==(const ChunksDone&, const ChunksDone&) = default;
};

struct WorkersOptions {
  std::uint32_t jobs = 1;
  // How logs are observed; every n-th trace in full, after each operation if it is short. 0: none.
  Observe observe = Observe::digest;
  std::uint64_t observe_every = 0;
  // The longest that one trace may take.
  std::chrono::milliseconds timeout{10'000};
  // A process for each trace.
  bool fresh = false;
  // What is not to be done again.
  ChunksDone done = {};
  // Failures that are counted apart, and not returned; may be null. REQUIRES: it outlives the workers
  const AcceptedFailures* accepted = nullptr;
  // Returns every failure, whether it is known or not.
  bool every_failure = false;
  // Returns failures as they come, and not by their positions: for searches without an end.
  bool as_they_come = false;
  // Told what drawers noted; may be empty.
  std::function<void(MessageReader&)> note;
  // The folder in which each worker keeps the trace that it runs (harness/search/running_trace.hpp); empty: one for
  // temporary files.
  std::string folder;
};

// How the trace with this Drawing::index is observed.
[[nodiscard]] Observe observe_at(const WorkersOptions& options, std::uint64_t index, const Trace& trace);

// What was done so far in one profile.
struct ProfileCounters {
  std::uint64_t traces = 0;
  std::uint64_t operations = 0;
  std::uint64_t events = 0;
  std::uint64_t failures = 0;
  // Failures that are accepted.
  std::uint64_t accepted = 0;
  // Traces that the subject was spared.
  std::uint64_t left_out = 0;
  std::array<std::uint64_t, kReached> reach{};
  std::array<std::uint64_t, kRules> rules{};
  // How many different heap states the model was in, at least: what one worker met.
  std::uint64_t states = 0;
};

struct SearchFailure {
  std::uint64_t position = 0;
  Mark mark;
  // The subject had run the traces from here on before.
  std::uint64_t since = 0;
  // Which of the subjects ran it.
  std::uint32_t turn = 0;
  // What the drawing calls the trace (Finding::index); filled in by find_failures.
  std::uint64_t index = 0;
  Verdict verdict;
  // Drawing::running of it.
  std::string kept = {};
};

class Workers {
 public:
  // `turns` make what checks one chunk after the other, and then the first of them has its turn again.
  // REQUIRES: there is a turn; `drawing` outlives the workers; the process has one thread
  Workers(std::vector<MakeContestants> turns, const Drawing& drawing, WorkersOptions options);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  // Runs until there is a failure with a new signature, which it returns, or until all traces are done, `until` is
  // reached or `tick`, called every 100 milliseconds or so, answers false; then it stops, and returns, one a call,
  // what failures are left, and nothing in the end. A trace that runs at `until` has the time of every other: it may
  // hang. Between calls the workers wait. Throws std::runtime_error if a worker cannot go on (for example because the
  // disk is full).
  [[nodiscard]] std::optional<SearchFailure> next(std::chrono::steady_clock::time_point until,
                                                  const std::function<bool()>& tick);

  // One look at the workers, which are started if they do not run, and go on behind it: a failure with a new signature,
  // if there is one; otherwise waits for `patience` at most for what they say.
  [[nodiscard]] std::optional<SearchFailure> look(std::chrono::milliseconds patience);
  // Lets every worker finish the trace that it runs, for five seconds at most. From now on `next` returns what is left.
  void stop() { stop(false); }

  // The failure that `next` returned last does not count: another trace that fails in the same way is returned as well.
  // REQUIRES: `next` returned a failure, and was not called since.
  void forget_failure() { known_.forget_last(); }

  // Failures that are not returned, beside those that were.
  void know(KnownFailures known) { known_ = std::move(known); }
  // Others like it are not returned; false: none would have been. O(failures)
  bool add_known(std::size_t column, const std::string& signature) { return known_.add(column, signature); }
  // Which rows of the accepted failures have come.
  [[nodiscard]] const std::set<std::size_t>& accepted_seen() const { return accepted_seen_; }

  // For each profile of the drawing. O(profiles and workers).
  [[nodiscard]] ProfileCounters counters(std::size_t column) const;
  // Traces, operations and failures of the chunks that are done.
  [[nodiscard]] ProfileCounters counters_of_done(std::size_t column) const;
  [[nodiscard]] const ChunksDone& done() const { return options_.done; }
  // Of all subjects.
  [[nodiscard]] Passages passages() const;
  // Whether there is nothing left to do.
  [[nodiscard]] bool is_done() const;
  // What the workers have used.
  [[nodiscard]] std::chrono::microseconds processor_time() const;
  // Those that run.
  [[nodiscard]] std::vector<pid_t> processes() const;

 private:
  struct Member;
  // A position, and a number among the traces there.
  using Place = std::pair<std::uint64_t, std::uint64_t>;

  // `waits`: as long as each of these traces may take.
  void stop(bool waits);
  void begin(Member& member);
  void start(Member& member);
  [[nodiscard]] bool hangs(Member& member) const;
  void hear(Member& member);
  void bury(Member& member, bool hung);
  [[nodiscard]] Place frontier() const;
  [[nodiscard]] std::optional<SearchFailure> take_failure(const Place& before);

  std::vector<MakeContestants> turns_;
  const Drawing& drawing_;
  WorkersOptions options_;
  SearchShared* shared_;
  std::vector<std::unique_ptr<Member>> members_;
  // What was reported and not returned yet.
  std::multimap<Place, SearchFailure> waiting_;
  KnownFailures known_;
  std::set<std::size_t> accepted_seen_;
  bool stopped_ = false;
  // Of workers that have ended.
  std::chrono::microseconds spent_{0};
  std::vector<std::uint8_t> received_;
};

}  // namespace cyclecheck

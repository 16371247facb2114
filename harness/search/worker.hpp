// A worker of a search: the process that draws traces, runs them on both sides and reports what fails.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/search/chunks.hpp"
#include "harness/search/workers.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// Of all workers.
struct SearchShared {
  std::atomic<std::uint64_t> next_chunk{0};
  std::atomic<bool> waits{false};
  std::atomic<bool> stop{false};
};

// Of one worker, in memory that it shares with its parent. It outlives the worker: the next one goes on from it.
struct SearchWorkerState {
  static constexpr std::uint64_t kNoChunk = UINT64_MAX;

  struct Column {
    std::atomic<std::uint64_t> traces{0};
    std::atomic<std::uint64_t> operations{0};
    std::atomic<std::uint64_t> events{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> left_out{0};
    std::array<std::atomic<std::uint64_t>, kReached> reach{};
    std::array<std::atomic<std::uint64_t>, kRules> rules{};
    StateSet states;
  };

  std::atomic<Phase> phase{Phase::idle};
  // Grows with every trace and every wait.
  std::atomic<std::uint64_t> heartbeat{0};
  // The chunk that it works on: all before `undone` is done, or reported. Empty: it has none.
  std::atomic<std::uint64_t> undone{0};
  std::atomic<std::uint64_t> end{0};
  // How many of the traces at `undone` are done, and whether one of them has run: then `mark` is the last that did.
  std::atomic<std::uint64_t> done_here{0};
  std::atomic<bool> is_inside{false};
  Mark mark;
  // The number of the chunk, until it is reported as done.
  std::atomic<std::uint64_t> chunk{kNoChunk};
  // The trace that runs, how long it is, and one that is not to run, since it killed the worker before its turn had
  // come.
  std::atomic<std::uint64_t> running{0};
  std::atomic<std::uint64_t> operations{0};
  std::atomic<std::uint64_t> skipped{UINT64_MAX};
  // Whose turn it is.
  std::atomic<std::uint32_t> turn{0};
  // The first trace that the subject has run.
  std::atomic<std::uint64_t> since{0};
  std::array<Column, kProfiles> columns;
  // Of the subjects.
  std::array<std::atomic<std::uint64_t>, kPassages> passages{};
};

// Whether every failure that a verdict tells is accepted.
[[nodiscard]] bool is_accepted(const WorkersOptions& options, ProfileId profile, const Verdict& verdict);

enum class WorkerReport : std::uint8_t {
  failure,   // position, mark, since, turn, verdict, what the drawing keeps of it
  note,      // what a drawer noted
  chunk,     // its number; for each profile what this worker had done by then: traces, operations, failures
  finished,  // there is no chunk left
  error,     // it cannot go on; the verdict's output says why
};

// The worker's whole life: until there is no chunk left, it is told to stop, or the parent is gone. `number`: which
// worker it is; `path`: where it keeps the trace that runs.
void serve_search(const std::vector<MakeContestants>& turns, const Drawing& drawing, const WorkersOptions& options,
                  std::size_t number, const std::string& path, SearchShared& shared, SearchWorkerState& state,
                  int socket);

}  // namespace cyclecheck

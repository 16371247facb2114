// The process that runs the traces of an exhaustive search, and what it shares with its parent.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/exhaust/distinct.hpp"
#include "harness/exhaust/search.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

// Shared memory: the worker writes it, the parent reads it while the worker runs and owns it while none does.
struct ExhaustState {
  struct Counters {
    std::atomic<std::uint64_t> traces{0};
    std::atomic<std::uint64_t> operations{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<double> done{0};
  };

  std::atomic<Phase> phase{Phase::idle};
  std::atomic<std::uint64_t> heartbeat{0};
  std::atomic<bool> stop{false};
  std::atomic<double> processor_seconds{0};
  std::array<Counters, kProfiles> counters;
  // The trace that runs, or that was verified last. Read only after the worker's end, or while it waits.
  std::size_t current = 0;
  bool begun = false;
  WalkPosition position;
};

enum class ExhaustReport : std::uint8_t { failure, finished, error };

// What parent and worker have in common.
class ExhaustGround {
 public:
  ExhaustGround(const SubjectEntry& subject, const ExhaustOptions& options);
  ExhaustGround(const ExhaustGround&) = delete;
  ExhaustGround& operator=(const ExhaustGround&) = delete;
  ~ExhaustGround();

  [[nodiscard]] ExhaustState& state() const { return *state_; }
  [[nodiscard]] DistinctCount& states(std::size_t profile) const { return *distinct_[profile]; }
  // The trace without operations in a profile of the options.
  [[nodiscard]] Trace empty(std::size_t profile) const;
  // The trace at a position, with its shutdown.
  [[nodiscard]] Trace trace_at(std::size_t profile, const WalkPosition& position) const;

  [[nodiscard]] Checkpoint checkpoint() const;
  // Errors: the checkpoint is of another search.
  [[nodiscard]] std::optional<FileError> restore(const Checkpoint& checkpoint);
  // Writes the checkpoint, if the options name a file.
  [[nodiscard]] std::optional<FileError> save() const;

  // The worker's whole life: runs traces from where the state says until all are done, it is told to stop, or the
  // parent is gone. `known` are signatures that are not reported again.
  void serve(int socket, std::vector<std::pair<std::size_t, std::string>> known) const;

  const SubjectEntry& subject;
  const ExhaustOptions& options;
  const Alphabet alphabet;
  const MakeContestants make;
  const std::string description;

 private:
  ExhaustState* state_;
  std::vector<DistinctCount*> distinct_;
};

}  // namespace cyclecheck

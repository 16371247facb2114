// Generating and checking traces in bulk in a worker process.
//
// The worker takes the profiles in turn: trace 0 of each, then trace 1 of each, and so on. It stops at the first
// failure of every signature and waits; later ones of the same signature in the same profile are counted. When it dies,
// another one goes on with the next trace. Which failures are reported, and in which order, depends on the options
// alone, as long as no time limit ends the batch. Not thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/generate/generate.hpp"
#include "harness/search/running_trace.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

struct BatchOptions {
  std::uint64_t seed = 1;
  std::vector<ProfileId> profiles;
  // The index of the first trace of each profile, and how many there are.
  std::uint64_t first = 0;
  std::uint64_t traces = UINT64_MAX;
  std::uint32_t max_operations = 4000;
  // Operations that no trace has.
  OperationSet without = {};
  Observe observe = Observe::digest;
  // The longest that one trace may take.
  std::chrono::milliseconds timeout{10'000};

  // How the traces of a profile are made.
  [[nodiscard]] GenerateOptions generate(ProfileId profile) const {
    return {.profile = profile, .max_operations = max_operations, .without = without};
  }
};

// What was done so far in one profile.
struct ProfileCounters {
  std::atomic<std::uint64_t> traces{0};
  std::atomic<std::uint64_t> operations{0};
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> failures{0};
  std::array<std::atomic<std::uint64_t>, kReached> reach{};
  StateSet states;
};

struct BatchFailure {
  ProfileId profile = ProfileId::python3_11;
  std::uint64_t index = 0;
  Verdict verdict;
};

// Shared between the worker and its parent.
struct BatchState;

class Batch {
 public:
  // REQUIRES: options.profiles is not empty; `spool` outlives the batch.
  Batch(MakeContestants make, BatchOptions options, RunningTrace& spool);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  // Runs until a failure with a new signature, which it returns, or until all traces are done, `until` is reached or
  // `tick`, called every 100 milliseconds or so, answers false: then it returns nothing. May be called again after a
  // failure. Throws std::runtime_error if the worker cannot go on (for example because the disk is full).
  [[nodiscard]] std::optional<BatchFailure> next(std::chrono::steady_clock::time_point until,
                                                 const std::function<bool()>& tick);

  // The failure that `next` returned last does not count: another trace that fails in the same way is returned as well.
  // The subject starts anew. REQUIRES: `next` returned a failure, and was not called since.
  void forget_failure();

  [[nodiscard]] const ProfileCounters& counters(ProfileId id) const;

 private:
  void start();
  void stop_worker();
  void serve(int socket);
  [[nodiscard]] bool is_known(ProfileId id, const std::string& signature) const;
  [[nodiscard]] std::optional<BatchFailure> bury(bool hung);
  [[nodiscard]] BatchFailure failure_at(std::uint64_t position, Verdict verdict) const;

  MakeContestants make_;
  BatchOptions options_;
  RunningTrace& spool_;
  BatchState* state_;
  std::unique_ptr<WorkerProcess> worker_;
  bool worker_waits_ = false;
  bool done_ = false;
  // The signatures that were reported. A forked worker inherits them and adds its own.
  std::vector<std::pair<ProfileId, std::string>> known_;
};

}  // namespace cyclecheck

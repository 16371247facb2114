// The worker of the built-in engine: changes inputs, runs them on model and subject, keeps what brings a new feature.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/campaign/guidance.hpp"
#include "harness/campaign/inputs.hpp"
#include "harness/compare/compare.hpp"
#include "harness/generate/generate.hpp"
#include "harness/inputs/inputs.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/search/search.hpp"
#include "harness/subjects/subjects.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

struct BuiltInOptions {
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  // The longest input to make, in bytes.
  std::size_t max_length = 256;
  // What inputs may be in; all if empty.
  std::vector<ProfileId> profiles;
  // Operations that the subject does not have: inputs are without them.
  OperationSet missing = {};
  // What else they are without.
  FeatureSet lacks = {};
  Observe observe = Observe::digest;
  // The longest that one input may take.
  std::chrono::milliseconds timeout{10'000};
};

// Of one job, in a mapped file, so that the input that runs is known whatever happens.
struct JobState {
  std::atomic<Phase> phase{Phase::idle};
  std::atomic<bool> stop{false};
  // Grows with every input and every wait.
  std::atomic<std::uint64_t> heartbeat{0};
  std::atomic<std::uint32_t> size{0};
  std::array<std::uint8_t, kLongestInput> input{};
};

// The input that a job ran when everything was killed; nothing: it ran none, or the file is damaged.
[[nodiscard]] std::optional<std::string> interrupted_input(const std::string& path);

// What a job says. `interesting`: an input and its features. `measured`: the number of an input of the corpus and its
// features. `failed`: an input and its verdict. `failed_again`: how often. `sync`: it waits for what others found,
// which is inputs with their features.
enum class JobMessage : std::uint8_t { interesting, measured, failed, failed_again, sync };

class BuiltInJob {
 public:
  // `number`: which job, from 0 on. `known`: what need not be told again.
  BuiltInJob(const MakeContestants& make, const BuiltInOptions& options, std::uint32_t number, Guidance guidance,
             KnownFailures known, JobState& state, StateCounts& counts, int socket);

  // Until the state says `stop` or the other end of the socket is gone.
  void run();

 private:
  void measure();
  void change_one();
  void keep_profile(std::size_t& size);
  void leave_out_missing(std::size_t& size);
  // Runs an input; false if it failed.
  [[nodiscard]] bool execute(std::span<const std::uint8_t> input);
  void report_failure(std::span<const std::uint8_t> input, const Verdict& verdict);
  void send(const MessageWriter& message);
  void sync();

  const MakeContestants& make_;
  const BuiltInOptions& options_;
  Random random_;
  Guidance guidance_;
  KnownFailures known_;
  std::uint64_t failed_again_ = 0;
  JobState& state_;
  StateCounts& counts_;
  int socket_;
  bool is_over_ = false;

  Contestants contestants_;
  Logs logs_;
  std::array<std::uint8_t, kStateCounters> counters_{};
  Features features_;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> received_;
};

}  // namespace cyclecheck

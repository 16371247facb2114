// What the built-in engine runs, as the drawing of a search: each job has a position of its own, where it changes
// inputs without end, guided by the heap states that the model meets in them. Not thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/campaign/guidance.hpp"
#include "harness/campaign/inputs.hpp"
#include "harness/campaign/shared_inputs.hpp"
#include "harness/generate/generate.hpp"
#include "harness/inputs/inputs.hpp"
#include "harness/search/search.hpp"

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
  // The longest that one input may take.
  std::chrono::milliseconds timeout{10'000};
};

// Of one job, in a mapped file, so that the input that runs is known whatever happens.
struct JobState {
  std::atomic<bool> runs{false};
  // Of the corpus, how many inputs it has measured, or died of.
  std::atomic<std::uint32_t> measured{0};
  std::atomic<std::uint32_t> size{0};
  std::array<std::uint8_t, kLongestInput> input{};
};

// The input that a job ran when everything was killed; nothing: it ran none, or the file is damaged.
[[nodiscard]] std::optional<std::string> interrupted_input(const std::string& path);

// What a job notes. `interesting`: an input and its features. `measured`: the number of an input of the corpus and its
// features.
enum class JobNote : std::uint8_t { interesting, measured };

class MutatedInputs final : public CountedTogether {
 public:
  // `running`: the folder in which the jobs keep what runs. `round`: no round has the random numbers of another one.
  // A job begins with `guidance` as it is when the job's process is made. Throws std::system_error if there is no
  // space. REQUIRES: all outlive it
  MutatedInputs(const BuiltInOptions& options, const std::string& running, std::uint64_t round, Guidance& guidance,
                const SharedInputs& found, StateCounts& counts);
  ~MutatedInputs() override;

  // All that was found by now is in the guidance, too: a process that is made from now on takes what comes behind it.
  void guidance_knows_all() { known_ = found_.end(); }

  [[nodiscard]] std::uint64_t size() const override { return UINT64_MAX; }
  // They are not drawn again: what runs is asked for. Clears the trace.
  void draw(std::uint64_t position, const Mark& mark, Trace& trace) const override;
  [[nodiscard]] bool has_one_each() const override { return false; }
  [[nodiscard]] std::unique_ptr<Drawer> make_drawer(std::size_t worker) const override;
  // The input.
  [[nodiscard]] std::optional<std::string> running(std::size_t worker) const override;
  [[nodiscard]] Chunk chunk(std::uint64_t number) const override { return {number, number + 1}; }

 private:
  class Mutator;
  struct Job;

  const BuiltInOptions& options_;
  std::uint64_t round_;
  Guidance& guidance_;
  const SharedInputs& found_;
  std::size_t known_;
  StateCounts& counts_;
  std::vector<std::unique_ptr<Job>> jobs_;
};

}  // namespace cyclecheck

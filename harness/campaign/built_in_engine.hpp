// The engine that every build has: any subject against the model, guided by the heap states that the model meets. A
// search like any other (harness/search/workers.hpp) of another drawing (MutatedInputs).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/campaign/engine.hpp"
#include "harness/campaign/mutated_inputs.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck {

class BuiltInEngine final : public FuzzEngine {
 public:
  // `running`: the folder in which the jobs keep what runs. `corpus`: the inputs to begin with. `known`: what was found
  // before, all in one column. REQUIRES: the process has one thread.
  BuiltInEngine(std::string name, MakeContestants make, BuiltInOptions options, std::string running,
                const std::vector<std::string>& corpus, KnownFailures known);
  ~BuiltInEngine() override;

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::string coverage_unit() const override { return "features"; }
  void start(StateCounts& counts, const std::string& counts_path) override;
  void poll(std::chrono::milliseconds pause, EngineListener& listener) override;
  void stop(EngineListener& listener) override;
  [[nodiscard]] std::uint64_t coverage() const override { return guidance_.features(); }
  [[nodiscard]] std::vector<pid_t> processes() const override;

 private:
  void take_note(MessageReader& note);
  void tell(const SearchFailure& failure);
  void tell_counts();

  std::string name_;
  MakeContestants make_;
  BuiltInOptions options_;
  std::string running_;
  Guidance guidance_;
  KnownFailures known_;
  // What jobs found, for the others.
  SharedInputs* found_;
  std::uint64_t rounds_ = 0;
  std::unique_ptr<MutatedInputs> drawing_;
  std::unique_ptr<Workers> workers_;
  // Of the workers' failures, how many were told.
  std::uint64_t told_ = 0;
  // Who listens at the moment.
  EngineListener* listener_ = nullptr;
};

}  // namespace cyclecheck

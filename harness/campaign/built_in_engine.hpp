// The engine that every build has: any subject against the model, guided by the heap states that the model meets.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/campaign/built_in_job.hpp"
#include "harness/campaign/engine.hpp"
#include "harness/system/system.hpp"

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
  struct Job;

  void start(Job& job);
  void handle(Job& job, EngineListener& listener);
  void note_failure(const std::string& input, const Verdict& verdict, EngineListener& listener);
  void bury(Job& job, bool hung, EngineListener& listener);
  void answer_sync(Job& job);

  std::string name_;
  MakeContestants make_;
  BuiltInOptions options_;
  std::string running_;
  Guidance guidance_;
  KnownFailures known_;
  StateCounts* counts_ = nullptr;
  std::vector<std::unique_ptr<Job>> jobs_;
  // What was found, in order, for the jobs that ask.
  std::vector<std::pair<std::string, Features>> found_;
  std::vector<std::uint8_t> received_;
};

}  // namespace cyclecheck

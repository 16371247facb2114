// The engine that runs a fuzz target with libFuzzer in it: guided by the edges of the collector as well as by heap
// states.
//
// Every job is the target in a process of its own, which writes what it finds into a folder that all jobs read: from
// there it comes into the corpus. Divergences are set aside by the target (fuzz/campaign.hpp), which goes on; a crash
// ends a job, which is started again.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/campaign/engine.hpp"
#include "harness/campaign/target.hpp"
#include "harness/search/search.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

struct TargetOptions {
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::size_t max_length = 256;
  std::chrono::milliseconds timeout{10'000};
};

class TargetEngine final : public FuzzEngine {
 public:
  // `running`: a folder for what the jobs write. `corpus`: the folder that they begin with.
  TargetEngine(FuzzTarget target, TargetOptions options, std::string running, std::string corpus);
  ~TargetEngine() override;

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::string coverage_unit() const override { return "edges"; }
  void start(StateCounts& counts, const std::string& counts_path) override;
  void poll(std::chrono::milliseconds pause, EngineListener& listener) override;
  void stop(EngineListener& listener) override;
  [[nodiscard]] std::uint64_t coverage() const override { return coverage_; }
  [[nodiscard]] std::vector<pid_t> processes() const override;

 private:
  struct Job;

  void start(Job& job);
  void read_output(Job& job);
  void look_at(const std::string& line);
  void bury(Job& job, EngineListener& listener);
  void collect_inputs(EngineListener& listener, bool at_the_end);
  void collect_failures(EngineListener& listener);

  FuzzTarget target_;
  TargetOptions options_;
  std::string running_;
  std::string corpus_;
  std::string counts_path_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::set<std::string> seen_;
  KnownFailures known_;
  std::uint64_t coverage_ = 0;
  // Jobs that died soon after they were started, one after the other.
  int early_deaths_ = 0;
  std::chrono::steady_clock::time_point next_look_;
};

// What a session that was killed left in the folder: inputs that brought something new, and inputs that failed.
struct LeftByTarget {
  std::vector<std::string> interesting;
  std::vector<std::string> failed;
};
[[nodiscard]] LeftByTarget left_by_target(const std::string& running);

}  // namespace cyclecheck

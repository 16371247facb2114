// What runs inputs in a campaign: a number of jobs, in processes of their own, that make inputs from those that brought
// something new. What they have to say reaches the campaign through `poll`.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/inputs/inputs.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// Told what the jobs found. Errors end the session.
class EngineListener {
 public:
  EngineListener() = default;
  EngineListener(const EngineListener&) = delete;
  EngineListener& operator=(const EngineListener&) = delete;
  virtual ~EngineListener() = default;
  // An input that brought something new.
  virtual void interesting(const std::string& input) = 0;
  // An input that failed. Of the failures with one signature each job tells the first.
  virtual void failed(const std::string& input, const Verdict& verdict) = 0;
  // A failure with a signature that was told before.
  virtual void failed_again(std::uint64_t times) = 0;
};

class FuzzEngine {
 public:
  FuzzEngine() = default;
  FuzzEngine(const FuzzEngine&) = delete;
  FuzzEngine& operator=(const FuzzEngine&) = delete;
  virtual ~FuzzEngine() = default;

  // For the ledger, and what coverage counts: "features" or "edges".
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string coverage_unit() const = 0;

  // Starts all jobs; they count in the table. Throws std::system_error if no process can be started.
  virtual void start(StateCounts& counts, const std::string& counts_path) = 0;
  // Waits for the jobs, if they run, for `pause` at most, handles what they say, and replaces jobs that died. Throws
  // std::runtime_error if they cannot go on.
  virtual void poll(std::chrono::milliseconds pause, EngineListener& listener) = 0;
  // Ends all jobs after what they have to say. They can be started again.
  virtual void stop(EngineListener& listener) = 0;

  [[nodiscard]] virtual std::uint64_t coverage() const = 0;
  // The processes that run.
  [[nodiscard]] virtual std::vector<pid_t> processes() const = 0;
};

}  // namespace cyclecheck

// Running single traces in a worker process, so that a crash, an exit or a hang becomes a verdict.
//
// The worker lives on from trace to trace and is replaced after its death. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/isolate/checker.hpp"
#include "harness/isolate/hang_guard.hpp"
#include "harness/isolate/message.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

// Shared between the worker and its parent.
struct WorkerState;

class Isolated final : public TraceChecker {
 public:
  // `timeout` is the longest that each side may take for one trace.
  Isolated(MakeContestants make, Observe observe, std::chrono::milliseconds timeout);
  ~Isolated() override;

  // Runs a trace on both sides.
  [[nodiscard]] Verdict check(const Trace& trace) override;

  // The same, with logs; after a crash each side is run alone once more to save the log of the other.
  [[nodiscard]] Examination examine(const Trace& trace) override;

  void start_anew() override { worker_.reset(); }
  void set_timeout(std::chrono::milliseconds timeout) override { limits_.time = timeout; }
  void set_processor_time(std::chrono::milliseconds limit) override { limits_.processor = limit; }

 private:
  enum class Request : std::uint8_t { verdict, logs, model_alone, subject_alone };

  void start();
  [[nodiscard]] Examination ask(const Trace& trace, Request request);
  [[nodiscard]] TraceLimits limits_of(Phase phase) const;
  // Waits for the worker's answer as long as it may take.
  [[nodiscard]] Receive await(std::vector<std::uint8_t>& bytes);
  [[nodiscard]] Verdict bury(bool hung);
  static void serve(const MakeContestants& make, Observe observe, WorkerState& state, int socket);

  MakeContestants make_;
  Observe observe_;
  TraceLimits limits_;
  WorkerState* state_;
  std::unique_ptr<WorkerProcess> worker_;
};

}  // namespace cyclecheck

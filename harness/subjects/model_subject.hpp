// The reference model as a subject.
#pragma once

#include <string>

#include "harness/subjects/heap_state.hpp"
#include "harness/subjects/reached.hpp"
#include "harness/subjects/subject.hpp"

namespace cyclecheck {

// Not thread-safe. REQUIRES: a stack of 64 MiB or more; WorkerProcess provides one.
class ModelSubject final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "model"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override;

  // What states the last run went through.
  [[nodiscard]] const Reach& reach() const { return reach_; }
  [[nodiscard]] const HeapStates& heap_states() const { return states_; }

 private:
  Reach reach_;
  HeapStates states_;
};

}  // namespace cyclecheck

// Subjects that are wrong in known ways.
#pragma once

#include "harness/compare/registry.hpp"
#include "harness/subjects/model_subject.hpp"

namespace cyclecheck {

// How a toy misbehaves on a trace that holds its trigger; on all others it answers like the model.
enum class Fault : std::uint8_t {
  none,
  lies,     // loses the first death of an operation
  crashes,  // SIGSEGV
  aborts,
  hangs,
  throws,
  exits,       // with status 3
  exits_well,  // with status 0
  flaky,       // lies at every second run of the trigger, whatever the process
  greedy,      // takes memory until it gets no more, which it tells
  leaks,       // 64 bytes for each operation of the trace
  stale,       // lies if it ran another trace before, or if there are twice as many triggers
};

// The model with a fault in traces with at least `triggers` operations of `code`.
[[nodiscard]] SubjectEntry toy_subject(std::string name, Fault fault, OpCode code = OpCode::raise,
                                       std::size_t triggers = 1);

// The model, until a trace with `triggers` operations of `code` makes it throw: from then on its logs are empty.
class Spoilt final : public Subject {
 public:
  Spoilt(OpCode code, std::size_t triggers) : code_(code), triggers_(triggers) {}

  [[nodiscard]] std::string name() const override { return "spoilt"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override;

 private:
  OpCode code_;
  std::size_t triggers_;
  bool threw_ = false;
  ModelSubject model_;
};

// One toy for every fault, named "lies", "crashes" ...; they fail on traces with two `clear` operations. "checks" is
// sound and has a check of its own (SubjectEntry::special), which fails on such traces; "checks_for_ever" hangs there.
[[nodiscard]] Registry toy_registry();

}  // namespace cyclecheck

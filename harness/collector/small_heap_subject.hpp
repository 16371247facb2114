// The collector of impl/ on a heap that begins with one object and whose tables move whenever they grow: what was kept
// of a table across user code is noticed.
#pragma once

#include <cstdint>
#include <string>

#include "harness/collector/impl_subject.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// Each trace has a heap of its own, which checks itself at the end of a collection and of the trace, and gives memory
// back to the system every few operations, which changes nothing that can be seen. Not thread-safe:
// meanwhile the tables of every heap move (cyclegc::set_growth).
class SmallHeapSubject final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "impl-small"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override;
  [[nodiscard]] Passages passages() const override { return passages_; }
  // How often a heap gave memory back in the middle of a trace.
  [[nodiscard]] std::uint64_t trims() const { return trims_; }

 private:
  Passages passages_{};
  std::uint64_t trims_ = 0;
};

}  // namespace cyclecheck

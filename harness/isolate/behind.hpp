// A trace behind others: each time the subject is made anew, and runs those before it first.
#pragma once

#include <utility>
#include <vector>

#include "harness/isolate/checker.hpp"

namespace cyclecheck {

class Behind final : public TraceChecker {
 public:
  // REQUIRES: `checker` outlives it
  Behind(TraceChecker& checker, std::vector<Trace> before) : checker_(checker), before_(std::move(before)) {}

  [[nodiscard]] Verdict check(const Trace& trace) override {
    start_anew();
    return checker_.check(trace);
  }
  [[nodiscard]] Examination examine(const Trace& trace) override {
    start_anew();
    return checker_.examine(trace);
  }
  void start_anew() override {
    checker_.start_anew();
    for (const Trace& earlier : before_) (void)checker_.check(earlier);
  }
  void set_timeout(std::chrono::milliseconds timeout) override { checker_.set_timeout(timeout); }
  void set_processor_time(std::chrono::milliseconds limit) override { checker_.set_processor_time(limit); }

 private:
  TraceChecker& checker_;
  std::vector<Trace> before_;
};

}  // namespace cyclecheck

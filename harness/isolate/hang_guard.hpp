// Tells whether a worker hangs: from its heartbeat, which grows with every trace that it runs, from the clock, and,
// where that is limited, from the processor time that it uses. Time in which others had the processor does not count
// (WorkerProcess::delayed). Not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "harness/system/system.hpp"

namespace cyclecheck {

// What a trace may take.
struct TraceLimits {
  std::chrono::milliseconds time{10'000};
  // 0: as much processor time as it likes.
  std::chrono::milliseconds processor{0};
};

// A worker is a WorkerProcess: whatever tells how long others had its processor, and how much it used itself.
class HangGuard {
 public:
  // Time begins anew.
  template <class Worker>
  void begin(const Worker& worker, std::uint64_t beat, const TraceLimits& limits) {
    beat_ = beat;
    since_ = std::chrono::steady_clock::now();
    // To ask costs more than a short trace.
    if (since_ - asked_ >= std::min(kAsk, limits.time / 8)) {
      delayed_ = worker.delayed();
      asked_ = since_;
    }
    if (limits.processor.count() > 0) spent_ = worker.processor_time();
  }

  // How long it takes at least until the worker hangs, unless its heart beats before; 0: it hangs.
  template <class Worker>
  [[nodiscard]] std::chrono::milliseconds left(const Worker& worker, std::uint64_t beat, const TraceLimits& limits) {
    using std::chrono::milliseconds;
    if (beat != beat_) begin(worker, beat, limits);
    auto left = std::chrono::ceil<milliseconds>(since_ + limits.time - std::chrono::steady_clock::now());
    if (left.count() <= 0) left += std::chrono::ceil<milliseconds>(worker.delayed() - delayed_);
    if (limits.processor.count() > 0) {
      // One thread cannot use up what is left of its processor time any sooner.
      const auto unspent = spent_ + limits.processor - worker.processor_time();
      left = std::min(left, std::chrono::ceil<milliseconds>(unspent));
    }
    return std::max(left, milliseconds{0});
  }

 private:
  std::uint64_t beat_ = 0;
  std::chrono::steady_clock::time_point since_;
  static constexpr std::chrono::milliseconds kAsk{100};
  // How long others had the processor, when the worker was asked last.
  std::chrono::microseconds delayed_{0};
  std::chrono::steady_clock::time_point asked_;
  std::chrono::microseconds spent_{0};
};

}  // namespace cyclecheck

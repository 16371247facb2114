// Tells from a worker's heartbeat, which grows with every trace that it runs, whether it hangs. Time in which others
// had the processor does not count (WorkerProcess::delayed). Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>

namespace cyclecheck {

class HangGuard {
 public:
  // The time begins anew.
  void begin(std::uint64_t beat, std::chrono::microseconds delayed) {
    beat_ = beat;
    since_ = std::chrono::steady_clock::now();
    delayed_ = delayed;
  }

  // Whether the heartbeat stands still for so long.
  [[nodiscard]] bool hangs(std::uint64_t beat, std::chrono::microseconds delayed, std::chrono::milliseconds timeout) {
    if (beat != beat_) begin(beat, delayed);
    return std::chrono::steady_clock::now() - since_ >= timeout + (delayed - delayed_);
  }

 private:
  std::uint64_t beat_ = 0;
  std::chrono::steady_clock::time_point since_;
  std::chrono::microseconds delayed_{0};
};

}  // namespace cyclecheck

// Tells from a worker's heartbeat, which grows with every trace that it runs, whether it hangs. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>

namespace cyclecheck {

class HangGuard {
 public:
  // The time begins anew.
  void begin(std::uint64_t beat) {
    beat_ = beat;
    since_ = std::chrono::steady_clock::now();
  }

  // Whether the heartbeat stands still for so long.
  [[nodiscard]] bool hangs(std::uint64_t beat, std::chrono::milliseconds timeout) {
    if (beat != beat_) begin(beat);
    return std::chrono::steady_clock::now() - since_ >= timeout;
  }

 private:
  std::uint64_t beat_ = 0;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace cyclecheck

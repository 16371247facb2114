#include "harness/isolate/watch.hpp"

#include <algorithm>

#include "harness/isolate/message.hpp"

namespace cyclecheck {

Watched watch(const WorkerProcess& worker, const std::atomic<std::uint64_t>& heartbeat,
              std::chrono::milliseconds timeout, std::chrono::steady_clock::time_point until,
              const std::function<bool()>& tick, std::vector<std::uint8_t>& bytes) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kTick{100};
  std::uint64_t last = heartbeat.load();
  auto last_beat = Clock::now();
  while (true) {
    const auto now = Clock::now();
    if (now >= until || !tick()) return Watched::stopped;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    const Receive received = receive_message(worker.socket(), std::min(left, kTick), bytes);
    if (received == Receive::message) return Watched::message;
    if (received == Receive::closed) return Watched::died;
    if (const std::uint64_t beat = heartbeat.load(); beat != last) {
      last = beat;
      last_beat = Clock::now();
    }
    if (received == Receive::timed_out && Clock::now() - last_beat >= timeout) return Watched::hung;
  }
}

}  // namespace cyclecheck

// Waiting for what a worker that runs traces has to say, or for its end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "harness/system/system.hpp"

namespace cyclecheck {

enum class Watched : std::uint8_t {
  message,
  stopped,  // the time is over, or `tick` answered false
  died,
  hung,  // the heartbeat stood still
};

// Waits until there is a message, which is left in `bytes`, or one of the other things happens. `tick` is called every
// 100 milliseconds or so. `timeout` is the longest that `heartbeat` may stand still.
[[nodiscard]] Watched watch(const WorkerProcess& worker, const std::atomic<std::uint64_t>& heartbeat,
                            std::chrono::milliseconds timeout, std::chrono::steady_clock::time_point until,
                            const std::function<bool()>& tick, std::vector<std::uint8_t>& bytes);

}  // namespace cyclecheck

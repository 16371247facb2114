// `memory`: what a container with two references takes, all of the collector's tables included.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <vector>

#include "bench/workload.hpp"

namespace cyclecheck::bench {

// Memory of this process that is backed by pages. Bytes.
[[nodiscard]] inline std::int64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// Every container is held by a handle, whose memory is not counted, and has gone through a full collection. Unit: a
// byte of an object.
template <class Collector>
class Memory : public Workload {
 public:
  explicit Memory(const Spec& spec) : spec_(spec), collector_(spec), handles_(spec.objects) {}

  [[nodiscard]] bool repeatable() const override { return false; }

  double run() override {
    const auto first = collector_.create_holder(0);
    const auto second = collector_.create_holder(0);
    const std::int64_t before = resident_memory();
    for (auto& handle : handles_) {
      if constexpr (requires { collector_.create_pair(first, second); }) {
        handle = collector_.create_pair(first, second);
      } else {
        handle = collector_.create();
        collector_.append(handle, first);
        collector_.append(handle, second);
      }
    }
    if constexpr (Collector::kFindsCycles) collector_.collect();
    return static_cast<double>(resident_memory() - before) / static_cast<double>(spec_.objects);
  }

 private:
  Spec spec_;
  Collector collector_;
  std::vector<typename Collector::Handle> handles_;
};

}  // namespace cyclecheck::bench

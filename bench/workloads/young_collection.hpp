// `young`: 700 objects are made and the youngest generation is collected, beside an old heap of `objects` objects.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/graph.hpp"
#include "bench/workload.hpp"

namespace cyclecheck::bench {

// Only collections are timed. The young objects refer to each other; garbage=100: nobody holds them. Unit: a young
// object.
template <class Collector>
class YoungCollection : public Workload {
 public:
  explicit YoungCollection(const Spec& spec) : spec_(spec), collector_(spec) {
    old_.reserve(spec.objects);
    for (std::uint64_t i = 0; i < spec.objects; ++i) old_.push_back(collector_.create());
    for (std::uint64_t i = 0; i < spec.objects; ++i) collector_.append(old_[i], old_[(i + 1) % spec.objects]);
    collector_.collect();
  }

  double run() override {
    Stopwatch watch;
    std::uint64_t runs = 0;
    std::vector<typename Collector::Handle> young(kYoung);
    do {
      for (auto& handle : young) handle = collector_.create();
      for (std::uint32_t i = 0; i < kYoung; ++i) {
        for (std::uint32_t k = 1; k <= spec_.edges; ++k) collector_.append(young[i], young[(i + k) % kYoung]);
      }
      if (spec_.garbage == 100) {
        for (auto& handle : young) handle.reset();
      }
      watch.start();
      freed_ = collector_.collect(0);
      watch.stop();
      if (spec_.garbage != 100) {
        for (auto& handle : young) collector_.clear(handle);
      }
      ++runs;
    } while (!watch.long_enough());
    return watch.nanoseconds() / static_cast<double>(runs * kYoung);
  }

  [[nodiscard]] Answers answers() override { return {{"freed", freed_}}; }

 private:
  static constexpr std::uint32_t kYoung = 700;

  Spec spec_;
  Collector collector_;
  std::int64_t freed_ = 0;
  std::vector<typename Collector::Handle> old_;
};

}  // namespace cyclecheck::bench

// `young`: 700 objects are made and the youngest generation is collected, beside an old heap of `objects` objects.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/graph.hpp"
#include "bench/workload.hpp"

namespace cyclecheck::bench {

// Only collections are timed. The young objects form a graph in allocation order, each held by a handle unless it is
// garbage. Unit: a young object.
template <class Collector>
class YoungCollection : public Workload {
 public:
  explicit YoungCollection(const Spec& spec) : spec_(spec), graph_(young_spec(spec)), collector_(spec) {
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
        for (std::uint32_t k = 0; k < graph_.edges(); ++k) collector_.append(young[i], young[graph_.target(i, k)]);
      }
      for (std::uint32_t i = 0; i < kYoung; ++i) {
        if (spec_.garbage == 100 || graph_.is_garbage(i)) young[i].reset();
      }
      watch.start();
      freed_ = collector_.collect(0);
      watch.stop();
      for (std::uint32_t i = 0; i < kYoung; ++i) {
        if (spec_.garbage != 100 && !graph_.is_garbage(i)) collector_.clear(young[i]);
      }
      ++runs;
    } while (!watch.long_enough());
    return watch.nanoseconds() / static_cast<double>(runs * kYoung);
  }

  [[nodiscard]] Answers answers() override { return {{"freed", freed_}}; }

 private:
  static constexpr std::uint32_t kYoung = 700;

  static Spec young_spec(Spec spec) {
    spec.objects = kYoung;
    spec.shape = Shape::ordered;
    return spec;
  }

  Spec spec_;
  Graph graph_;
  Collector collector_;
  std::int64_t freed_ = 0;
  std::vector<typename Collector::Handle> old_;
};

}  // namespace cyclecheck::bench

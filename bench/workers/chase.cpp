// The memory of the machine itself: one dependent load after the other, in random order.
#include <cstdint>
#include <vector>

#include "bench/graph.hpp"
#include "bench/workload.hpp"

namespace cyclecheck::bench {
namespace {

// `chase`: a walk along a random cycle of objects of one cache line each. Unit: a step.
class Chase : public Workload {
 public:
  explicit Chase(const Spec& spec) : lines_(spec.objects) {
    const std::vector<std::uint32_t> next = random_cycle(static_cast<std::uint32_t>(spec.objects));
    for (std::size_t i = 0; i < next.size(); ++i) lines_[i].next = next[i];
  }

  double run() override {
    constexpr std::uint64_t kSteps = 500'000;
    Stopwatch watch;
    std::uint64_t steps = 0;
    do {
      watch.start();
      for (std::uint64_t i = 0; i < kSteps; ++i) at_ = lines_[at_].next;
      watch.stop();
      steps += kSteps;
    } while (!watch.long_enough());
    return watch.nanoseconds() / static_cast<double>(steps);
  }

  [[nodiscard]] Answers answers() override { return {{"in range", at_ < lines_.size()}}; }

 private:
  struct alignas(64) Line {
    std::uint64_t next;
  };
  std::vector<Line> lines_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  if (spec.workload != "chase") return nullptr;
  return std::make_unique<Chase>(spec);
}

std::string version() { return "pointer chase"; }

}  // namespace cyclecheck::bench

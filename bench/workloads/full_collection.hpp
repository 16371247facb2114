// `full` and `garbage`: one full collection of a graph, alive or not.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bench/graph.hpp"
#include "bench/workload.hpp"

namespace cyclecheck::bench {

// Everything is in the oldest generation, in the order of allocation, when the collection begins; a live heap without
// garbage has been collected once as it is then held. Unit: an object.
template <class Collector>
class FullCollection : public Workload {
 public:
  explicit FullCollection(const Spec& spec) : spec_(spec), collector_(spec) {
    if constexpr (requires { collector_.tracked(); }) before_ = collector_.tracked();
    const Graph graph(spec);
    const std::uint32_t n = graph.objects();
    if (spec.garbage != 100 && spec.hold == Hold::container) root_ = collector_.create_holder(n);
    std::vector<Handle> handles;
    handles.reserve(n);
    for (std::uint32_t i = 0; i < n; ++i) handles.push_back(collector_.create());
    for (std::uint32_t i = 0; i < n; ++i) {
      for (std::uint32_t k = 0; k < graph.edges(); ++k) collector_.append(handles[i], handles[graph.target(i, k)]);
    }
    if constexpr (requires { collector_.create_weak(handles[0], false); }) {
      if (spec.observed == Observed::weak || spec.observed == Observed::weak_callback) {
        weak_.reserve(n);
        for (const Handle& handle : handles) {
          weak_.push_back(collector_.create_weak(handle, spec.observed == Observed::weak_callback));
        }
      }
    }
    collector_.collect();
    if (spec.garbage == 100) {
      for (Handle& handle : handles) handle.reset();
      return;
    }
    for (std::uint32_t i = 0; i < n; ++i) {
      if (spec.hold == Hold::container && !graph.is_garbage(i)) collector_.append(root_, handles[i]);
      if (graph.is_garbage(i) || spec.hold == Hold::container || (spec.hold == Hold::first && i != 0)) {
        handles[i].reset();
      }
    }
    if (spec.hold == Hold::every) {
      handles_ = std::move(handles);
    } else if (spec.hold == Hold::first) {
      root_ = std::move(handles[0]);
    }
    if (spec.garbage == 0) collector_.collect();
  }

  [[nodiscard]] bool repeatable() const override { return spec_.garbage == 0; }

  double run() override {
    Stopwatch watch;
    std::uint64_t runs = 0;
    do {
      watch.start();
      freed_ = collector_.collect();
      watch.stop();
      ++runs;
    } while (repeatable() && !watch.long_enough());
    return watch.nanoseconds() / static_cast<double>(runs * spec_.objects);
  }

  [[nodiscard]] Answers answers() override {
    if constexpr (requires { collector_.tracked(); }) {
      return {{"freed", freed_},
              {"survivors", collector_.tracked() - before_},
              {"finalized", collector_.finalized()},
              {"callbacks", collector_.callbacks()}};
    }
    return {};
  }

 private:
  using Handle = typename Collector::Handle;

  Spec spec_;
  Collector collector_;
  std::int64_t before_ = 0;
  std::int64_t freed_ = 0;
  Handle root_;
  std::vector<Handle> handles_;
  std::vector<Handle> weak_;
};

}  // namespace cyclecheck::bench

// Workloads in which collections run by themselves.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bench/workload.hpp"

namespace cyclecheck::bench {

// `pairs`: two objects that refer to each other are made and forgotten, again and again. Unit: a pair.
template <class Collector>
class Pairs : public Workload {
 public:
  explicit Pairs(const Spec& spec) : spec_(spec), collector_(spec) {
    if constexpr (requires { collector_.tracked(); }) before_ = collector_.tracked();
  }

  double run() override {
    collector_.enable();
    Stopwatch watch;
    watch.start();
    for (std::uint64_t i = 0; i < spec_.objects; ++i) {
      auto first = collector_.create();
      auto second = collector_.create();
      collector_.append(first, second);
      collector_.append(second, first);
      first.reset();
      second.reset();
      collector_.safepoint();
    }
    watch.stop();
    collector_.disable();
    pairs_ += spec_.objects;
    return watch.nanoseconds() / static_cast<double>(spec_.objects);
  }

  [[nodiscard]] Answers answers() override {
    if constexpr (requires { collector_.tracked(); }) {
      collector_.collect();
      // All that were made have been freed, by whichever collection.
      return {
          {"survivors", collector_.tracked() - before_},
          {"not finalized",
           spec_.observed == Observed::finalizer ? static_cast<std::int64_t>(2 * pairs_) - collector_.finalized() : 0}};
    }
    return {};
  }

 private:
  Spec spec_;
  Collector collector_;
  std::int64_t before_ = 0;
  std::uint64_t pairs_ = 0;
};

// `growth`: a container after the other is made and kept, collections included. Unit: an allocation.
template <class Collector>
class Growth : public Workload {
 public:
  explicit Growth(const Spec& spec) : spec_(spec), collector_(spec) {
    if constexpr (requires { collector_.tracked(); }) {
      before_ = collector_.tracked();
      freed_before_ = collector_.collected();
    }
    handles_.resize(spec.objects);
  }

  [[nodiscard]] bool repeatable() const override { return false; }

  double run() override {
    collector_.enable();
    Stopwatch watch;
    watch.start();
    for (auto& handle : handles_) {
      handle = collector_.create();
      collector_.safepoint();
    }
    watch.stop();
    collector_.disable();
    return watch.nanoseconds() / static_cast<double>(spec_.objects);
  }

  [[nodiscard]] Answers answers() override {
    if constexpr (requires { collector_.tracked(); }) {
      return {{"survivors", collector_.tracked() - before_}, {"freed", collector_.collected() - freed_before_}};
    }
    return {};
  }

 private:
  Spec spec_;
  Collector collector_;
  std::int64_t before_ = 0;
  std::int64_t freed_before_ = 0;
  std::vector<typename Collector::Handle> handles_;
};

// `trees` (GCBench): complete binary trees of several depths are built from the leaves up and dropped, while a large
// one stays. Unit: an object made.
template <class Collector>
class Trees : public Workload {
 public:
  explicit Trees(const Spec& spec) : collector_(spec), long_lived_(make(kDeepest)) {}

  double run() override {
    collector_.enable();
    Stopwatch watch;
    std::uint64_t made = 0;
    watch.start();
    for (int depth = 4; depth <= kDeepest; depth += 4) {
      const std::uint64_t size = (std::uint64_t{2} << depth) - 1;
      for (std::uint64_t i = 0; i < (std::uint64_t{4} << kDeepest) / size; ++i) {
        Handle tree = make(depth);
        made += size;
        tree.reset();
      }
    }
    watch.stop();
    collector_.disable();
    return watch.nanoseconds() / static_cast<double>(made);
  }

  [[nodiscard]] Answers answers() override {
    if constexpr (requires { collector_.tracked(); }) {
      collector_.collect();
      const std::int64_t with_tree = collector_.tracked();
      long_lived_.reset();
      return {{"long-lived", with_tree - collector_.tracked()}};
    }
    return {};
  }

 private:
  using Handle = typename Collector::Handle;
  static constexpr int kDeepest = 16;

  Handle make(int depth) {
    if (depth == 0) return collector_.create();
    Handle left = make(depth - 1);
    Handle right = make(depth - 1);
    Handle node = collector_.create();
    collector_.append(node, left);
    collector_.append(node, right);
    collector_.safepoint();
    return node;
  }

  Collector collector_;
  Handle long_lived_;
};

// `resurrection`: a full collection of pairs with finalizers, every tenth of which saves its object, and the collection
// of what was saved. Unit: an object.
template <class Collector>
class ResurrectedPairs : public Workload {
 public:
  explicit ResurrectedPairs(const Spec& spec) : spec_(spec), collector_(spec) {
    for (std::uint64_t i = 0; i < spec.objects / 2; ++i) {
      auto first = collector_.create();
      auto second = collector_.create();
      collector_.append(first, second);
      collector_.append(second, first);
    }
  }

  [[nodiscard]] bool repeatable() const override { return false; }

  double run() override {
    Stopwatch watch;
    watch.start();
    freed_first_ = collector_.collect();
    collector_.release_saved();
    freed_then_ = collector_.collect();
    watch.stop();
    return watch.nanoseconds() / static_cast<double>(spec_.objects);
  }

  [[nodiscard]] Answers answers() override {
    return {{"freed first", freed_first_}, {"freed then", freed_then_}, {"finalized", collector_.finalized()}};
  }

 private:
  Spec spec_;
  Collector collector_;
  std::int64_t freed_first_ = 0;
  std::int64_t freed_then_ = 0;
};

}  // namespace cyclecheck::bench

// Workloads without collections: allocation, references, deaths by count, weak references.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "bench/workload.hpp"

namespace cyclecheck::bench {

// `allocate`: a container is made and dropped. Unit: both together.
template <class Collector>
class Allocate : public Workload {
 public:
  explicit Allocate(const Spec& spec) : spec_(spec), collector_(spec) {}

  double run() override {
    Stopwatch watch;
    watch.start();
    for (std::uint64_t i = 0; i < spec_.objects; ++i) {
      auto made = collector_.create();
      made.reset();
    }
    watch.stop();
    return watch.nanoseconds() / static_cast<double>(spec_.objects);
  }

  [[nodiscard]] Answers answers() override {
    if constexpr (requires { collector_.finalized(); }) return {{"finalized", collector_.finalized() > 0}};
    return {};
  }

 private:
  Spec spec_;
  Collector collector_;
};

// `slots`: eight references are appended to each of many containers, all are replaced, all are removed. Unit: a
// reference.
template <class Collector>
class Slots : public Workload {
 public:
  explicit Slots(const Spec& spec)
      : spec_(spec), collector_(spec), first_(collector_.create()), second_(collector_.create()) {
    if (spec.part != "append" && spec.part != "store" && spec.part != "clear") {
      throw std::invalid_argument("slots: expected part=append, store or clear");
    }
    for (int i = 0; i < kOwners; ++i) owners_.push_back(collector_.create());
  }

  double run() override {
    Stopwatch append;
    Stopwatch store;
    Stopwatch clear;
    Stopwatch& timed = spec_.part == "append" ? append : spec_.part == "store" ? store : clear;
    std::uint64_t runs = 0;
    do {
      append.start();
      for (const auto& owner : owners_) {
        for (std::uint32_t i = 0; i < kSlots; ++i) collector_.append(owner, first_);
      }
      append.stop();
      store.start();
      for (const auto& owner : owners_) {
        for (std::uint32_t i = 0; i < kSlots; ++i) collector_.store(owner, i, second_);
      }
      store.stop();
      clear.start();
      for (const auto& owner : owners_) collector_.clear(owner);
      clear.stop();
      ++runs;
    } while (!timed.long_enough());
    return timed.nanoseconds() / static_cast<double>(runs * kOwners * kSlots);
  }

 private:
  static constexpr int kOwners = 1000;
  static constexpr std::uint32_t kSlots = 8;

  Spec spec_;
  Collector collector_;
  typename Collector::Handle first_;
  typename Collector::Handle second_;
  std::vector<typename Collector::Handle> owners_;
};

// `weak`: every object gets a weak reference; all are asked for their referents; the objects die. Unit: an object.
template <class Collector>
class WeakReferences : public Workload {
 public:
  explicit WeakReferences(const Spec& spec) : spec_(spec), collector_(spec) {
    if (spec.part != "create" && spec.part != "dereference" && spec.part != "die") {
      throw std::invalid_argument("weak: expected part=create, dereference or die");
    }
    objects_.resize(spec.objects);
    weak_.resize(spec.objects);
  }

  double run() override {
    const bool callback = spec_.observed == Observed::weak_callback;
    for (auto& object : objects_) object = collector_.create();
    Stopwatch create;
    Stopwatch dereference;
    Stopwatch die;
    create.start();
    for (std::size_t i = 0; i < objects_.size(); ++i) weak_[i] = collector_.create_weak(objects_[i], callback);
    create.stop();
    dereference.start();
    for (const auto& weak : weak_) alive_ += collector_.is_alive(weak) ? 1 : 0;
    dereference.stop();
    die.start();
    for (auto& object : objects_) object.reset();
    die.stop();
    for (const auto& weak : weak_) alive_ += collector_.is_alive(weak) ? 1 : 0;
    for (auto& weak : weak_) weak.reset();
    ++runs_;
    const Stopwatch& timed = spec_.part == "create" ? create : spec_.part == "dereference" ? dereference : die;
    return timed.nanoseconds() / static_cast<double>(spec_.objects);
  }

  [[nodiscard]] Answers answers() override {
    Answers result{{"alive", alive_ / runs_}};
    if constexpr (requires { collector_.callbacks(); }) result["callbacks"] = collector_.callbacks() / runs_;
    return result;
  }

 private:
  Spec spec_;
  Collector collector_;
  std::int64_t alive_ = 0;
  std::int64_t runs_ = 0;
  std::vector<typename Collector::Handle> objects_;
  std::vector<typename Collector::Handle> weak_;
};

// `chain`: objects that each refer to the next. `comb`: a container of chains of ten. part=die: the head is dropped;
// part=full: a full collection while it is held, and beside 1 % garbage, in pairs, that was made after it. Unit: an
// object.
template <class Collector>
class Hanging : public Workload {
 public:
  explicit Hanging(const Spec& spec) : spec_(spec), collector_(spec) {
    if (spec.part != "die" && spec.part != "full") throw std::invalid_argument("expected part=die or full");
    const std::uint64_t length = spec.workload == "comb" ? kTooth : spec.objects;
    const std::uint64_t chains = spec.objects / length;
    if (spec.workload == "comb") head_ = collector_.create_holder(static_cast<std::uint32_t>(chains));
    for (std::uint64_t chain = 0; chain < chains; ++chain) {
      auto top = collector_.create();
      for (std::uint64_t i = 1; i < length; ++i) {
        auto above = collector_.create();
        collector_.append(above, top);
        top = std::move(above);
      }
      if (spec.workload == "comb") {
        collector_.append(head_, top);
      } else {
        head_ = std::move(top);
      }
    }
    if constexpr (Collector::kFindsCycles) {
      std::vector<typename Collector::Handle> garbage;
      if (spec.garbage == 1) {
        for (std::uint64_t i = 0; i < spec.objects / 200; ++i) {
          garbage.push_back(collector_.create());
          garbage.push_back(collector_.create());
          collector_.append(garbage[2 * i], garbage[2 * i + 1]);
          collector_.append(garbage[2 * i + 1], garbage[2 * i]);
        }
      }
      // All is old, and a heap without garbage is in the order that collections leave behind.
      collector_.collect();
      if (repeatable()) collector_.collect();
    }
  }

  [[nodiscard]] bool repeatable() const override { return spec_.part == "full" && spec_.garbage == 0; }

  double run() override {
    Stopwatch watch;
    std::uint64_t runs = 0;
    do {
      watch.start();
      if (spec_.part == "die") {
        head_.reset();
      } else if constexpr (Collector::kFindsCycles) {
        collector_.collect();
      }
      watch.stop();
      ++runs;
    } while (repeatable() && !watch.long_enough());
    return watch.nanoseconds() / static_cast<double>(runs * spec_.objects);
  }

  [[nodiscard]] Answers answers() override {
    if constexpr (requires { collector_.tracked(); }) {
      const std::int64_t before = collector_.tracked();
      head_.reset();
      return {{"objects", before - collector_.tracked()}};
    }
    return {};
  }

 private:
  static constexpr std::uint64_t kTooth = 10;

  Spec spec_;
  Collector collector_;
  typename Collector::Handle head_;
};

}  // namespace cyclecheck::bench

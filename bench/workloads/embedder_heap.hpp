// `embedder_heap`: pauses and memory of a heap of an embedder's objects (bench/workloads/embedder.hpp).
//   pause   objects live, with references anywhere, held by one table; rings of four come and go. Nanoseconds of the
//           longest step of four allocations, of the thread's processor time
//   full    a full collection of that heap. Unit: an object
//   bytes   what an object takes that a handle holds
//   trim    what is left of it when all are gone and memory was given back; `before_trim`: when all are alive
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/workload.hpp"
#include "bench/workloads/memory.hpp"

namespace cyclecheck::bench {

// System: as Embedder's; collect() and trim() if it has them.
template <class System>
class EmbedderHeap : public Workload {
 public:
  using Ref = typename System::Ref;

  explicit EmbedderHeap(const Spec& spec) : part_(spec.part), objects_(spec.objects) {
    for (const char* known : {"pause", "full", "bytes", "trim", "before_trim"}) {
      if (part_ == known) return;
    }
    throw std::invalid_argument("embedder_heap: expected part=pause, full, bytes, trim or before_trim");
  }

  [[nodiscard]] bool repeatable() const override { return part_ == "pause" || part_ == "full"; }

  double run() override {
    if (part_ == "bytes" || part_ == "trim" || part_ == "before_trim") return memory();
    if (!table_) fill_table();
    return part_ == "pause" ? longest_step() : full_collection();
  }

 private:
  template <class T>
  using Roots = typename System::template Roots<T>;

  static std::int64_t thread_time() {
    std::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }
  void set(const Ref& owner, int i, const Ref& value) { system_.set(owner, System::slot(owner, i), value); }

  void fill_table() {
    table_ = system_.create_table(objects_);
    for (std::size_t i = 0; i < objects_; ++i) system_.put(*table_, i, system_.create());
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < objects_; ++i) {
      const Ref from = system_.at(*table_, i);
      for (int slot = 0; slot < 2; ++slot) set(from, slot, system_.at(*table_, random() % objects_));
    }
  }

  double longest_step() {
    constexpr std::uint64_t kRings = 1'000'000;
    Roots<Ref> kept(1000);
    std::int64_t longest = 0;
    for (std::uint64_t i = 0; i < kRings; ++i) {
      const std::int64_t begin = thread_time();
      Ref first = system_.create();
      Ref last = first;
      for (int k = 1; k < 4; ++k) {
        Ref next = system_.create();
        set(last, 0, next);
        last = std::move(next);
      }
      set(last, 0, first);
      kept[i % kept.size()] = std::move(first);
      longest = std::max(longest, thread_time() - begin);
    }
    return static_cast<double>(longest);
  }

  double full_collection() {
    Stopwatch watch;
    watch.start();
    if constexpr (requires { system_.collect(); }) system_.collect();
    watch.stop();
    return watch.nanoseconds() / static_cast<double>(objects_);
  }

  double memory() {
    Roots<Ref> held(objects_);
    const std::int64_t before = resident_memory();
    for (Ref& ref : held) ref = system_.create();
    if constexpr (requires { system_.collect(); }) system_.collect();
    if (part_ == "trim") {
      for (Ref& ref : held) ref = Ref();
      if constexpr (requires { system_.trim(); }) system_.trim();
    }
    return static_cast<double>(resident_memory() - before) / static_cast<double>(objects_);
  }

  std::string part_;
  std::size_t objects_;
  System system_;
  using Table = decltype(std::declval<System&>().create_table(1));
  std::optional<Table> table_;
};

}  // namespace cyclecheck::bench

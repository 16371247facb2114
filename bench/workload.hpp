// A workload of one collector: prepared once, then run in turn with those of other collectors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "bench/spec.hpp"

namespace cyclecheck::bench {

// What a workload found out besides the time: collectors must answer alike.
using Answers = std::map<std::string, std::int64_t>;

class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  // Nanoseconds for each unit of the workload: an object, a pair, an operation. For workload `memory`: bytes.
  // REQUIRES: the first call, or repeatable()
  virtual double run() = 0;
  // False: a run uses up what was prepared.
  [[nodiscard]] virtual bool repeatable() const { return true; }
  // After a run.
  [[nodiscard]] virtual Answers answers() { return {}; }
};

// A workload that cannot run here, and why.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Each worker program defines these two. Null: the collector does not do that.
// Throws Unavailable, or std::invalid_argument for a part that there is not.
[[nodiscard]] std::unique_ptr<Workload> make_workload(const Spec& spec);
// Name and version: "CPython 3.11.2".
[[nodiscard]] std::string version();

// Adds up the processor time of this process between start and stop, which other work on the machine changes least.
class Stopwatch {
 public:
  void start() { start_ = now(); }
  void stop() { total_ += now() - start_ - kOverhead; }
  [[nodiscard]] double nanoseconds() const { return static_cast<double>(total_); }
  // Short work is repeated until it has taken this long.
  [[nodiscard]] bool long_enough() const { return does_not_repeat_ || total_ >= 10'000'000; }
  // From now on nothing is repeated: the same work at every run of the program.
  static void do_not_repeat() { does_not_repeat_ = true; }

 private:
  // Nanoseconds.
  static std::int64_t now() {
    std::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }
  // What a stopwatch shows that is started and stopped at once.
  static std::int64_t overhead() {
    std::int64_t least = 1'000'000;
    for (int i = 0; i < 1000; ++i) {
      const std::int64_t begin = now();
      least = std::min(least, now() - begin);
    }
    return least;
  }
  static inline const std::int64_t kOverhead = overhead();
  static inline bool does_not_repeat_ = false;

  std::int64_t start_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace cyclecheck::bench

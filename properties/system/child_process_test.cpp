// A program that is spoken to line by line, on a machine that others use.
//
// Covers: deadlines. Does not cover: how it ends, which the tests of subjects do.
#include <gtest/gtest.h>
#include <sched.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kCounts = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done";

// This process and what it starts have one processor.
class OneProcessor {
 public:
  OneProcessor() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (std::size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i) {
      if (CPU_ISSET(i, &before_)) CPU_SET(i, &one);
    }
    sched_setaffinity(0, sizeof one, &one);
  }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;
  ~OneProcessor() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

TEST(ChildProcess, OthersThatTakeTheProcessorDoNotMakeItLate) {
  const OneProcessor one;
  const auto begin = steady_clock::now();
  std::string_view line;
  ChildProcess alone({"sh", "-c", kCounts});
  ASSERT_EQ(alone.read_line(line, begin + milliseconds{60'000}), ChildProcess::Read::line);
  const auto needs = steady_clock::now() - begin;

  std::vector<std::unique_ptr<ChildProcess>> others;
  for (int i = 0; i < 9; ++i) {
    others.push_back(std::make_unique<ChildProcess>(std::vector<std::string>{"sh", "-c", "while :; do :; done"}));
  }
  ChildProcess delayed({"sh", "-c", kCounts});
  EXPECT_EQ(delayed.read_line(line, steady_clock::now() + 3 * needs), ChildProcess::Read::line);
}

TEST(ChildProcess, WhatWaitsIsLate) {
  std::string_view line;
  ChildProcess waits({"sleep", "1000"});
  EXPECT_EQ(waits.read_line(line, steady_clock::now() + milliseconds{50}), ChildProcess::Read::timed_out);
}

}  // namespace
}  // namespace cyclecheck

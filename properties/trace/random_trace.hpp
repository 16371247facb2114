// Random valid traces for the tests of the formats: every operation, field and limit occurs.
#pragma once

#include <cstdint>

#include "trace/trace.hpp"

namespace cyclecheck::test {

// SplitMix64: the same sequence on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  // REQUIRES: values > 0
  std::uint32_t below(std::uint32_t values) { return static_cast<std::uint32_t>(next() % values); }

 private:
  std::uint64_t state_;
};

// A valid trace; its names are spelled, partly spelled or not spelled at all.
Trace random_trace(Random& random);

}  // namespace cyclecheck::test

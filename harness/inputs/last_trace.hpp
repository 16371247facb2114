// The trace of the input that a fuzzer runs, for what changes that input next.
//
// Engines change what they have just run, four times of five, so that the mutator need not decode it again. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/inputs/input.hpp"

namespace cyclecheck {

class LastTrace {
 public:
  // What fuzz_trace(bytes) is; valid until the next call. O(bytes).
  [[nodiscard]] const Trace& of(std::span<const std::uint8_t> bytes) {
    if (known_ && std::equal(bytes.begin(), bytes.end(), bytes_.begin(), bytes_.end())) return trace_;
    // Nothing is known while an exception may leave half of it.
    known_ = false;
    bytes_.assign(bytes.begin(), bytes.end());
    trace_ = fuzz_trace(bytes);
    known_ = true;
    return trace_;
  }

 private:
  bool known_ = false;
  std::vector<std::uint8_t> bytes_;
  Trace trace_;
};

}  // namespace cyclecheck

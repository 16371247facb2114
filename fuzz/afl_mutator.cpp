#include "fuzz/afl_mutator.hpp"

#include <algorithm>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "harness/inputs/inputs.hpp"
#include "harness/system/system.hpp"

namespace {

// afl-fuzz takes inputs of a megabyte, which no trace within the bounds of a fuzzer's input needs.
constexpr std::size_t kLongest = 4096;

struct Mutator {
  cyclecheck::Random random;
  std::vector<std::uint8_t> buffer;
  const char* last = "mutate";
};

}  // namespace

void* afl_custom_init(void* /*afl*/, unsigned seed) {
  return new (std::nothrow) Mutator{cyclecheck::Random(seed, 0), {}};
}

std::size_t afl_custom_fuzz(void* mutator, std::uint8_t* data, std::size_t size, std::uint8_t** out,
                            std::uint8_t* other, std::size_t other_size, std::size_t max_size) {
  auto& self = *static_cast<Mutator*>(mutator);
  const std::size_t capacity = std::min(max_size, kLongest);
  size = std::min(size, capacity);
  self.buffer.assign(capacity, 0);
  std::copy_n(data, size, self.buffer.begin());
  const std::uint64_t seed = self.random.next();
  std::size_t changed = 0;
  if (cyclecheck::mutates_bytes(seed)) {
    self.last = "bytes";
    changed = cyclecheck::mutate_bytes(self.buffer, size, seed);
  } else if (other != nullptr && other_size > 0 && self.random.below(4) == 0) {
    self.last = "cross";
    changed = cyclecheck::cross_inputs({data, size}, {other, other_size}, self.buffer, seed);
  } else {
    self.last = "mutate";
    changed = cyclecheck::mutate_input(self.buffer, size, seed);
  }
  *out = self.buffer.data();
  // afl-fuzz takes an empty input for an error; a zero byte is an empty trace as well.
  return capacity == 0 ? 0 : std::max<std::size_t>(changed, 1);
}

const char* afl_custom_describe(void* mutator, std::size_t /*max_length*/) {
  return static_cast<const Mutator*>(mutator)->last;
}

void afl_custom_deinit(void* mutator) { delete static_cast<Mutator*>(mutator); }

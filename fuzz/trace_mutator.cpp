// The mutator of the targets whose inputs are traces.
#include <span>

#include "fuzz/last_trace.hpp"
#include "fuzz/target.hpp"
#include "harness/inputs/inputs.hpp"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  // libFuzzer's own mutation knows the dictionary and what was compared.
  if (cyclecheck::mutates_bytes(seed)) return LLVMFuzzerMutate(data, size, max_size);
  return cyclecheck::mutate_into({data, max_size}, cyclecheck::fuzz::last_trace().of({data, size}), seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t max_size, unsigned seed) {
  return cyclecheck::cross_into({out, max_size}, cyclecheck::fuzz::last_trace().of({one, one_size}),
                                cyclecheck::fuzz_trace({other, other_size}), seed);
}

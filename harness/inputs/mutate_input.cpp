// Mutations of inputs: of traces as bytes that fit into a buffer.
#include <algorithm>
#include <vector>

#include "harness/inputs/input.hpp"
#include "harness/inputs/mutate.hpp"
#include "harness/inputs/operations.hpp"
#include "harness/inputs/random_streams.hpp"
#include "harness/shrink/shrink.hpp"
#include "harness/system/system.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

// The encoding of a trace, of which so much is left out that it has at most `size` bytes.
std::vector<std::uint8_t> encode_within(Trace& trace, std::size_t size, Random& random) {
  bound(trace);
  std::vector<std::uint8_t> bytes = encode_trace(trace);
  while (bytes.size() > size && !trace.operations.empty()) {
    // As large a part as is too much, if all operations are of one size.
    const std::size_t operations = trace.operations.size();
    const std::size_t too_many =
        std::clamp<std::size_t>(operations * (bytes.size() - size) / bytes.size(), 1, operations);
    const std::size_t begin = random.below(static_cast<std::uint32_t>(operations - too_many + 1));
    erase_range(trace.operations, begin, begin + too_many);
    bytes = encode_trace(trace);
  }
  // What is left is a beginning, which decodes like everything else.
  if (bytes.size() > size) bytes.resize(size);
  return bytes;
}

std::size_t put(std::span<std::uint8_t> buffer, const std::vector<std::uint8_t>& bytes) {
  std::copy(bytes.begin(), bytes.end(), buffer.begin());
  return bytes.size();
}

}  // namespace

std::size_t mutate_input(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t seed) {
  return mutate_into(buffer, fuzz_trace(buffer.first(size)), seed);
}

std::size_t mutate_into(std::span<std::uint8_t> buffer, const Trace& trace, std::uint64_t seed) {
  Trace mutated = mutate(trace, seed);
  Random random(seed, kFitStream);
  return put(buffer, encode_within(mutated, buffer.size(), random));
}

std::size_t cross_inputs(std::span<const std::uint8_t> one, std::span<const std::uint8_t> other,
                         std::span<std::uint8_t> buffer, std::uint64_t seed) {
  return cross_into(buffer, fuzz_trace(one), fuzz_trace(other), seed);
}

std::size_t cross_into(std::span<std::uint8_t> buffer, const Trace& one, const Trace& other, std::uint64_t seed) {
  Trace crossed = crossover(one, other, seed);
  Random random(seed, kFitStream);
  return put(buffer, encode_within(crossed, buffer.size(), random));
}

}  // namespace cyclecheck

#include <vector>

#include "harness/inputs/mutate.hpp"
#include "harness/inputs/operation_lists.hpp"
#include "harness/inputs/random_streams.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

Trace crossover(const Trace& one, const Trace& other, std::uint64_t seed) {
  Random random(seed, kCrossStream);
  Trace result = one;
  if (other.operations.empty()) return result;
  const auto in_one = [&] { return random.below(size_of(one.operations) + 1); };
  const auto in_other = [&] { return random.below(size_of(other.operations) + 1); };
  switch (random.below(3)) {
    case 0: {  // A beginning of one and an end of the other.
      result.operations.resize(in_one());
      const OperationRange tail{in_other(), other.operations.size()};
      adopt(result, other, copy(other.operations, tail), result.operations.size());
      break;
    }
    case 1:  // A part of one within the other.
      adopt(result, other, copy(other.operations, draw_range(random, other.operations)), in_one());
      break;
    default: {  // Both in turn, in their orders.
      result.operations.clear();
      std::size_t i = 0;
      std::size_t j = 0;
      while (i < one.operations.size() || j < other.operations.size()) {
        const bool from_one = j == other.operations.size() || (i < one.operations.size() && random.chance(128));
        if (from_one) {
          result.operations.push_back(one.operations[i++]);
        } else {
          adopt(result, other, {other.operations[j++]}, result.operations.size());
        }
      }
      break;
    }
  }
  if (random.chance(64)) {
    result.settings = other.settings;
    result.profile = other.profile;
  }
  return result;
}

}  // namespace cyclecheck

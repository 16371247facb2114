#include <algorithm>

#include "harness/inputs/mutate.hpp"
#include "harness/inputs/operation_lists.hpp"
#include "harness/inputs/random_streams.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

bool mutates_bytes(std::uint64_t seed) { return Random(seed, kByteStream).below(8) == 0; }

std::size_t mutate_bytes(std::span<std::uint8_t> buffer, std::size_t size, std::uint64_t seed) {
  Random random(seed, kByteStream);
  (void)random.next();
  const auto place = [&](std::size_t bound) { return random.below(static_cast<std::uint32_t>(bound)); };
  const std::uint32_t changes = 1 + random.below(4);
  for (std::uint32_t i = 0; i < changes; ++i) {
    const std::uint32_t kind = random.below(4);
    if (kind == 0 && size < buffer.size()) {
      const std::size_t at = place(size + 1);
      std::copy_backward(buffer.begin() + offset(at), buffer.begin() + offset(size), buffer.begin() + offset(size + 1));
      buffer[at] = static_cast<std::uint8_t>(random.next());
      ++size;
    } else if (size == 0) {
      continue;
    } else if (kind == 1) {
      const std::size_t at = place(size);
      std::copy(buffer.begin() + offset(at + 1), buffer.begin() + offset(size), buffer.begin() + offset(at));
      --size;
    } else if (kind == 2) {
      buffer[place(size)] ^= static_cast<std::uint8_t>(1U << random.below(8));
    } else {
      buffer[place(size)] = static_cast<std::uint8_t>(random.next());
    }
  }
  return size;
}

}  // namespace cyclecheck

#include "bench/graph.hpp"

#include <numeric>
#include <stdexcept>
#include <utility>

namespace cyclecheck::bench {

std::uint64_t scramble(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Sattolo's shuffle, which yields one cycle only.
std::vector<std::uint32_t> random_cycle(std::uint32_t n) {
  std::vector<std::uint32_t> next(n);
  std::iota(next.begin(), next.end(), 0U);
  for (std::uint32_t i = n; i-- > 1;) std::swap(next[i], next[scramble(i) % i]);
  return next;
}

Graph::Graph(const Spec& spec)
    : objects_(static_cast<std::uint32_t>(spec.objects)),
      edges_(spec.edges),
      shape_(spec.shape),
      mixed_(spec.garbage == 1) {
  if (spec.objects < 1 || spec.objects >= 0xffff'ffff || spec.edges < 1) throw std::invalid_argument("no such graph");
  if (spec.garbage > 1 && spec.garbage != 100) throw std::invalid_argument("garbage: expected 0, 1 or 100 percent");
  if (mixed_ && spec.objects < 2 * kEvery) throw std::invalid_argument("too few objects for 1 % garbage");
  if (shape_ == Shape::random) {
    next_ = random_cycle(objects_);
    // Garbage is taken out of the cycle.
    for (std::uint32_t i = 0; i < objects_; ++i) {
      while (!is_garbage(i) && is_garbage(next_[i])) next_[i] = next_[next_[i]];
    }
  }
}

std::uint32_t Graph::live(std::uint64_t object) const {
  auto candidate = static_cast<std::uint32_t>(object % objects_);
  if (is_garbage(candidate)) candidate = (candidate + 1) % objects_;
  return candidate;
}

std::uint32_t Graph::target(std::uint32_t object, std::uint32_t edge) const {
  if (edge == 0 && is_garbage(object)) {
    const std::uint32_t next = object + kEvery;
    return next < objects_ ? next : kEvery / 2;
  }
  const std::uint64_t number = scramble((std::uint64_t{object} << 8) + edge);
  if (shape_ == Shape::random) return edge == 0 ? next_[object] : live(number);
  if (shape_ == Shape::local && edge != 0) {
    if (number % 10 == 0) return live(number >> 8);
    return live(std::uint64_t{object} + objects_ - 32 % objects_ + (number >> 8) % 65);
  }
  return live(std::uint64_t{object} + 1 + edge);
}

}  // namespace cyclecheck::bench

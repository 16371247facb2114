// The graphs that every collector builds alike.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/spec.hpp"

namespace cyclecheck::bench {

// Objects are numbered in the order of their allocation. Of a heap with 1 % garbage every hundredth object is garbage:
// these form a cycle of their own, and their other edges lead to live objects. All garbage: the whole graph at once.
class Graph {
 public:
  // REQUIRES: 1 <= objects < 2^32, edges >= 1
  explicit Graph(const Spec& spec);

  [[nodiscard]] std::uint32_t objects() const { return objects_; }
  [[nodiscard]] std::uint32_t edges() const { return edges_; }
  // Object `object` belongs to the garbage of a heap that is mostly alive.
  [[nodiscard]] bool is_garbage(std::uint32_t object) const { return mixed_ && object % kEvery == kEvery / 2; }
  // Where edge number `edge` leads. O(1).
  [[nodiscard]] std::uint32_t target(std::uint32_t object, std::uint32_t edge) const;

 private:
  static constexpr std::uint32_t kEvery = 100;

  // The live object itself or the one after it.
  [[nodiscard]] std::uint32_t live(std::uint64_t object) const;

  std::uint32_t objects_;
  std::uint32_t edges_;
  Shape shape_;
  bool mixed_;
  // The random cycle; empty for other shapes.
  std::vector<std::uint32_t> next_;
};

// A number that looks random and is the same at every run.
[[nodiscard]] std::uint64_t scramble(std::uint64_t x);

// One random cycle through 0, 1 ... n - 1: who follows whom.
[[nodiscard]] std::vector<std::uint32_t> random_cycle(std::uint32_t n);

}  // namespace cyclecheck::bench

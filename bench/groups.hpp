// Which workloads are compared, with whom, and what is expected of them: the rows of the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/spec.hpp"

namespace cyclecheck::bench {

// One of those that a workload is compared between: a worker program and what it is told.
struct Contender {
  std::string program;
  // How the table calls it.
  std::string label;
  Spec spec;
  // Its figure must be at least so many times that of the group's first contender. 0: nothing is expected.
  double at_least = 0;
  // The first contender's figure must be at most this share of its own. 0: nothing is expected.
  double at_most = 0;
};

enum class Unit : std::uint8_t { nanoseconds, bytes, per_second };

// When a group is measured.
enum class Tier : std::uint8_t {
  quick,       // always
  standard,    // unless --quick
  everything,  // with --everything alone
};

// A workload in one size. Measured are all contenders in turn; compared is each with the first.
struct Group {
  std::string section;
  std::string title;
  Unit unit = Unit::nanoseconds;
  // What the figure is for one of.
  std::string of;
  Tier tier = Tier::standard;
  // False: the contenders do different things, and no ratios are shown.
  bool is_comparison = true;
  std::vector<Contender> contenders = {};
};

[[nodiscard]] std::vector<Group> all_groups();

// What a worker under Google Benchmark may be asked for: every distinct workload of the groups.
[[nodiscard]] std::vector<Spec> workloads_of_all_groups();

// Sizes of the curves: `curve_group(shape, objects)` is among all_groups() for each.
inline constexpr std::uint64_t kCurveSizes[] = {10'000, 100'000, 1'000'000, 10'000'000};
[[nodiscard]] std::string curve_title(Shape shape, std::uint64_t objects);

// "10,000", "1 M".
[[nodiscard]] std::string size_text(std::uint64_t objects);

}  // namespace cyclecheck::bench

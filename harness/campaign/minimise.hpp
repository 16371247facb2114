// Making a corpus smaller without losing what it reaches. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "harness/campaign/inputs.hpp"
#include "harness/campaign/target.hpp"
#include "harness/compare/compare.hpp"

namespace cyclecheck {

struct MinimiseOptions {
  MakeContestants make;
  Observe observe = Observe::digest;
  std::chrono::milliseconds timeout{10'000};
  // A target whose edges are kept as well.
  std::optional<FuzzTarget> target;
  // A folder for files that are needed meanwhile.
  std::string scratch;
  // Asked all the time: true gives up, and the corpus stays as it is.
  std::function<bool()> stop;
  std::uint32_t jobs = 1;
};

struct Minimised {
  std::size_t before = 0;
  std::size_t after = 0;
  bool gave_up = false;
};

// Removes inputs so that the rest meets every heap state and has every feature (harness/campaign/guidance.hpp)
// and, with a target, every edge of it that all of them did; short inputs stay before long ones. An input that fails or
// cannot be run stays. Errors: no process can be started, a target that fails.
[[nodiscard]] std::variant<Minimised, FileError> minimise(Inputs& corpus, const MinimiseOptions& options);

// The choice alone: `reached[i]` is what input i reaches, in any numbers. In order of preference; the numbers of the
// inputs to keep, ascending.
[[nodiscard]] std::vector<std::size_t> choose_inputs(std::span<const std::vector<std::uint64_t>> reached);

}  // namespace cyclecheck

// Which contract fits a subject: short random traces, judged by each value of each parameter.
//
// Not thread-safe. Deterministic, if the subject is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// One value of a parameter, and the shortest trace that was found to exclude it.
struct ProbedValue {
  // "counts=prompt"
  std::string text;
  std::optional<Trace> excluded_by;
  // What is broken: "nobody refers to a, and it is not dead".
  std::string why;
};

struct Probe {
  // The values of each parameter of docs/contracts.md, section 1, the one that promises least first.
  std::vector<std::vector<ProbedValue>> parameters;
  // What no contract allows, if a trace showed it.
  std::optional<ProbedValue> broken;
  std::uint64_t traces = 0;

  // The contract that promises most of those that fit.
  [[nodiscard]] std::string contract() const;
};

struct ProbeOptions {
  std::uint64_t seed = 1;
  std::uint64_t traces = 1000;
  std::uint32_t max_operations = 60;
  // Asked before each trace; true ends the probe early.
  std::function<bool()> stop;
};

// Finalizers and callbacks are probed if the subject's own contract has them. Throws SubjectError.
// REQUIRES: entry.contract
[[nodiscard]] Probe probe(const SubjectEntry& entry, const ProbeOptions& options);

}  // namespace cyclecheck

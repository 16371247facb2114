// Traces that were read, as a drawing, each observed in a way of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "harness/search/search.hpp"

namespace cyclecheck {

struct LoadedTrace {
  Trace trace;
  Observe observe = Observe::digest;
};

class LoadedTraces final : public CountedTogether {
 public:
  explicit LoadedTraces(std::vector<LoadedTrace> traces) : traces_(std::move(traces)) {}

  [[nodiscard]] const Trace& at(std::uint64_t position) const { return traces_[position].trace; }
  [[nodiscard]] std::uint64_t size() const override { return traces_.size(); }
  void draw(std::uint64_t position, const Mark& /*mark*/, Trace& trace) const override { trace = at(position); }
  [[nodiscard]] std::optional<Observe> observe(std::uint64_t position) const override {
    return traces_[position].observe;
  }

 private:
  std::vector<LoadedTrace> traces_;
};

}  // namespace cyclecheck

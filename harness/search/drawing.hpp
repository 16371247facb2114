// What a search runs: traces by position. Pure and thread-safe: every process draws the same ones.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/generate/generate.hpp"
#include "harness/search/findings.hpp"
#include "trace/profile.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

class Drawing {
 public:
  Drawing() = default;
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;
  virtual ~Drawing() = default;

  // How many positions there are.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // The trace at a position, into a trace whose memory is used again. REQUIRES: position < size()
  virtual void draw(std::uint64_t position, Trace& trace) const = 0;
  // The profiles of the traces, each once. Results are counted for each of them apart.
  [[nodiscard]] virtual const std::vector<ProfileId>& profiles() const = 0;
  // Which of them the trace at a position is in.
  [[nodiscard]] virtual std::size_t column(std::uint64_t position) const = 0;
  // Writes into a finding where its trace is from.
  virtual void describe(std::uint64_t position, Finding& finding) const = 0;
};

// Generated traces, the profiles in turn: trace 0 of each, then trace 1 of each, and so on.
class GeneratedTraces final : public Drawing {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::vector<ProfileId> profiles;
    // The index of the first trace of each profile, and how many there are.
    std::uint64_t first = 0;
    std::uint64_t traces = UINT64_MAX;
    std::uint32_t max_operations = 4000;
    // Operations that no trace has.
    OperationSet without = {};
    // Makes a trace that comes before all others of a profile; may be empty.
    std::function<Trace(ProfileId)> opening;
  };

  // REQUIRES: options.profiles is not empty
  explicit GeneratedTraces(Options options) : options_(std::move(options)) {}

  [[nodiscard]] std::uint64_t size() const override;
  void draw(std::uint64_t position, Trace& trace) const override;
  [[nodiscard]] const std::vector<ProfileId>& profiles() const override { return options_.profiles; }
  [[nodiscard]] std::size_t column(std::uint64_t position) const override {
    return static_cast<std::size_t>(position % options_.profiles.size());
  }
  void describe(std::uint64_t position, Finding& finding) const override;
  // The index of the generated trace at a position; 0 for an opening trace.
  [[nodiscard]] std::uint64_t index(std::uint64_t position) const;

 private:
  [[nodiscard]] bool is_opening(std::uint64_t position) const {
    return options_.opening && position < options_.profiles.size();
  }

  Options options_;
};

}  // namespace cyclecheck

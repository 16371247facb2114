// What a search runs: traces by position. Pure and thread-safe: every process draws the same ones.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/generate/generate.hpp"
#include "harness/search/findings.hpp"
#include "harness/subjects/subjects.hpp"
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
  // How many of them, from the first on, a report tells all of: the rest have too few traces to say what was reached.
  [[nodiscard]] virtual std::size_t in_full() const { return profiles().size(); }
  // Which of them the trace at a position is in.
  [[nodiscard]] virtual std::size_t column(std::uint64_t position) const = 0;
  // Writes into a finding where its trace is from.
  virtual void describe(std::uint64_t position, Finding& finding) const = 0;
};

// Generated traces, the profiles in turn: trace 0 of each, then trace 1 of each, and so on. After every eighth round
// comes one trace more, of one of the other profiles, which take turns with it.
class GeneratedTraces final : public Drawing {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::vector<ProfileId> profiles;
    // None of `profiles`. The seed says which of them begins.
    std::vector<ProfileId> others = {};
    // The index of the first trace of each of `profiles`, and how many there are.
    std::uint64_t first = 0;
    std::uint64_t traces = UINT64_MAX;
    std::uint32_t max_operations = 4000;
    // Operations that no trace has.
    OperationSet without = {};
    // What no trace asks for.
    FeatureSet lacks = {};
    // Makes a trace that comes before all others of a profile; may be empty.
    std::function<Trace(ProfileId)> opening = {};
  };

  // REQUIRES: options.profiles is not empty
  explicit GeneratedTraces(Options options);

  [[nodiscard]] std::uint64_t size() const override;
  void draw(std::uint64_t position, Trace& trace) const override;
  [[nodiscard]] const std::vector<ProfileId>& profiles() const override { return all_; }
  [[nodiscard]] std::size_t in_full() const override { return options_.profiles.size(); }
  [[nodiscard]] std::size_t column(std::uint64_t position) const override;
  void describe(std::uint64_t position, Finding& finding) const override;
  // The index of the generated trace at a position; 0 for an opening trace.
  [[nodiscard]] std::uint64_t index(std::uint64_t position) const;

 private:
  [[nodiscard]] bool is_opening(std::uint64_t position) const {
    return options_.opening && position < options_.profiles.size();
  }

  // A position behind the opening traces, in blocks of eight rounds.
  struct Place {
    std::uint64_t block;
    std::uint64_t place;
    bool is_others;
  };
  [[nodiscard]] Place place_of(std::uint64_t position) const;

  Options options_;
  std::vector<ProfileId> all_;
};

}  // namespace cyclecheck

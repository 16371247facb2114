// The traces of an exhaustive search as a drawing: at each position is a part of a walk in one profile, the profiles in
// turn; before the first part come the traces that are too short to be in any. Not thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/exhaust/alphabet.hpp"
#include "harness/exhaust/distinct.hpp"
#include "harness/exhaust/walk.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck {

class EveryTrace final : public Drawing {
 public:
  struct Options {
    // See make_alphabet.
    std::string alphabet = "standard";
    std::uint32_t objects = 3;
    std::uint32_t weak_references = 1;
    FeatureSet without = {};
    WalkOptions walk;
    std::vector<ProfileId> profiles;
    // What traces begin with; nothing: the profile's own.
    std::optional<std::array<std::int32_t, 3>> threshold;
    // Only every so many-th part, and which: 1 to `shards`. Shards have no trace in common, and together they are all.
    std::uint32_t shard = 1;
    std::uint32_t shards = 1;
  };

  // For so many workers. `command` finds the traces again. REQUIRES: options in the ranges of make_alphabet and Walk
  EveryTrace(const Options& options, std::size_t workers, std::string command);
  ~EveryTrace() override;

  [[nodiscard]] std::uint64_t size() const override { return UINT64_MAX; }
  void draw(std::uint64_t position, const Mark& mark, Trace& trace) const override;
  [[nodiscard]] bool has_one_each() const override { return false; }
  [[nodiscard]] std::unique_ptr<Drawer> make_drawer(std::size_t worker) const override;
  // The mark says it all.
  [[nodiscard]] std::optional<std::string> running(std::size_t /*worker*/) const override { return std::string{}; }
  [[nodiscard]] Chunk chunk(std::uint64_t number) const override;
  [[nodiscard]] double done(std::size_t column) const override;
  [[nodiscard]] const std::vector<ProfileId>& profiles() const override { return options_.profiles; }
  [[nodiscard]] std::size_t column(std::uint64_t position) const override { return position % profiles().size(); }
  void describe(std::uint64_t position, Finding& finding) const override;

  // Different states of the model's heap before `shutdown`, up to renaming, that all workers met.
  void add_states(std::size_t column, DistinctCount& states) const;

 private:
  class EveryDrawer;
  // Of one worker in one profile, in memory that it shares with its parent.
  struct Shared {
    DistinctCount states{DistinctCount::ZeroedMemory{}};
    // How much of the walk is behind it; negative: it has not begun.
    std::atomic<double> done{-1};
  };

  [[nodiscard]] Trace empty(std::size_t column) const;
  [[nodiscard]] Shared& shared(std::size_t worker, std::size_t column) const {
    return *shared_[worker * profiles().size() + column];
  }

  Options options_;
  Alphabet alphabet_;
  std::string command_;
  std::vector<Shared*> shared_;
};

}  // namespace cyclecheck

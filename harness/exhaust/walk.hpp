// Every trace over an alphabet up to a length, depth first, each followed by `shutdown`.
//
// Traces that say the same are walked through once. Each of these reductions can be switched off:
// - Of traces that differ in names alone, the one that creates a, b, c ... in this order.
// - Of traces that differ in the order of independent operations (harness/exhaust/footprint.hpp), the first by letters.
// - An operation that finds no operand is left out.
// - An operation that finds its operands and changes nothing ends its trace.
// A walk runs nothing. The caller tells it by `see` what the model's heap is after the trace so far. The traces that
// begin with the same kSplit letters are a part; parts are numbered.
// Deterministic. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "harness/exhaust/alphabet.hpp"
#include "harness/exhaust/footprint.hpp"
#include "harness/exhaust/heap_outline.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

inline constexpr std::uint32_t kMostExhaustOperations = 16;
inline constexpr std::uint32_t kSplit = 3;

struct WalkOptions {
  // Without `shutdown`. At most kMostExhaustOperations.
  std::uint32_t operations = 6;
  // Reductions.
  bool one_naming = true;
  bool one_order = true;
  bool without_idle = true;
};

// Where a walk stands: the letters of the trace.
struct WalkPosition {
  std::array<std::uint16_t, kMostExhaustOperations> letters{};
  std::uint8_t length = 0;
  // No longer trace that begins with this one is to be tried.
  bool closed = false;

  friend bool operator==(const WalkPosition&, const WalkPosition&) = default;
};

class Walk {
 public:
  // The walk stands at the empty trace. REQUIRES: `alphabet` outlives the walk; options are in their ranges
  Walk(const Alphabet& alphabet, const Trace& empty, const WalkOptions& options);

  // The trace that stands, with `shutdown` at its end.
  [[nodiscard]] const Trace& trace() const { return trace_; }
  // Its length, without that.
  [[nodiscard]] std::size_t length() const { return taken_.size(); }
  // Whether longer traces begin with it, so that the walk has to see the heap that it leaves.
  [[nodiscard]] bool goes_on() const { return !closed_ && taken_.size() < options_.operations; }

  // What the heap is after the operations of the trace that stands. REQUIRES: goes_on()
  void see(const HeapOutline& heap);
  // Leaves out the longer traces that begin with it.
  void close();
  // Goes to the next trace. False: there is none. REQUIRES: see() or close() was called if goes_on()
  [[nodiscard]] bool next();
  // The same within the part. REQUIRES: the walk stands in a part
  [[nodiscard]] bool next_in_part();

  // What the model's heap is after a trace.
  using Look = std::function<HeapOutline(const Trace&)>;
  // Goes to the first trace of a part, which has kSplit letters; `look` is asked for the heap after each shorter trace
  // on the way. False: there are no more parts. REQUIRES: the part is behind the one in which the walk stands; what
  // see() requires of next() only if it stands in none
  [[nodiscard]] bool go_to_part(std::uint64_t number, const Look& look);

  [[nodiscard]] const WalkPosition& position() const { return position_; }
  // Goes to a position that another walk of the same options had, in the part with this number, if in any. The trace
  // that stands then has still to be seen. False: no walk of these options was there.
  [[nodiscard]] bool go_to(const WalkPosition& position, std::uint64_t part, const Look& look);

  // How much of the whole is done, from 0 to 1; subtrees of one level count alike.
  [[nodiscard]] double progress() const;

 private:
  // The traces one letter longer than a prefix.
  struct Level {
    HeapOutline heap;
    std::size_t next_letter = 0;
    std::size_t tried = 0;
    // How many letters there are to try; counted at the first levels only.
    std::size_t choices = 0;
  };
  struct Taken {
    std::size_t letter;
    Forecast forecast;
  };

  [[nodiscard]] bool next_below(std::size_t levels);
  [[nodiscard]] bool take_next(Level& level);
  [[nodiscard]] bool may_come(const HeapOutline& heap, const Operation& letter, Forecast& forecast) const;
  [[nodiscard]] bool is_first_order(std::size_t letter, const Footprint& footprint) const;
  void take(std::size_t letter, const Forecast& forecast);
  void untake();
  [[nodiscard]] bool is_created(std::uint32_t name) const;

  const Alphabet& alphabet_;
  WalkOptions options_;
  Trace trace_;
  std::vector<Level> levels_;
  std::vector<Taken> taken_;
  // Parts that begin before the place where the walk is, and the only one that it goes into, if not into all.
  std::uint64_t parts_ = 0;
  std::optional<std::uint64_t> part_;
  bool is_over_ = false;
  bool closed_ = false;
  WalkPosition position_;
};

}  // namespace cyclecheck

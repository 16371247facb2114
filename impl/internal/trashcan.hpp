// The trashcan: deallocations that are nested too deeply are put off (rules T1 to T5).
#pragma once

#include <cstdint>

#include "impl/check.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/internal/cell.hpp"
#include "impl/semantics.hpp"

namespace cyclegc::internal {

// What an object is to the trashcan (T1).
enum class Rank : std::uint8_t {
  uncounted,  // never put off
  subtype,    // an instance of a user's class without a list of its own
  list,       // the same with a list: its items count for themselves
  container,  // dictionary, tuple
};

// Only counts and keeps; the deallocations themselves are done by Heap. Every `enter` that answered true is followed by
// one `leave`, every `enter_items` by one `leave_items`. An answer true of those means: empty the trashcan now, between
// start_emptying() and done_emptying().
class Trashcan {
 public:
  explicit Trashcan(const MemorySource& source) : deposited_(vector_for<Id>(Site::trashcan, source)) {}
  void reset(TrashcanRule rule) {
    rule_ = rule;
    level_ = 0;
    deposited_.clear();
  }

  // False: too deep, the object must be deposited.
  [[nodiscard]] bool enter(Rank rank) {
    if (rank == Rank::uncounted || rule_ == TrashcanRule::none) return true;
    if (rule_ == TrashcanRule::headroom) {
      if (level_ >= kHeadroom) return false;
    } else {
      const bool second_level = rule_ == TrashcanRule::two_levels && rank != Rank::container;
      if (level_ + (second_level ? 1 : 0) >= kUnwindLevel) return false;
    }
    ++level_;
    return true;
  }

  // Around the release of a list's items.
  void enter_items(Rank rank) {
    if (items_count(rank)) ++level_;
  }
  [[nodiscard]] bool leave_items(Rank rank) {
    if (!items_count(rank)) return false;
    --level_;
    return rule_ == TrashcanRule::headroom && must_empty();
  }

  [[nodiscard]] bool leave(Rank rank) {
    if (rank == Rank::uncounted || rule_ == TrashcanRule::none) return false;
    CYCLEGC_CHECK(level_ > 0);
    --level_;
    // T3: the subtypes of 2.7 to 3.7 never empty it themselves.
    if (rule_ == TrashcanRule::two_levels && rank != Rank::container) return false;
    return must_empty();
  }

  template <class Visit>
  void visit_memory(Visit&& visit) {
    deposited_.visit_memory(visit);
  }
  // Room for so many deposited objects.
  void reserve(std::size_t objects) { provide(deposited_, objects); }
  [[nodiscard]] std::size_t capacity() const { return deposited_.capacity(); }
  // REQUIRES: there is room
  void deposit(Id id) { deposited_.push_back(id); }
  [[nodiscard]] bool empty() const { return deposited_.empty(); }
  // REQUIRES: !empty()
  [[nodiscard]] Id take() {
    const Id newest = deposited_.back();
    deposited_.pop_back();
    return newest;
  }

  void start_emptying() { ++level_; }
  void done_emptying() { --level_; }

  // What the end of a container at this level would do (T5).
  [[nodiscard]] bool must_empty() const {
    if (deposited_.empty()) return false;
    return rule_ == TrashcanRule::headroom ? level_ < kEmptyBelow : level_ == 0;
  }
  // An object that refers to nothing passes as if there were no trashcan: far from any limit, and nothing to empty.
  [[nodiscard]] bool lets_pass() const { return level_ < kFarFromLimits && deposited_.empty(); }
  // Whatever is deposited from now on is deallocated before the outermost death ends: nothing is left of it.
  [[nodiscard]] bool keeps_nothing() const {
    return level_ == 0 && deposited_.empty() && rule_ != TrashcanRule::two_levels;
  }
  [[nodiscard]] std::int32_t level() const { return level_; }

 private:
  static constexpr std::int32_t kUnwindLevel = 50;
  static constexpr std::int32_t kFarFromLimits = 40;
  static constexpr std::int32_t kHeadroom = 9947;
  static constexpr std::int32_t kEmptyBelow = 9897;

  [[nodiscard]] bool items_count(Rank rank) const {
    return rank == Rank::list && (rule_ == TrashcanRule::two_levels || rule_ == TrashcanRule::headroom);
  }

  TrashcanRule rule_ = TrashcanRule::one_level;
  std::int32_t level_ = 0;
  Vector<Id> deposited_;
};

}  // namespace cyclegc::internal

// One collection of one generation, with CPython's phases (rules C1 to C13).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "impl/heap.hpp"

namespace cyclegc::internal {

// What a collection found (C12). Its answer is the sum.
struct Outcome {
  std::uint32_t collected = 0;
  std::uint32_t uncollectable = 0;
  [[nodiscard]] std::uint32_t answer() const { return collected + uncollectable; }
};

// Lives for one collection. The lists that it sets apart lie in Heap::set_apart_, one segment behind the other; a
// collection that begins inside this one (G5) puts its own behind them and removes them before it ends.
class Collection {
 public:
  // REQUIRES: 0 <= generation <= 2; the collector's `collecting` flag was set by the caller
  Collection(Heap& heap, int generation, bool calls_gc_callbacks)
      : heap_(heap), generation_(generation), calls_gc_callbacks_(calls_gc_callbacks) {}

  Outcome run();

 private:
  // Positions in Heap::set_apart_. Objects that leave it leave a gap.
  struct Segment {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  [[nodiscard]] Order& list(ListId id) { return heap_.lists_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] ListId young() const { return static_cast<ListId>(generation_); }
  [[nodiscard]] ListId old() const { return generation_ == 2 ? young() : static_cast<ListId>(generation_ + 1); }
  [[nodiscard]] bool is_in(Id id, const Segment& segment) const {
    const Cell& cell = heap_.cells_[id];
    return cell.list == ListId::set_apart && cell.place >= segment.begin && cell.place < segment.end;
  }
  // Counts the steps of a pass over it.
  void look_at(const Segment& segment) const { heap_.steps_ += segment.end - segment.begin; }
  [[nodiscard]] std::uint32_t count(const Segment& segment) const;
  void copy_without_gaps(const Segment& segment, Vector<Id>& ids) const;
  void to_old(const Segment& segment);
  [[nodiscard]] Segment set_apart(const Vector<Id>& ids);

  void tell_gc_callbacks(const GcEvent& event);
  void tell_watchers(const GcEvent& event);
  void debug(const DebugLine& line) {
    if (heap_.hooks_.debug) heap_.run_quietly(kNone, [&] { heap_.hooks_.debug(line); });
  }
  void debug_header();
  void debug_object(DebugLine::Kind kind, Id id);
  void debug_done(const Outcome& outcome);

  // --- reachability.cpp: the pure part ---
  [[nodiscard]] bool has_no_cycle() const;
  [[nodiscard]] bool only_handles_refer_to(const Order& young) const;
  [[nodiscard]] bool only_leaves_are_untracked() const;
  [[nodiscard]] bool handles_hold_all(const Order& young) const;
  [[nodiscard]] std::size_t start_with_handles(const Order& young);
  [[nodiscard]] std::size_t update_and_subtract_by_id(ListId examined);
  [[nodiscard]] std::size_t update_and_subtract(Vector<Id>& young);
  void move_unreachable(Vector<Id>& young, std::size_t zeros, Vector<Id>& unreachable);
  void close_gap(Vector<Id>& ids, std::size_t write, std::size_t read, std::size_t unmoved);
  void deduce_unreachable();

  // --- bulk_free.cpp ---
  [[nodiscard]] bool is_unwatched(Id id) const;
  template <class Visit>
  void visit_owned(Id id, Visit&& visit) const;
  template <class Visit>
  void visit_trash(Visit&& visit) const;
  // How many references lead out of the trash. None: a hook, a finalizer or a weak reference can see when one of its
  // objects dies.
  [[nodiscard]] std::optional<std::uint64_t> count_leaving() const;
  [[nodiscard]] bool release_from_trash(Vector<Id>& doomed);
  // `any_leave`: references that are shown may lead out of the trash, and were released.
  void free_custom(Id id, bool any_leave);
  void free_custom_trivially(Id id);
  void free_unwatched(Id id);
  // Frees what was deduced to be unreachable, if the order of these deaths cannot be seen. Otherwise false, and nothing
  // is changed.
  [[nodiscard]] bool free_at_once();

  // --- collection.cpp ---
  void merge_younger();
  [[nodiscard]] Outcome dispose_of_trash();
  void keep_survivors();
  void untrack_tuples();
  void untrack_dictionaries();
  [[nodiscard]] Segment set_legacy_apart(const Segment& unreachable);
  [[nodiscard]] std::uint32_t handle_weak_references(const Segment& unreachable);
  void finalize(const Segment& unreachable);
  [[nodiscard]] bool has_outside_references(const Segment& unreachable);
  [[nodiscard]] Segment without_resurrected(const Segment& unreachable);
  void clear_late_weak_references(const Segment& unreachable);
  void delete_garbage(const Segment& unreachable);
  void keep_uncollectable(const Segment& legacy);

  Heap& heap_;
  int generation_;
  bool calls_gc_callbacks_;
  // Of the trash: what its types have, and whether there are weak references in it or to it.
  std::uint8_t traits_ = 0;
  bool weak_ = false;
  // A callback or finalizer ran, so that something may have been resurrected.
  bool anything_ran_ = false;
};

}  // namespace cyclegc::internal

// The pure part of a collection: what of a list is reachable from outside of it (rules C2, C3), and in which order both
// parts stand afterwards.
//
// Where handles hold all of a list there is nothing to do. Otherwise three ways lead to the collector's counts, and all
// to the same two lists:
//   handles      the list holds every object of the heap that refers to anything. From outside only handles refer to
//                it, so move_unreachable has to know only whether an object is held, and nothing is counted.
//   by id        the list holds most of the heap: update_refs and subtract_refs commute, so they take the cells as they
//                lie in memory.
//   by list      all others.
#include <algorithm>

#include "impl/internal/collection.hpp"

namespace cyclegc::internal {
namespace {

// Lists longer than this exceed the second-level cache: then cells are fetched ahead, or taken as they lie in memory.
// In builds with checks short ones take these ways, too, so that every test goes them.
#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
constexpr std::size_t kLong = 128;
#else
constexpr std::size_t kLong = std::size_t{1} << 14;
#endif
constexpr std::size_t kAhead = 12;

constexpr std::uint8_t kFirst = GcRefs::kFirst;

// Whether cells are to be fetched ahead: there are many, and they do not lie in memory as they stand in the list, which
// a processor finds out by itself. Looks at some of them.
bool are_scattered(const Vector<Id>& ids) {
  if (ids.size() < kLong) return false;
  constexpr std::size_t kSamples = 64;
  static_assert(kLong >= 2 * kSamples);
  constexpr Id kNear = 16;
  std::size_t far = 0;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const std::size_t at = i * (ids.size() / kSamples);
    if (ids[at + 1] - ids[at] + kNear > 2 * kNear) ++far;
  }
  return far > kSamples / 8;
}

// subtract_refs.
struct Subtract {
  GcRefs* refs;
  // Objects that have no reference from outside any more.
  std::size_t zeros = 0;
  // Of nodes and lists: steps.
  std::uint64_t references = 0;
  void operator()(Id child) { zeros += refs->subtract(child) == kFirst ? 1U : 0U; }
};

}  // namespace

// Only the embedder's objects are tracked, and since the collection before none of the young list got a reference to
// one that is younger than itself.
bool Collection::has_no_cycle() const {
  const std::uint8_t cycles = generation_ == 0 ? Heap::kCyclesInYoungest : Heap::kCyclesInMiddle;
  if (generation_ == 2 || (heap_.young_cycles_ & cycles) != 0) return false;
  std::size_t tracked = 0;
  for (const Order& order : heap_.lists_) tracked += order.live;
  const bool elsewhere =
      !heap_.set_apart_.empty() || !heap_.frames_.empty() || !heap_.doomed_.empty() || heap_.waiting_ != 0;
  return tracked == heap_.custom_objects_ && !elsewhere;
}

// Nothing but handles refers to an object of the young list from outside of it.
bool Collection::only_handles_refer_to(const Order& young) const {
  const bool hides = heap_.custom_objects_ != 0 && heap_.hiding_types_ != 0;
  if (heap_.refuse(Refusal::handles_generation, generation_ != 2, hides, !heap_.gc_.garbage.empty(),
                   !heap_.releasing_.empty())) {
    return false;
  }
  return young.live == heap_.live_ || (heap_.waiting_ == 0 && only_leaves_are_untracked());
}

// Everything that is not in the young list refers to nothing: strings of an interpreter.
bool Collection::only_leaves_are_untracked() const {
  return !heap_.refuse(Refusal::leaves_opaque, heap_.opaque_owners_ != 0, heap_.dicts_ != 0, heap_.tuples_ != 0,
                       heap_.semantics_.own_dictionary, heap_.semantics_.classic_instances, heap_.lists_[3].live != 0,
                       !heap_.set_apart_.empty(), !heap_.frames_.empty(), !heap_.doomed_.empty(),
                       !heap_.trashcan_.empty(), heap_.promised_ != 0);
}

// A handle holds every object of the young list: none is unreachable, and none moves.
bool Collection::handles_hold_all(const Order& young) const {
  const std::uint8_t* const held = heap_.held_.bytes();
  heap_.steps_ += young.ids.size();
  return std::all_of(young.ids.begin(), young.ids.end(), [held](Id id) { return id == kNone || held[id] != 0; });
}

// Answers how many objects no handle refers to. Their counts are set only if there are any.
std::size_t Collection::start_with_handles(const Order& young) {
  if (young.live != heap_.live_) {
    heap_.steps_ += young.ids.size();
    std::size_t unheld = 0;
    for (const Id id : young.ids) {
      if (id == kNone) continue;
      const bool is_held = heap_.held_.bytes()[id] != 0;
      heap_.gc_refs_[id] = is_held ? GcRefs::kReferenced : GcRefs::kFirst;
      unheld += is_held ? 0 : 1;
    }
    if (unheld == 0) heap_.gc_refs_.forget(heap_.cells_.size());
    return unheld;
  }
  const std::size_t size = heap_.cells_.size();
  const std::uint8_t* const held = heap_.held_.bytes();
  const std::size_t unheld = heap_.live_ - (size - static_cast<std::size_t>(std::count(held, held + size, 0)));
  if (unheld != 0) heap_.gc_refs_.start_with_handles(heap_.held_, size);
  return unheld;
}

// C2 in the order of ids. Answers how many objects have no reference from outside.
std::size_t Collection::update_and_subtract_by_id(ListId examined) {
  const CellPool& cells = heap_.cells_;
  GcRefs& refs = heap_.gc_refs_;
  const Id size = static_cast<Id>(cells.size());
  heap_.steps_ += 2 * std::uint64_t{size};
  for (Id id = 0; id < size; ++id) {
    if (cells[id].list == examined && cells[id].shape() != Shape::vacant) refs.start(id, cells[id].refs);
  }
  Subtract subtract{&refs};
  for (Id id = 0; id < size; ++id) {
    if (refs[id] != GcRefs::kOut) heap_.visit_referents_of_many(id, subtract);
  }
  heap_.steps_ += subtract.references;
  return subtract.zeros;
}

// C2: update_refs and subtract_refs. Afterwards `young` has no gaps any more, every object in it has its count of
// references from outside; the answer is how many have none.
std::size_t Collection::update_and_subtract(Vector<Id>& young) {
  CellPool& cells = heap_.cells_;
  GcRefs& refs = heap_.gc_refs_;
  const bool prefetch = are_scattered(young);
  std::uint32_t write = 0;
  const std::size_t size = young.size();
  heap_.steps_ += size;
  for (std::size_t i = 0; i < size; ++i) {
    if (prefetch && i + kAhead < size && young[i + kAhead] != kNone) {
      __builtin_prefetch(&cells[young[i + kAhead]]);
    }
    const Id id = young[i];
    if (id == kNone) continue;
    CYCLEGC_CHECK(refs[id] == GcRefs::kOut && cells[id].refs > 0);
    refs.start(id, cells[id].refs);
    if (write != i) {
      cells[id].place = write;
      young[write] = id;
    }
    ++write;
  }
  young.resize(write);
  Subtract subtract{&refs};
  for (std::size_t i = 0; i < write; ++i) {
    if (prefetch && i + kAhead < write) __builtin_prefetch(&cells[young[i + kAhead]]);
    heap_.visit_referents_of_many(young[i], subtract);
  }
  heap_.steps_ += write + subtract.references;
  return subtract.zeros;
}

// C3. `zeros` objects of `young` have no reference from outside. Invariant of the loop: young[0, write) are scanned and
// reachable, young[read, ..) are still to be scanned; an object that is kUnreachable is referred to by no scanned
// object; `waiting` objects are kFirst and not scanned yet, or kUnreachable.
// Afterwards the places of `young` are right and its gaps, of which there may be new ones, are kNone.
void Collection::move_unreachable(Vector<Id>& young, std::size_t zeros, Vector<Id>& unreachable) {
  CellPool& cells = heap_.cells_;
  std::uint8_t* const counts = heap_.gc_refs_.data();
  const bool prefetch = are_scattered(young);
  if (zeros == young.size()) {
    unreachable.assign(young.begin(), young.end());
    for (const Id id : young) counts[id] = GcRefs::kUnreachable;
    young.clear();
    return;
  }
  unreachable.clear();
  bool any_came_back = false;
  std::size_t waiting = zeros;
  const std::size_t unmoved = young.size();
  // As long as few objects leave a long list, it keeps its gaps: closing them means to write to every cell behind.
  std::size_t gaps = young.size() >= kLong ? young.size() / 16 : 0;
  std::size_t write = 0;
  std::size_t read = 0;
  // Without waiting objects all that is left is referred to from outside: no more can happen.
  for (; read < young.size() && waiting != 0; ++read) {
    if (prefetch && read + kAhead < young.size() && young[read + kAhead] != kNone) {
      __builtin_prefetch(&cells[young[read + kAhead]]);
    }
    const Id id = young[read];
    if (id == kNone || counts[id] == kFirst) {
      if (id != kNone) {
        counts[id] = GcRefs::kUnreachable;
        push_within(unreachable, id);
      }
      if (gaps != 0 && write == read) {
        young[write++] = kNone;
        --gaps;
      }
      continue;
    }
    counts[id] = GcRefs::kOut;
    if (write != read || read >= unmoved) {
      cells[id].place = static_cast<std::uint32_t>(write);
      young[write] = id;
    }
    ++write;
    heap_.visit_uncounted(id, [&](Id child) {
      std::uint8_t& outside = counts[child];
      if (outside == GcRefs::kOut || outside > kFirst) return;
      --waiting;
      if (outside == GcRefs::kUnreachable) {
        push_within(young, child);
        any_came_back = true;
      }
      outside = GcRefs::kReferenced;
    });
  }
  heap_.steps_ += young.size();
  for (std::size_t i = read; i < young.size(); ++i) {
    if (young[i] != kNone) counts[young[i]] = GcRefs::kOut;
  }
  close_gap(young, write, read, unmoved);
  if (any_came_back) {
    const auto came_back = [&](Id id) { return counts[id] != GcRefs::kUnreachable; };
    unreachable.erase(std::remove_if(unreachable.begin(), unreachable.end(), came_back), unreachable.end());
  }
  CYCLEGC_CHECK(unreachable.size() == waiting);
}

// Nothing of ids[write, read) is left. What was at `unmoved` and behind does not know its place yet.
void Collection::close_gap(Vector<Id>& ids, std::size_t write, std::size_t read, std::size_t unmoved) {
  const bool shift = read - write > (ids.size() - read) / 8;
  heap_.steps_ += ids.size() - write;
  if (write == read || !shift) {
    std::fill(ids.begin() + static_cast<std::ptrdiff_t>(write), ids.begin() + static_cast<std::ptrdiff_t>(read), kNone);
    for (std::size_t i = std::max(read, unmoved); i < ids.size(); ++i) {
      if (ids[i] != kNone) heap_.cells_[ids[i]].place = static_cast<std::uint32_t>(i);
    }
  } else {
    for (std::size_t i = read; i < ids.size(); ++i) {
      if (ids[i] == kNone) continue;
      heap_.cells_[ids[i]].place = static_cast<std::uint32_t>(write);
      ids[write++] = ids[i];
    }
    ids.resize(write);
  }
  while (!ids.empty() && ids.back() == kNone) ids.pop_back();
}

// Afterwards the young list holds what is reachable, in its new order; the unreachable objects are in no list, but in
// Heap::scratch_unreachable_, and their counts are kUnreachable.
void Collection::deduce_unreachable() {
  Order& examined = list(young());
  Vector<Id>& unreachable = heap_.scratch_unreachable_;
  const std::size_t size = heap_.cells_.size();
  const bool nothing = has_no_cycle();
  if (!heap_.semantics_.exact_order) heap_.young_cycles_ &= generation_ == 0 ? Heap::kCyclesInMiddle : 0;
  if (nothing) {
    unreachable.clear();
    return;
  }
  if (examined.ids.capacity() - examined.ids.size() < examined.live) heap_.compact(young());
  const bool with_handles = only_handles_refer_to(examined);
  const bool by_id = examined.ids.size() >= kLong && examined.live > size / 2;
  if (!with_handles && !by_id && handles_hold_all(examined)) {
    ++heap_.collections_from_handles_;
    unreachable.clear();
    return;
  }
  const std::size_t zeros = with_handles ? start_with_handles(examined)
                            : by_id      ? update_and_subtract_by_id(young())
                                         : update_and_subtract(examined.ids);
  if (with_handles) ++heap_.collections_from_handles_;
  if (with_handles && zeros == 0) {
    unreachable.clear();
    return;
  }
  move_unreachable(examined.ids, zeros, unreachable);
  examined.live -= static_cast<std::uint32_t>(unreachable.size());
  // Vacant cells got counts with those that the handles gave.
  if (with_handles) {
    heap_.gc_refs_.forget(size);
    for (const Id id : unreachable) heap_.gc_refs_[id] = GcRefs::kUnreachable;
  }
}

}  // namespace cyclegc::internal

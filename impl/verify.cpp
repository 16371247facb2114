// Self-verification. It reads the cells alone and shares no bookkeeping with what it checks.
#include <string>
#include <utility>
#include <vector>

#include "impl/heap.hpp"

namespace cyclegc {
namespace internal {

class Verifier {
 public:
  explicit Verifier(const Heap& heap) : heap_(heap) {}

  std::optional<std::string> run(Grade grade) {
    check_counters();
    if (grade == Grade::cheap || wrong_) return std::move(wrong_);
    check_lists();
    check_cells();
    check_vacant();
    if (grade == Grade::structural || wrong_) return std::move(wrong_);
    check_references();
    return std::move(wrong_);
  }

 private:
  // The first thing that is wrong is kept. What asks is compiled into its place, since fuzzers ask after each
  // operation; what answers is not.
  void expect(bool condition, const char* what) {
    if (!condition) [[unlikely]]
      keep(what);
  }
  void expect(bool condition, const char* what, Id id) {
    if (!condition) [[unlikely]]
      keep(what, id);
  }
  void expect_equal(std::uint64_t actual, std::uint64_t expected, const char* what) {
    if (actual != expected) [[unlikely]]
      keep(what, actual, expected);
  }
  [[gnu::noinline, gnu::cold]] void keep(const char* what) {
    if (!wrong_) wrong_ = what;
  }
  [[gnu::noinline, gnu::cold]] void keep(const char* what, Id id) {
    if (!wrong_) wrong_ = std::string(what) + " (object " + std::to_string(id) + ")";
  }
  [[gnu::noinline, gnu::cold]] void keep(const char* what, std::uint64_t actual, std::uint64_t expected) {
    if (!wrong_) wrong_ = std::string(what) + " is " + std::to_string(actual) + ", not " + std::to_string(expected);
  }

  void check_counters() {
    for (const std::int32_t count : heap_.gc_.count) expect(count >= 0, "a generation's count is negative");
    expect(heap_.live_ <= heap_.cells_.size(), "more objects than cells");
    expect(heap_.held_.capacity() >= heap_.cells_.size(), "the table of held counts is too short");
    std::uint64_t tracked = 0;
    for (const Order& order : heap_.lists_) {
      expect(order.live <= order.ids.size(), "a list has more objects than places");
      expect(order.ids.empty() || order.ids.back() != kNone, "a list ends with a gap");
      tracked += order.live;
    }
    expect(tracked <= heap_.live_, "more tracked objects than objects");
    const bool busy = !heap_.frames_.empty() || heap_.gc_.collecting;
    expect(busy || (heap_.doomed_.empty() && !heap_.puts_off_), "deaths are put off while nothing dies");
    expect(heap_.members_ <= heap_.member_room_, "there is no room for the members that deaths release");
    expect(busy || heap_.set_apart_.empty(), "objects are set apart outside of a collection");
    if (!busy && heap_.promised_ == 0) check_room();
    expect(busy || trashcan_idle(), "the trashcan's level is not 0 while nothing dies");
  }

  // Neither deaths nor collections ask for memory (Heap::provide_for).
  void check_room() {
    const std::size_t cells = heap_.cells_.capacity();
    expect(heap_.frames_.capacity() >= cells && heap_.doomed_.capacity() >= cells, "there is no room for deaths");
    expect(heap_.trashcan_.capacity() >= cells, "there is no room in the trashcan");
    expect(heap_.set_apart_.capacity() >= 4 * cells, "there is no room for trash");
    expect(heap_.scratch_unreachable_.capacity() >= cells && heap_.scratch_young_.capacity() >= 2 * cells,
           "there is no room for what a collection examines");
    expect(heap_.gc_refs_.capacity() >= cells, "there is no room for the collector's counts");
    expect(heap_.gc_.garbage.capacity() >= cells, "there is no room in gc.garbage");
    for (std::size_t i = 0; i < heap_.lists_.size(); ++i) {
      expect(heap_.lists_[i].ids.capacity() >= (i == 3 ? cells : 2 * cells), "there is no room in a list");
    }
    expect(heap_.weak_heads_.empty() || heap_.weak_heads_.size() >= cells, "there is no room for weak references");
  }

  [[nodiscard]] bool trashcan_idle() const { return heap_.trashcan_.level() == 0; }

  void check_list(const Vector<Id>& ids, ListId list, std::uint64_t live) {
    std::uint64_t found = 0;
    for (std::size_t place = 0; place < ids.size(); ++place) {
      const Id id = ids[place];
      if (id == kNone) continue;
      ++found;
      if (id >= heap_.cells_.size()) return expect(false, "a list names an object that does not exist", id);
      const Cell& cell = heap_.cells_[id];
      expect(cell.shape() != Shape::vacant, "a freed object is in a list", id);
      expect(cell.list == list, "an object is in another list than it says", id);
      expect(cell.place == place, "an object is at another place than it says", id);
    }
    expect_equal(found, live, "the size of a list");
  }

  void check_lists() {
    for (std::size_t i = 0; i < heap_.lists_.size(); ++i) {
      check_list(heap_.lists_[i].ids, static_cast<ListId>(i), heap_.lists_[i].live);
    }
    std::uint64_t apart = 0;
    for (const Id id : heap_.set_apart_) apart += id != kNone ? 1U : 0U;
    check_list(heap_.set_apart_, ListId::set_apart, apart);
  }

  void check_cells() {
    std::uint64_t live = 0;
    std::uint64_t dead = 0;
    std::uint64_t custom = 0;
    std::uint64_t dicts = 0;
    std::uint64_t tuples = 0;
    std::uint64_t opaque_owners = 0;
    std::uint64_t far_slots = 0;
    const bool dying = !heap_.frames_.empty() || !heap_.releasing_.empty() || !heap_.trashcan_.empty();
    const std::uint64_t waiting = check_waiting();
    WeakTally weak;
    for (Id id = 0; id < heap_.cells_.size(); ++id) {
      const Cell& cell = heap_.cells_[id];
      const Shape shape = cell.shape();
      if (shape == Shape::vacant) continue;
      ++live;
      if (shape == Shape::custom) ++custom;
      if (shape == Shape::dict) ++dicts;
      if (shape == Shape::tuple && !heap_.is_kind(id, Heap::BuiltIn::tuple)) ++tuples;
      if (shape == Shape::opaque && cell.size() != 0) ++opaque_owners;
      if (cell.has(Flag::far)) far_slots += cell.far.capacity;
      // Before the rest: that a dead object is in a list as well says less.
      expect(cell.refs > 0 || dying || waiting != 0, "an object without references is not freed", id);
      dead += cell.refs == 0 ? 1U : 0U;
      check_cell(id, cell);
      check_weak_references(id, cell, weak);
    }
    expect_equal(heap_.live_, live, "the number of objects");
    if (!dying) expect_equal(dead, waiting, "the number of objects without references");
    expect_equal(heap_.statistics().objects, live, "Statistics::objects");
    expect_equal(heap_.custom_objects_, custom, "the number of custom objects");
    expect_equal(heap_.dicts_, dicts, "the number of dicts");
    expect_equal(heap_.tuples_, tuples, "the number of tuples");
    expect_equal(heap_.opaque_owners_, opaque_owners, "the number of opaque objects that refer to something");
    expect_equal(weak.linked, weak.expected, "the number of weak references in lists");
    // An object that is being made may have a block already.
    if (heap_.promised_ == 0 && !dying && !heap_.gc_.collecting) {
      expect_equal(far_slots + heap_.pool_.count_free(), heap_.pool_.size(), "the number of slots");
      const std::size_t references = far_slots + heap_.member_room_ + (Cell::kNear + 1) * heap_.cells_.capacity();
      expect(heap_.releasing_.capacity() >= references, "there is no room for the references that deaths release");
    }
    expect_equal(heap_.callbacks_.size() - heap_.free_callbacks_.size(), weak.callbacks, "the number of callbacks");
    expect_equal(heap_.callbacks_.size(), heap_.most_callbacks_, "the number of places for callbacks");
  }

  // Answers how many objects wait for Heap::release_some.
  std::uint64_t check_waiting() {
    std::uint64_t waiting = 0;
    for (Id id = heap_.newest_waiting_; id != kNone && waiting <= heap_.waiting_; id = heap_.cells_[id].place) {
      ++waiting;
      const bool is_dead = id < heap_.cells_.size() && heap_.cells_[id].shape() != Shape::vacant &&
                           heap_.cells_[id].refs == 0 && heap_.cells_[id].list == ListId::none;
      if (!is_dead) {
        expect(false, "the list of objects that wait is broken", id);
        return waiting;
      }
    }
    expect_equal(heap_.waiting_, waiting, "the number of objects that wait");
    return waiting;
  }

  void check_cell(Id id, const Cell& cell) {
    expect(cell.size() <= cell.capacity(), "more slots than there is room for", id);
    expect(cell.type < heap_.types_.size(), "an object has no type", id);
    if (cell.shape() == Shape::opaque) expect(cell.list == ListId::none, "an opaque object is tracked", id);
    if (cell.list != ListId::none) {
      expect(cell.refs > 0, "a tracked object has count 0", id);
      const bool apart = cell.list == ListId::set_apart;
      const Vector<Id>& ids = apart ? heap_.set_apart_ : heap_.lists_[static_cast<std::size_t>(cell.list)].ids;
      expect(cell.place < ids.size() && ids[cell.place] == id, "a tracked object is not in its list", id);
    }
    expect(id >= heap_.gc_refs_.capacity() || heap_.gc_refs_[id] == GcRefs::kOut, "a collector's count was left behind",
           id);
    expect(heap_.held_[id] <= cell.refs, "more handles than references", id);
    const bool has_attributes = cell.shape() == Shape::attributes || cell.shape() == Shape::dictionary;
    expect(!has_attributes || cell.refs == 0 || cell.size() == 0 || heap_.slots(cell)[cell.size() - 1] != kNone,
           "the last attribute is not set", id);
  }

  // Weak references that are in the list of a referent, those that should be, and their callbacks.
  struct WeakTally {
    std::uint64_t linked = 0;
    std::uint64_t expected = 0;
    std::uint64_t callbacks = 0;
  };

  void check_weak_references(Id id, const Cell& cell, WeakTally& tally) {
    if (cell.shape() == Shape::weak) {
      tally.expected += cell.near[weak_part::referent] != kNone ? 1U : 0U;
      const Id callback = heap_.weak_callbacks_[id];
      if (callback == kNone) return;
      ++tally.callbacks;
      expect(callback < heap_.callbacks_.size() && heap_.callbacks_[callback] != nullptr, "a callback is lost", id);
    } else if (cell.has(Flag::weakly)) {
      tally.linked += follow_weak_list(id);
    }
  }

  std::uint64_t follow_weak_list(Id referent) {
    std::uint64_t length = 0;
    Id previous = kNone;
    for (Id weak = heap_.weak_heads_[referent]; weak != kNone; weak = heap_.cells_[weak].near[weak_part::next]) {
      const Cell& cell = heap_.cells_[weak];
      if (cell.shape() != Shape::weak || cell.near[weak_part::referent] != referent ||
          cell.near[weak_part::previous] != previous || ++length > heap_.live_) {
        expect(false, "the list of weak references is broken", referent);
        return length;
      }
      previous = weak;
    }
    expect(length > 0, "an object claims weak references", referent);
    return length;
  }

  void check_vacant() {
    std::uint64_t vacant = 0;
    for (Id id = heap_.cells_.free_head(); id != kNone; id = heap_.cells_[id].place) {
      ++vacant;
      if (id >= heap_.cells_.size() || heap_.cells_[id].shape() != Shape::vacant || vacant > heap_.cells_.size()) {
        return expect(false, "the list of free cells is broken", id);
      }
    }
    expect_equal(vacant + heap_.live_, heap_.cells_.size(), "the number of cells");
  }

  // Invariant 1 of heap.hpp. Objects that die at the moment keep the references that they have not released yet.
  void check_references() {
    std::vector<std::uint32_t> counted(heap_.cells_.size(), 0);
    std::uint64_t members = 0;
    const auto see = [&](Id from, Id to) {
      if (to >= heap_.cells_.size() || heap_.cells_[to].shape() == Shape::vacant) {
        expect(false, "an object refers to a freed one", from);
      } else {
        ++counted[to];
      }
    };
    for (Id id = 0; id < heap_.cells_.size(); ++id) {
      const Cell& cell = heap_.cells_[id];
      if (cell.shape() == Shape::vacant) continue;
      counted[id] += heap_.held_[id];
      const bool custom = cell.shape() == Shape::custom;
      heap_.visit_referents(id, [&](Id to) {
        see(id, to);
        if (custom) ++members;
      });
      if (custom) {
        const auto payload = heap_.custom_[cell.type].payload;
        if (payload != nullptr) {
          heap_.visit_members(id, payload, [&](Id to) {
            see(id, to);
            ++members;
          });
        }
      }
      if (cell.shape() == Shape::opaque) {
        const Id* const first = heap_.slots(cell);
        for (std::uint32_t i = 0; i < cell.size(); ++i) see(id, first[i]);
      }
    }
    for (const Id id : heap_.gc_.garbage) see(id, id);
    for (const Id id : heap_.releasing_) {
      if ((id & Heap::kMark) == 0) see(id, id);
    }
    for (Id id = 0; id < heap_.cells_.size() && !wrong_; ++id) {
      const Cell& cell = heap_.cells_[id];
      if (cell.shape() == Shape::vacant || cell.refs == counted[id]) continue;
      wrong_ = "object " + std::to_string(id) + " of type " + heap_.types_[cell.type].name + " has count " +
               std::to_string(cell.refs) + ", but " + std::to_string(counted[id]) + " references";
    }
    if (heap_.releasing_.empty()) expect_equal(heap_.members_, members, "the number of members that are set");
  }

  const Heap& heap_;
  std::optional<std::string> wrong_;
};

}  // namespace internal

std::optional<std::string> Heap::verify(Grade grade) const { return internal::Verifier(*this).run(grade); }

}  // namespace cyclegc

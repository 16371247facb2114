// Garbage whose deaths no hook, finalizer or weak reference watches is freed all at once.
//
// The phases of a collection exist for finalizers, weak references and hooks. If no object of the trash has any of
// these, nor any other object that dies with the trash, then the order of the deaths cannot be seen: only the
// references that leave the trash count. CPython's own order is kept in all other cases. Objects of the embedder's
// classes are destroyed in the order in which they lie in memory; what their handles held dies after.
#include <algorithm>

#include "impl/internal/collection.hpp"

namespace cyclegc::internal {

// No hook, finalizer or weak reference can see when this object dies.
bool Collection::is_unwatched(Id id) const {
  const Cell& cell = heap_.cells_[id];
  if (cell.bits == static_cast<std::uint8_t>(Shape::node)) return heap_.traits_[cell.type] == 0;
  if (cell.has(Flag::weakly) || heap_.traits_[cell.type] != 0) return false;
  return cell.shape() != Shape::weak;
}

// All references that an unwatched object owns, also those that the collector does not see; but of a custom object only
// those that it shows (free_custom).
template <class Visit>
void Collection::visit_owned(Id id, Visit&& visit) const {
  const Cell& cell = heap_.cells_[id];
  heap_.steps_ += 1 + cell.size();
  if (cell.shape() == Shape::custom) return heap_.visit_custom(id, visit);
  const Id* const first = heap_.slots(cell);
  const std::uint32_t step = Heap::slot_step(cell.shape());
  for (std::uint32_t i = 0; i < cell.size(); i += step) {
    if (first[i] != kNone) visit(first[i]);
    if (step == 2 && (first[i + 1] & Heap::kMark) != 0) visit(first[i + 1] & ~Heap::kMark);
  }
}

// Trash in the order in which it is best read: as it lies in memory, if there is much of it.
template <class Visit>
void Collection::visit_trash(Visit&& visit) const {
  const Vector<Id>& trash = heap_.scratch_unreachable_;
  const Id size = static_cast<Id>(heap_.cells_.size());
  heap_.steps_ += trash.size();
  if (trash.size() > size / 32) {
    const std::uint8_t* const counts = heap_.gc_refs_.data();
    for (Id id = size; id-- > 0;) {
      if (counts[id] == GcRefs::kUnreachable) visit(id);
    }
  } else {
    for (std::size_t i = trash.size(); i-- > 0;) visit(trash[i]);
  }
}

// All that refers to an object of the trash is a reference of the trash: what it owns beyond those leads out.
std::optional<std::uint64_t> Collection::count_leaving() const {
  std::uint64_t owned = 0;
  std::uint64_t inside = 0;
  heap_.steps_ += heap_.scratch_unreachable_.size();
  for (const Id id : heap_.scratch_unreachable_) {
    if (!is_unwatched(id)) return std::nullopt;
    const Cell& cell = heap_.cells_[id];
    inside += cell.refs;
    if (cell.bits == static_cast<std::uint8_t>(Shape::node)) {
      owned += cell.near_size;
    } else {
      visit_owned(id, [&owned](Id /*child*/) { ++owned; });
    }
  }
  CYCLEGC_CHECK(owned >= inside);
  return owned - inside;
}

// Takes back the references that leave the trash, and adds what dies of that to `doomed`. False, and nothing is
// changed: such a death could be seen.
bool Collection::release_from_trash(Vector<Id>& doomed) {
  const std::uint8_t* const counts = heap_.gc_refs_.data();
  std::uint64_t released = 0;
  bool seen = false;
  const auto release = [&](Id child) {
    if (seen || counts[child] == GcRefs::kUnreachable) return;
    Cell& cell = heap_.cells_[child];
    ++released;
    if (--cell.refs != 0) return;
    if (is_unwatched(child)) {
      doomed.push_back(child);
    } else {
      seen = true;
    }
  };
  visit_trash([&](Id id) { visit_owned(id, release); });
  for (std::size_t i = 0; i < doomed.size() && !seen; ++i) visit_owned(doomed[i], release);
  if (!seen) return true;
  const auto restore = [&](Id child) {
    if (released == 0 || counts[child] == GcRefs::kUnreachable) return;
    --released;
    ++heap_.cells_[child].refs;
  };
  visit_trash([&](Id id) { visit_owned(id, restore); });
  for (const Id id : doomed) {
    if (released == 0) break;
    visit_owned(id, restore);
  }
  return false;
}

// What it gives up beyond what it shows is released: it had a reference from outside, and is no trash.
void Collection::free_custom(Id id, bool any_leave) {
  Vector<Id>& references = heap_.releasing_;
  const std::uint8_t* const counts = heap_.gc_refs_.data();
  const auto leaves = [counts](Id child) { return counts[child] != GcRefs::kUnreachable; };
  const std::size_t base = references.size();
  if (any_leave) {
    heap_.visit_custom(id, [&](Id child) {
      if (!leaves(child)) return;
      if (references.size() == references.capacity()) heap_.fail("traverse visits more than there is", id);
      references.push_back(child);
    });
  }
  Id* const shown = references.begin() + base;
  Id* const members = references.end();
  Id* const end = heap_.take_apart(id, members);
  heap_.cells_[id].set_shape(Shape::node);
  heap_.members_ -= static_cast<std::size_t>(end - members);
  for (const Id* child = members; child != end; ++child) {
    if (!leaves(*child)) continue;
    Id* const found = std::find(shown, members, *child);
    if (found != members) {
      *found = kNone;
    } else {
      CYCLEGC_CHECK(heap_.cells_[*child].refs > 0);
      if (--heap_.cells_[*child].refs == 0) heap_.put_off(*child);
    }
  }
  references.resize(base);
}

// One that dies trivially, of a trash from which nothing leads out.
void Collection::free_custom_trivially(Id id) {
  Cell& cell = heap_.cells_[id];
  const CustomOperations& custom = heap_.custom_[cell.type];
  heap_.visit_in_place(custom, cell, [this](Id /*child*/) { --heap_.members_; });
  heap_.payloads_.give_back(Heap::custom_pointer(cell), custom.size);
  --heap_.custom_objects_;
  heap_.cells_.give_back(id);
}

void Collection::free_unwatched(Id id) {
  Cell& cell = heap_.cells_[id];
  const Shape shape = cell.shape();
  if (shape == Shape::opaque && cell.size() != 0) --heap_.opaque_owners_;
  cell.refs = 0;
  cell.list = ListId::none;
  static_cast<void>(heap_.keep_in_free_list(id, shape == Shape::tuple ? heap_.tuple_width(id) : 0));
  heap_.free_cell(id);
}

// REQUIRES: deduce_unreachable() was called, and its counts stand
bool Collection::free_at_once() {
  Vector<Id>& trash = heap_.scratch_unreachable_;
  // Nothing was made since this collection began: what is freed (D6) finds no count to lower (C1).
  CYCLEGC_CHECK(heap_.gc_.count[0] == 0);
  const bool debugs = (heap_.gc_.debug & ~debug_flag::stats) != 0;
  if (heap_.refuse(Refusal::bulk_debug, debugs, !heap_.trashcan_.keeps_nothing())) return false;
  const std::optional<std::uint64_t> leaving = count_leaving();
  if (heap_.refuse(Refusal::bulk_watched, !leaving)) return false;
  Vector<Id>& doomed = heap_.scratch_young_;
  doomed.clear();
  const bool is_seen = *leaving != 0 && !release_from_trash(doomed);
  if (heap_.refuse(Refusal::bulk_watched_outside, is_seen)) return false;
  // Before any memory is freed, while the counts say what is trash.
  const auto is_trivial = [&](Id id) {
    const Cell& cell = heap_.cells_[id];
    return cell.shape() == Shape::custom && *leaving == 0 && heap_.custom_[cell.type].dies_trivially;
  };
  if (heap_.custom_objects_ != 0) {
    const auto free_object = [&](Id id) {
      if (heap_.cells_[id].shape() == Shape::custom && !is_trivial(id)) free_custom(id, *leaving != 0);
    };
    visit_trash(free_object);
    std::for_each(doomed.begin(), doomed.end(), free_object);
  }
  std::size_t at_once = 0;
  visit_trash([&](Id id) {
    heap_.gc_refs_[id] = GcRefs::kOut;
    if (heap_.cells_[id].bits == static_cast<std::uint8_t>(Shape::node)) {
      heap_.cells_.give_back(id);
      ++at_once;
    } else if (is_trivial(id)) {
      free_custom_trivially(id);
      ++at_once;
    } else {
      free_unwatched(id);
    }
  });
  heap_.live_ -= at_once;
  heap_.freed_at_once_ += trash.size();
  for (const Id id : doomed) {
    heap_.untrack(id);
    free_unwatched(id);
  }
  if (!heap_.doomed_.empty()) heap_.run_deaths(heap_.frames_.size());
  debug_done({static_cast<std::uint32_t>(trash.size()), 0});
  return true;
}

}  // namespace cyclegc::internal

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "harness/shrink/passes.hpp"
#include "harness/shrink/regroup.hpp"

namespace cyclecheck {
namespace {

// So many objects at least are worth a `new` and a `bulk` of their own.
constexpr std::size_t kFewestAtOnce = 3;
// More of them are not made for the sake of fewer operations.
constexpr std::int32_t kMostObjects = 4096;

bool contract_link(ShrinkSearch& search, std::size_t creation, std::size_t link) {
  for (const Contraction how : {Contraction::exchange, Contraction::substitute}) {
    if (!is_link(search.best(), creation, link, how)) continue;
    if (search.attempt(without_link(search.best(), creation, link, how))) return true;
  }
  return false;
}

bool make_at_once(ShrinkSearch& search, std::span<const std::size_t> creations) {
  creations = creations.first(std::min(creations.size(), std::size_t{kMaxBulk}));
  for (const Slots slots : {Slots::newest_first, Slots::oldest_first}) {
    for (const Release release : {Release::never, Release::dropped, Release::cleared}) {
      if (search.attempt(gathered(search.best(), creations, slots, release))) return true;
    }
  }
  return false;
}

// Whether an operation names a slot of what this variable holds.
bool has_slots(const Trace& trace, Name holder) {
  const auto is_one = [&](const Operand& operand) {
    return operand.kind == Operand::Kind::variable && operand.name == holder && operand.slot != Operand::kWhole;
  };
  return std::any_of(trace.operations.begin(), trace.operations.end(), [&](const Operation& operation) {
    return is_one(operation.a) || is_one(operation.b) || is_one(operation.c);
  });
}

}  // namespace

void end_with_shutdown(ShrinkSearch& search) {
  Operation shutdown;
  shutdown.code = OpCode::shutdown;
  for (std::size_t end = 0; end + 1 < search.size() && !search.exhausted(); ++end) {
    Trace candidate = search.best();
    candidate.operations.resize(end);
    candidate.operations.push_back(shutdown);
    if (search.attempt(std::move(candidate))) return;
  }
  for (std::size_t i = 0; i + 1 < search.size() && !search.exhausted(); ++i) {
    Trace candidate = search.best();
    candidate.operations.back() = shutdown;
    erase_range(candidate.operations, i, i + 1);
    if (search.attempt(std::move(candidate))) return;
  }
}

void drop_links(ShrinkSearch& search) {
  for (std::size_t i = 0; i < search.size() && !search.exhausted(); ++i) {
    if (search.operation(i).code != OpCode::create) continue;
    const Name made = search.operation(i).target;
    for (std::size_t j = i + 1; j < search.size() && j <= i + kNearOperations; ++j) {
      if (contract_link(search, i, j)) {
        --i;
        break;
      }
      if (uses_target(search.operation(j).code) && search.operation(j).target == made) break;
    }
  }
}

void make_at_once(ShrinkSearch& search) {
  const std::vector<std::size_t> creations = plain_creations(search.best());
  if (creations.size() < kFewestAtOnce || name_count(search.best()) >= kMaxNames) return;
  for (const ObjectKind kind : {ObjectKind::node, ObjectKind::instance, ObjectKind::classic}) {
    std::vector<std::size_t> of_kind;
    std::copy_if(creations.begin(), creations.end(), std::back_inserter(of_kind),
                 [&](std::size_t i) { return search.operation(i).kind == kind; });
    if (of_kind.size() < kFewestAtOnce || of_kind.size() == creations.size()) continue;
    if (make_at_once(search, of_kind)) return;
  }
  for (std::size_t size = std::min(creations.size(), std::size_t{kMaxBulk}); size >= kFewestAtOnce; size /= 2) {
    for (std::size_t end = creations.size(); end >= size && !search.exhausted(); end -= size) {
      if (make_at_once(search, std::span(creations).subspan(end - size, size))) return;
    }
  }
}

void contract_bulks(ShrinkSearch& search) {
  for (std::size_t i = 0; i < search.size() && !search.exhausted(); ++i) {
    if (search.operation(i).code != OpCode::bulk) continue;
    const auto size = static_cast<std::size_t>(search.operation(i).number[0]);
    if (size < 2 || !has_slots(search.best(), search.operation(i).target)) continue;
    search.drop_chunks(size - 1, [&](std::size_t begin, std::size_t end) {
      // An edge that went may have stood before the `bulk`, which then is in another place.
      if (i >= search.size() || search.operation(i).code != OpCode::bulk) return false;
      if (search.operation(i).number[0] <= static_cast<std::int32_t>(end)) return false;
      return search.attempt(
          contracted(search.best(), i, static_cast<std::int32_t>(begin + 1), static_cast<std::int32_t>(end - begin)));
    });
  }
}

void drop_for_more_objects(ShrinkSearch& search) {
  const auto is_bulk = [](const Operation& operation) { return operation.code == OpCode::bulk; };
  if (search.size() > kPairOperations) return;
  for (const std::int32_t factor : {2, 8}) {
    if (std::none_of(search.best().operations.begin(), search.best().operations.end(), is_bulk)) return;
    for (std::size_t i = search.size(); i-- > 0 && !search.exhausted();) {
      Trace candidate = search.best();
      for (Operation& operation : candidate.operations) {
        if (is_bulk(operation)) {
          operation.number[0] = std::max(operation.number[0], std::min(operation.number[0] * factor, kMostObjects));
        }
      }
      erase_range(candidate.operations, i, i + 1);
      search.attempt(std::move(candidate));
    }
  }
}

void allocate_at_once(ShrinkSearch& search) {
  const auto is_node = [](const Operation& operation) {
    return operation.code == OpCode::create && operation.kind == ObjectKind::node;
  };
  for (std::size_t length = search.size(); length > 1 && !search.exhausted(); length -= (length + 3) / 4) {
    for (std::size_t begin = 1; begin + length <= search.size() && !search.exhausted(); ++begin) {
      const auto first = search.best().operations.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = first + static_cast<std::ptrdiff_t>(length);
      std::int32_t made = 0;
      for (auto operation = first; operation != last; ++operation) {
        if (operation->code == OpCode::create) ++made;
        if (operation->code == OpCode::bulk) made += operation->number[0];
        made = std::min(made, kMaxBulk);
      }
      // The node that was made last, and the one that was made first.
      const auto newest = std::find_if(std::make_reverse_iterator(first), search.best().operations.rend(), is_node);
      if (made == 0 || newest == search.best().operations.rend()) continue;
      const auto oldest = std::find_if(search.best().operations.begin(), first, is_node);
      const std::array holders{newest->target, oldest->target};
      const auto attempt_with = [&](Name holder, std::int32_t number) {
        Trace candidate = search.best();
        Operation& bulk = candidate.operations[begin];
        bulk = Operation{};
        bulk.code = OpCode::bulk;
        bulk.target = holder;
        bulk.number[0] = std::min(number, kMaxBulk);
        erase_range(candidate.operations, begin + 1, begin + length);
        return search.attempt(std::move(candidate));
      };
      // More than were made, where allocations alone must start the collections.
      for (const std::int32_t factor : {1, 8}) {
        if (attempt_with(holders[0], made * factor) || attempt_with(holders[1], made * factor)) break;
      }
    }
  }
}

}  // namespace cyclecheck

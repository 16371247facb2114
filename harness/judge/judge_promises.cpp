// What a contract promises at the end of an operation.
#include <numeric>
#include <utility>

#include "harness/judge/judge.hpp"

namespace cyclecheck {

void Judge::end_of_operation(const Operation& op) {
  check_counts();
  check_callbacks(op);
  if (is_full_collection(op)) end_collection();
  if (is_over_) check_left();
}

void Judge::check_counts() {
  const std::vector<ObjectIndex> candidates = graph_.take_unreferenced();
  if (contract_.counts != Contract::Counts::prompt) return;
  for (const ObjectIndex index : candidates) {
    if (graph_[index].dead || graph_[index].is_referred_to()) continue;
    stop(ContractRule::J13, "nobody refers to " + name(index) + ", and it is not dead");
  }
}

// One that a script of the same operation made may have come too late, and one that was unreachable need not be told:
// it may answer nothing (J8), and then its referent is none of its business any more.
void Judge::check_callbacks(const Operation& op) {
  const bool may_be_late = contract_.callbacks == Contract::Callbacks::after;
  if (may_be_late && !is_full_collection(op)) return;
  const bool may_have_forgotten =
      contract_.weak_references == Contract::WeakReferences::unreachable && !contract_.documentation_of_cpython;
  std::vector<ObjectIndex> later;
  for (const ObjectIndex dead : std::exchange(deaths_, {})) {
    const std::uint64_t died_at = graph_[dead].died_at;
    const std::uint64_t lost_at = graph_[dead].lost_at == 0 ? died_at : graph_[dead].lost_at;
    if (graph_[dead].watchers.empty()) continue;
    if (may_be_late && died_at == moment_) {
      later.push_back(dead);
      continue;
    }
    for (const ObjectIndex index : graph_[dead].watchers) {
      const GraphNode& weak = graph_[index];
      if (weak.dead || weak.callbacks_run > 0) continue;
      if (weak.made_in_script == died_at && !contract_.documentation_of_cpython) continue;
      if (!graph_.is_reachable(index) || weak.unreachable_at >= lost_at) continue;
      if (may_have_forgotten && weak.unreachable_at != 0) continue;
      stop(ContractRule::J12, name(dead) + " is dead, and the callback of " + name(index) + " has not run");
    }
  }
  deaths_ = std::move(later);
}

void Judge::begin_collection() {
  garbage_.clear();
  garbage_slots_.clear();
  entries_.clear();
  touched_.clear();
  for (const ObjectIndex index : graph_.living()) {
    if (graph_.is_reachable(index)) {
      graph_[index].collections = 0;
    } else {
      garbage_.push_back(index);
    }
  }
  for (const ObjectIndex index : garbage_) garbage_slots_.push_back(graph_[index].slots);
  for (const ObjectIndex map : graph_.living()) {
    for (const auto& [key, value] : graph_[map].entries) {
      entries_.emplace_back(map, value);
      entries_.emplace_back(key, value);
    }
  }
  excused_before_ = excused();
}

// The pieces of the garbage are what references and maps connected when the collection began, whichever way they go.
std::vector<bool> Judge::touched_pieces() const {
  std::vector<bool> is_touched(graph_.size(), false);
  if (touched_.empty()) return is_touched;
  std::vector<ObjectIndex> piece(graph_.size());
  std::iota(piece.begin(), piece.end(), 0);
  const auto root = [&](ObjectIndex index) {
    while (piece[index] != index) index = piece[index] = piece[piece[index]];
    return index;
  };
  std::vector<bool> is_garbage(graph_.size(), false);
  for (const ObjectIndex index : garbage_) is_garbage[index] = true;
  for (std::size_t i = 0; i < garbage_.size(); ++i) {
    for (const ObjectIndex to : garbage_slots_[i]) {
      if (to != kNoObject && is_garbage[to]) piece[root(garbage_[i])] = root(to);
    }
  }
  for (const auto& [from, to] : entries_) {
    if (is_garbage[from] && is_garbage[to]) piece[root(from)] = root(to);
  }
  for (const ObjectIndex index : touched_) is_touched[root(index)] = true;
  for (ObjectIndex index = 0; index < graph_.size(); ++index) is_touched[index] = is_touched[root(index)];
  return is_touched;
}

void Judge::end_collection() {
  const std::vector<bool> is_touched = touched_pieces();
  const std::vector<bool> excuses = excused();
  for (const ObjectIndex index : garbage_) {
    GraphNode& object = graph_[index];
    if (object.dead) continue;
    object.collections = is_touched[index] || excuses[index] || excused_before_[index] ? 0 : object.collections + 1;
    if (contract_.collections == 0 || object.collections < contract_.collections) continue;
    stop(ContractRule::J14, name(index) + " is unreachable since before the collection, and not dead");
  }
}

std::vector<bool> Judge::excused() const {
  std::vector<ObjectIndex> from;
  for (const ObjectIndex index : graph_.living()) {
    if (graph_[index].kind == GraphNode::Kind::opaque && contract_.left == Contract::Left::opaque)
      from.push_back(index);
    if (contract_.ephemerons != Contract::Ephemerons::leaky) continue;
    for (const auto& [key, value] : graph_[index].entries) from.push_back(value);
  }
  return graph_.reached_from(from);
}

void Judge::check_left() {
  if (contract_.left == Contract::Left::any) return;
  const std::vector<bool> is_touched = touched_pieces();
  const std::vector<bool> excuses = excused();
  for (ObjectIndex index = 0; index < graph_.size(); ++index) {
    const GraphNode& object = graph_[index];
    if (object.dead || object.kind == GraphNode::Kind::weak || excuses[index] || graph_.is_reachable(index)) continue;
    if (contract_.left == Contract::Left::cycles && object.is_referred_to()) continue;
    if (is_touched[index]) continue;
    stop(ContractRule::J15, name(index) + " is left");
  }
}

}  // namespace cyclecheck

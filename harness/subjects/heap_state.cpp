#include "harness/subjects/heap_state.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

using model::CollectionCause;
using model::CollectionPhase;
using model::Id;
using model::kNone;
using model::List;
using model::Object;
// More garbage than this is not looked at: it takes long, and says no more.
constexpr std::size_t kLargest = 200;

std::uint8_t component_bucket(std::size_t size) {
  if (size <= 3) return static_cast<std::uint8_t>(size);
  if (size <= 7) return 4;
  return size <= 15 ? 5 : 6;
}

std::uint8_t up_to_three(std::size_t count) { return static_cast<std::uint8_t>(std::min<std::size_t>(count, 3)); }

// Spreads a view of a state over a region; the view's number keeps equal values of two views apart.
std::size_t place_in(std::uint32_t view, std::uint32_t value, std::size_t size) {
  std::uint32_t word = (value + view * 0x9E3779B9U) * 0x85EBCA6BU;
  word ^= word >> 15;
  word *= 0xC2B2AE35U;
  return (word >> 12) % size;
}

CollectionTrigger trigger_of(CollectionCause cause) {
  switch (cause) {
    case CollectionCause::allocation:
    case CollectionCause::callback_tuple:
      return CollectionTrigger::allocation;
    case CollectionCause::safepoint:
      return CollectionTrigger::safepoint;
    case CollectionCause::call:
      return CollectionTrigger::explicit_call;
    case CollectionCause::shutdown:
      break;
  }
  return CollectionTrigger::shutdown;
}

constexpr std::size_t kReachRegion = 64;
constexpr std::size_t kView = 2048;

}  // namespace

std::uint32_t HeapState::packed() const {
  std::uint32_t word = 0;
  const auto put = [&](std::uint32_t value, unsigned bits) { word = (word << bits) | value; };
  put(generation, 2);
  put(static_cast<std::uint32_t>(trigger), 2);
  put(populated, 3);
  put(depth, 2);
  put(skipped_full ? 1 : 0, 1);
  put(component, 3);
  put(components, 2);
  put(acyclic ? 1 : 0, 1);
  put(finalizers, 3);
  put(acyclic_finalizer ? 1 : 0, 1);
  put(weak_into, 4);
  put(weak_out ? 1 : 0, 1);
  put(outcome, 6);
  return word;
}

void HeapStates::begin(const Reach& reach) {
  reach_ = &reach;
  before_ = reach.count;
  states_.clear();
}

void HeapStates::end() { complete(); }

// What was counted since the last state began says what came of it.
void HeapStates::complete() {
  if (states_.empty()) return;
  std::uint8_t& outcome = states_.back().outcome;
  const auto note = [&](std::uint8_t bit, bool happened) {
    outcome = static_cast<std::uint8_t>(outcome | (happened ? bit : 0));
  };
  note(1, grew(Reached::gc_resurrection) || grew(Reached::whole_set_kept));
  note(2, grew(Reached::uncollectable));
  note(4, grew(Reached::callback_fired));
  note(8, grew(Reached::nested_collect));
  note(16, grew(Reached::deep_chain));
  note(32, grew(Reached::death_resurrection));
}

void HeapStates::collection_begins(std::size_t generation, CollectionCause cause) {
  complete();
  HeapState& state = states_.emplace_back();
  state.generation = static_cast<std::uint8_t>(generation);
  state.trigger = trigger_of(cause);
  for (std::size_t g = 0; g < 3; ++g) {
    if (!heap().generation(g).empty()) state.populated = static_cast<std::uint8_t>(state.populated | (1U << g));
  }
  state.depth = up_to_three(static_cast<std::size_t>(heap().scripts_running()));
  state.skipped_full = grew(Reached::skipped_full);
  before_ = reach_->count;
}

void HeapStates::phase_ended(CollectionPhase phase, const List& /*survivors*/, const List& unreachable, Id) {
  if (phase == CollectionPhase::survivors && !unreachable.empty()) look_at_garbage(unreachable);
}

void HeapStates::look_at_garbage(const List& unreachable) {
  HeapState& state = states_.back();
  if (unreachable.size() > kLargest) {
    state.component = 7;
    return;
  }
  const auto is_garbage = [&](Id id) { return heap().object(id).list == &unreachable; };
  for (const Id id : unreachable) {
    const Object& object = heap().object(id);
    for (const Id weak : object.weak_references) {
      const unsigned kind = (is_garbage(weak) ? 4U : 1U) << (heap().object(weak).has_callback ? 0U : 1U);
      state.weak_into = static_cast<std::uint8_t>(state.weak_into | kind);
    }
    if (is_weak_reference(object) && object.referent != kNone && !is_garbage(object.referent)) state.weak_out = true;
  }
  look_at_components(unreachable, state);
}

// Tarjan's algorithm without recursion.
void HeapStates::look_at_components(const List& unreachable, HeapState& state) {
  ++epoch_;
  if (stamp_.size() < heap().size()) {
    stamp_.resize(heap().size());
    number_.resize(heap().size());
  }
  ids_.assign(unreachable.begin(), unreachable.end());
  for (std::uint32_t i = 0; i < ids_.size(); ++i) {
    stamp_[ids_[i]] = epoch_;
    number_[ids_[i]] = i;
  }
  edges_.clear();
  first_edge_.clear();
  for (const Id id : ids_) {
    first_edge_.push_back(static_cast<std::uint32_t>(edges_.size()));
    heap().visit(id, [&](Id referent) {
      if (stamp_[referent] == epoch_) edges_.push_back(number_[referent]);
    });
  }
  first_edge_.push_back(static_cast<std::uint32_t>(edges_.size()));

  const auto has_finalizer = [&](std::uint32_t i) { return heap().object(ids_[i]).finalizer != FinalizerKind::none; };
  const auto see_component = [&](std::span<const std::uint32_t> members) {
    const std::uint32_t first = members.front();
    const auto begin = edges_.begin() + first_edge_[first];
    const auto end = edges_.begin() + first_edge_[first + 1];
    if (members.size() == 1 && std::find(begin, end, first) == end) {
      state.acyclic = true;
      if (has_finalizer(first)) state.acyclic_finalizer = true;
      return;
    }
    state.component = std::max(state.component, component_bucket(members.size()));
    state.components = up_to_three(state.components + std::size_t{1});
    for (const std::uint32_t member : members) {
      const Object& object = heap().object(ids_[member]);
      unsigned bits = object.finalizer == FinalizerKind::del ? 1U : object.finalizer != FinalizerKind::none ? 2U : 0U;
      if (object.finalized) bits |= 4U;
      state.finalizers = static_cast<std::uint8_t>(state.finalizers | bits);
    }
  };

  const std::size_t count = ids_.size();
  order_.assign(count, 0);
  low_.assign(count, 0);
  done_.assign(count, false);
  std::uint32_t next_order = 0;
  for (std::uint32_t root = 0; root < count; ++root) {
    if (order_[root] != 0) continue;
    frames_.assign(1, {root, first_edge_[root]});
    order_[root] = low_[root] = ++next_order;
    stack_.push_back(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const std::uint32_t object = frame.object;
      if (frame.next < first_edge_[object + 1]) {
        const std::uint32_t to = edges_[frame.next++];
        if (order_[to] == 0) {
          order_[to] = low_[to] = ++next_order;
          stack_.push_back(to);
          frames_.push_back({to, first_edge_[to]});
        } else if (!done_[to]) {
          low_[object] = std::min(low_[object], order_[to]);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) low_[frames_.back().object] = std::min(low_[frames_.back().object], low_[object]);
      if (low_[object] != order_[object]) continue;
      const auto begin = std::find(stack_.begin(), stack_.end(), object);
      for (auto member = begin; member != stack_.end(); ++member) done_[*member] = true;
      see_component({&*begin, static_cast<std::size_t>(stack_.end() - begin)});
      stack_.erase(begin, stack_.end());
    }
  }
}

void HeapStates::count(std::span<std::uint8_t> counters) const {
  const auto raise = [&](std::size_t place, std::uint64_t by) {
    counters[place] = static_cast<std::uint8_t>(std::min<std::uint64_t>(255, counters[place] + by));
  };
  for (std::size_t i = 0; i < kReached; ++i) {
    if (reach_->count[i] != 0) raise(i, reach_->count[i]);
  }
  static_assert(kReached <= kReachRegion && kReachRegion + 3 * kView <= kStateCounters);
  for (const HeapState& state : states_) {
    HeapState situation = state;
    situation.component = std::min<std::uint8_t>(state.component, 1);
    situation.components = 0;
    situation.acyclic = situation.acyclic_finalizer = situation.weak_out = false;
    situation.finalizers = situation.weak_into = situation.outcome = 0;
    raise(kReachRegion + place_in(1, situation.packed(), kView), 1);

    HeapState garbage = state;
    garbage.trigger = CollectionTrigger::explicit_call;
    garbage.populated = garbage.depth = garbage.generation = garbage.outcome = 0;
    garbage.skipped_full = false;
    raise(kReachRegion + kView + place_in(2, garbage.packed(), kView), 1);

    HeapState outcome = state;
    outcome.populated = outcome.components = 0;
    outcome.component = std::min<std::uint8_t>(state.component, 1);
    outcome.acyclic = outcome.acyclic_finalizer = outcome.weak_out = outcome.skipped_full = false;
    outcome.weak_into = state.weak_into != 0 ? 1 : 0;
    outcome.generation = state.generation == 2 ? 1 : 0;
    raise(kReachRegion + 2 * kView + place_in(3, outcome.packed(), kView), 1);
  }
}

}  // namespace cyclecheck

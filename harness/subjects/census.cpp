#include "harness/subjects/census.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "model/machine.hpp"

namespace cyclecheck {

using model::CollectionCause;
using model::CollectionPhase;
using model::Fact;
using model::Id;
using model::Kind;
using model::kNone;
using model::List;
using model::Object;

Census::Census(const Trace& trace, Reach& reach, model::Observer* next)
    : profile_(profile(trace.profile)), reach_(reach), next_(next) {}

const Object& Census::object(Id id) const { return heap().object(id); }

void Census::run_begins() {
  if (next_ != nullptr) next_->look_at(run());
}

// --- operations ---

void Census::operation_begins(const Operation& operation) {
  Doing& now = doing_.emplace_back();
  now.code = operation.code;
  now.first_new = static_cast<Id>(heap().size());
  for (const Operand* operand : {&operation.a, &operation.b, &operation.c}) {
    if (operand->kind == Operand::Kind::variable) reach_.note(Rule::N2);
  }
  switch (operation.code) {
    case OpCode::integer:
      return reach_.note(Rule::I1);
    case OpCode::collect:
      if (heap().collecting()) reach_.note(Reached::nested_collect);
      return reach_.note(Rule::X1);
    case OpCode::enable:
    case OpCode::disable:
    case OpCode::isenabled:
    case OpCode::get_debug:
      return reach_.note(Rule::X1);
    case OpCode::get_count:
      return reach_.note(Rule::X2);
    case OpCode::get_objects:
      if (operation.count == 0 || profile_.has_generation_argument) reach_.note(Rule::X3);
      return;
    case OpCode::get_stats:
      if (profile_.has_stats) reach_.note(Rule::X9);
      return;
    case OpCode::garbage:
    case OpCode::clear_garbage:
    case OpCode::take_garbage:
      return reach_.note(Rule::B1);
    case OpCode::freeze:
    case OpCode::unfreeze:
      if (!profile_.has_freeze) return;
      if (operation.code == OpCode::freeze) reach_.note(Reached::frozen);
      return reach_.note(Rule::X7);
    case OpCode::set_threshold:
      return reach_.note(Rule::G3);
    case OpCode::fail:
      return reach_.note(Rule::M1);
    case OpCode::raise:
      return reach_.note(Reached::raised);
    case OpCode::shutdown:
      reach_.note(Rule::S1);
      if (std::any_of(run().globals().begin(), run().globals().end(), [](Id id) { return id != kNone; })) {
        reach_.note(Rule::S2);
      }
      return;
    case OpCode::call:
      return reach_.note(Rule::N9);
    case OpCode::weakmap:
    case OpCode::mapset:
    case OpCode::mapget:
      return reach_.note(Rule::N17);
    default:
      return;
  }
}

void Census::operation_ends(const Operation& /*operation*/) { doing_.pop_back(); }

void Census::count_log(const Log& log) {
  reach_.note(Rule::N12, log.operations());
  for (const Event& event : log.all()) count_event(event);
}

void Census::count_event(const Event& event) {
  switch (event.kind) {
    case EventKind::gc_start:
      return reach_.note(Rule::X8);
    case EventKind::watch_start:
    case EventKind::watch_stop:
      return reach_.note(Rule::X10);
    case EventKind::debug_collecting:
      return reach_.note(Rule::B3);
    case EventKind::debug_collectable:
      reach_.note(Rule::C6);
      [[fallthrough]];
    case EventKind::debug_uncollectable:
      reach_.note(Reached::debug_lines);
      return reach_.note(Rule::B4);
    case EventKind::debug_done:
      if (event.number[2] == 0) reach_.note(Rule::B5);
      return;
    case EventKind::leaked:
      reach_.note(Reached::leaked);
      return reach_.note(Rule::S4);
    default:
      return;
  }
}

// --- facts ---

void Census::happened(Fact fact, Id id) {
  switch (fact) {
    case Fact::found:
      return found(id);
    case Fact::bound:
      return bound(id);
    case Fact::made:
      return made(id);
    case Fact::taken:
      return reach_.note(Rule::W8);
    case Fact::counted:
      return counted();
    case Fact::failed:
      reach_.note(Reached::allocation_failed);
      return reach_.note(Rule::M2);
    case Fact::given_up:
      return reach_.note(Rule::M3);
    case Fact::tracked:
      return reach_.note(Rule::G6);
    case Fact::untracked:
      return untracked(id);
    case Fact::dying:
      return dying(id);
    case Fact::deposited:
      return deposited();
    case Fact::trashcan_emptied:
      if (doing_.empty()) reach_.note(Rule::T5);
      return reach_.note(Reached::trashcan_emptied);
    case Fact::called:
      return called(id);
    case Fact::resurrected:
      reach_.note(Reached::death_resurrection);
      return reach_.note(Rule::F4);
    case Fact::freed:
      return freed(id);
    case Fact::cleared:
      return cleared(id);
    case Fact::cleared_silently:
      silent_ = id;
      return reach_.note(Reached::weakref_cleared_silently);
    case Fact::called_object:
      return reach_.note(Rule::W9);
    case Fact::watcher_acts:
      return reach_.note(Reached::watcher_acted);
    case Fact::watchers_changed:
      return reach_.note(Reached::watchers_changed);
    case Fact::callbacks_lost:
      reach_.note(Reached::callbacks_lost);
      if (!profile_.callback_tuple_for_one) reach_.note(Undefined::kept_by_failure);
      return reach_.note(Rule::M4);
    case Fact::freed_with_weakrefs:
      return reach_.note(Undefined::freed_with_weakrefs);
    case Fact::tuple_outlived:
      return reach_.note(Undefined::tuple_outlived);
    case Fact::deposited_in_tuple:
    case Fact::callback_died_in_list:
      if (!profile_.callback_tuple_for_one) reach_.note(Undefined::no_callback_released);
      return;
  }
}

void Census::found(Id id) {
  reach_.note(Rule::N3);
  if (id < came_back_.size() && came_back_[id] && collecting_.empty()) reach_.note(Reached::resurrected_found);
  if (doing_.empty()) return;
  Doing& now = doing_.back();
  if (now.found++ == 0) now.first = id;
  switch (now.code) {
    case OpCode::append:
    case OpCode::remove:
    case OpCode::store:
      if (now.found == 2 && has_slots(object(now.first))) reach_.note(Rule::N7);
      return;
    case OpCode::erase:
    case OpCode::clear:
      if (has_slots(object(id))) reach_.note(Rule::N7);
      return;
    case OpCode::get_referrers:
    case OpCode::get_referents:
      return reach_.note(Rule::X4);
    case OpCode::is_tracked:
      return reach_.note(Rule::X5);
    case OpCode::hold:
    case OpCode::unhold:
      return reach_.note(Rule::N16);
    case OpCode::fill:
    case OpCode::weakrefs:
      if (now.found == 2) reach_.note(Rule::N16);
      return;
    case OpCode::refcount:
      if (!object(id).permanent) reach_.note(Rule::X6);
      return;
    case OpCode::same:
      if (now.found == 2) reach_.note(Rule::X6);
      return;
    case OpCode::id:
      return reach_.note(Rule::I5);
    default:
      return;
  }
}

void Census::bound(Id id) {
  reach_.note(Rule::N1);
  if (doing_.empty()) return;
  const Doing& now = doing_.back();
  const bool is_new = id != kNone && id >= now.first_new;
  switch (now.code) {
    case OpCode::create:
    case OpCode::tuple:
    case OpCode::method:
    case OpCode::traceback:
      return reach_.note(Rule::N11);
    case OpCode::weakref:
    case OpCode::subref:
    case OpCode::proxy:
      return reach_.note(is_new ? Rule::W1 : Rule::W2);
    case OpCode::deref:
      if (id != kNone && object(id).dead) reach_.note(Reached::cleared_seen);
      return reach_.note(Rule::N11);
    case OpCode::add:
      reach_.note(Rule::I4);
      break;
    case OpCode::intern:
      reach_.note(Rule::I3);
      break;
    case OpCode::string:
      if (!is_new) reach_.note(Reached::string_shared);
      if (object(id).interned) reach_.note(Rule::I3);
      break;
    case OpCode::integer:
      break;
    default:
      return;
  }
  const bool is_integer = object(id).kind == Kind::integer;
  if (is_integer && !is_new) reach_.note(Reached::integer_shared);
  if (!is_new || !object(id).permanent) return;
  reach_.note(Rule::I6);
  if (!is_integer && object(id).text.size() <= 1) reach_.note(Rule::I2);
}

void Census::made(Id id) {
  const Object& object = this->object(id);
  if (!is_atom(object) && object.kind != Kind::opaque) reach_.note(Rule::G1);
  if (object.label.part == Part::object) {
    reach_.note(Rule::N4);
    if (doing(OpCode::bulk)) reach_.note(Rule::N8);
  }
  switch (object.kind) {
    case Kind::classic:
      reach_.note(Rule::N6);
      return reach_.note(Rule::N5);
    case Kind::instance:
      return reach_.note(Rule::N5);
    case Kind::custom:
      return reach_.note(Rule::N18);
    case Kind::cell:
      return reach_.note(Rule::N19);
    case Kind::method:
      return reach_.note(Rule::N20);
    case Kind::frame:
      return reach_.note(Rule::N21);
    case Kind::traceback:
      return reach_.note(Rule::N22);
    case Kind::generator:
      return reach_.note(Rule::N23);
    case Kind::set:
      return reach_.note(Rule::N24);
    case Kind::list:
      return reach_.note(Rule::N13);
    case Kind::dict:
      if (profile_.tracks_new_dicts) reach_.note(Rule::G6);
      return reach_.note(Rule::N14);
    case Kind::tuple:
      if (object.label.part == Part::object) return reach_.note(Rule::N15);
      return reach_.note(Reached::callback_tuple);
    case Kind::weakref:
    case Kind::subref:
    case Kind::proxy:
      return reach_.note(Rule::W3);
    default:
      return;
  }
}

void Census::counted() {
  reach_.note(Rule::G2);
  const std::int32_t threshold = heap().threshold[0];
  const bool above = threshold != 0 && static_cast<std::int64_t>(heap().counts()[0]) > threshold;
  if (above && heap().enabled && !heap().collecting()) reach_.note(Rule::G4);
}

void Census::untracked(Id id) {
  const bool tuple = object(id).kind == Kind::tuple;
  reach_.note(tuple ? Rule::G9 : Rule::G6);
  reach_.note(tuple ? Reached::tuple_untracked : Reached::dictionary_untracked);
}

void Census::dying(Id id) {
  reach_.note(Rule::R1);
  const Object& object = this->object(id);
  switch (object.kind) {
    case Kind::weakref:
    case Kind::proxy:
      return reach_.note(Rule::D8);
    case Kind::subref:
      reach_.note(Rule::D8);
      return count_trashcan();
    case Kind::node:
    case Kind::instance:
    case Kind::custom:
      reach_.note(profile_.pep442 ? Rule::D2 : Rule::D3);
      [[fallthrough]];
    case Kind::list:
    case Kind::dict:
    case Kind::dictionary:
    case Kind::tuple:
    case Kind::frame:
    case Kind::traceback:
    case Kind::set:
      count_trashcan();
      break;
    default:
      break;
  }
  if (!object.slots.empty()) reach_.note(Rule::D5);
}

void Census::count_trashcan() { reach_.note(profile_.trashcan == Profile::Trashcan::none ? Rule::T6 : Rule::T1); }

void Census::deposited() {
  reach_.note(Reached::deep_chain);
  switch (profile_.trashcan) {
    case Profile::Trashcan::one_level:
      return reach_.note(Rule::T2);
    case Profile::Trashcan::two_levels:
      return reach_.note(Rule::T3);
    case Profile::Trashcan::headroom:
      return reach_.note(Rule::T4);
    case Profile::Trashcan::none:
      return;
  }
}

void Census::called(Id id) {
  const Object& object = this->object(id);
  if (object.script >= 0) reach_.note(Rule::N10);
  if (is_weak_reference(object)) {
    reach_.note(Reached::callback_fired);
    return reach_.note(Rule::W7);
  }
  reach_.note(Rule::F1);
  // A finalizer of F5 runs first, and marks the object.
  const bool both = object.finalizer == FinalizerKind::both;
  if (both) reach_.note(Rule::F5);
  if (object.finalizer == FinalizerKind::legacy || !profile_.pep442 || (both && object.finalized)) {
    reach_.note(Reached::legacy_finalizer_ran);
    return reach_.note(Rule::F3);
  }
  reach_.note(Reached::finalizer_ran);
  // A collection marks it before the call, a death after it.
  reach_.note(object.finalized ? Rule::C8 : Rule::F2);
}

void Census::freed(Id id) {
  const Object& object = this->object(id);
  switch (object.kind) {
    case Kind::integer:
    case Kind::string:
      return;
    case Kind::opaque:
      return reach_.note(Rule::D1);
    case Kind::classic:
      reach_.note(Rule::D4);
      reach_.note(Rule::D1);
      break;
    case Kind::dictionary:
      if (object.instance != kNone && this->object(object.instance).kind == Kind::instance) reach_.note(Rule::D7);
      break;
    case Kind::list:
    case Kind::dict:
    case Kind::tuple:
      if (has_token(object)) reach_.note(Rule::D9);
      [[fallthrough]];
    default:
      if (has_token(object)) reach_.note(Rule::D1);
      break;
  }
  reach_.note(Rule::D6);
}

void Census::cleared(Id weak) {
  const Object& object = this->object(weak);
  const Object& referent = this->object(object.referent);
  if (std::exchange(silent_, kNone) == weak) return;
  if (referent.references == 0) {        // it dies, and the weak reference is cleared for that
    if (object.references == 0) return;  // or because the weak reference dies, too
    reach_.note(Rule::W4);
    if (object.has_callback) reach_.note(Rule::W6);
    if (!object.has_callback && object.kind != Kind::subref) reach_.note(Rule::W5);
    return;
  }
  if (collecting_.empty()) return;
  // C9b is between C9 and the end of `still_unreachable`: no finalizer runs there.
  const CollectionPhase phase = collecting_.back().phase;
  if (phase == CollectionPhase::move_unreachable && collecting_.back().second_look) return reach_.note(Rule::C9b);
  if (phase != CollectionPhase::legacy_finalizers) return;
  reach_.note(Rule::C7);
  if (!object.has_callback || referent.list != collecting_.back().unreachable) return;
  if (object.references == 0) reach_.note(Undefined::deposited_moved);
  if (object.list == collecting_.back().unreachable) reach_.note(Reached::callback_suppressed);
}

// --- collections ---

void Census::collection_begins(std::size_t generation, CollectionCause cause) {
  count_begin(generation, cause);
  if (next_ != nullptr) next_->collection_begins(generation, cause);
}

void Census::count_begin(std::size_t generation, CollectionCause cause) {
  collecting_.emplace_back().generation = generation;
  reach_.note(Rule::C1);
  if (cause == CollectionCause::shutdown) return reach_.note(Rule::S3);
  if (cause == CollectionCause::call) {
    reach_.note(Reached::explicit_collection);
    if (heap().scripts_running() > 0) reach_.note(Reached::collect_in_finalizer);
    return;
  }
  reach_.note(Rule::G7);
  if (cause == CollectionCause::safepoint) {
    reach_.note(Rule::G5);
    reach_.note(Reached::pending_at_safepoint);
  }
  reach_.note(generation == 0 ? Reached::automatic_0 : generation == 1 ? Reached::automatic_1 : Reached::automatic_2);
  const bool due = static_cast<std::int64_t>(heap().counts()[2]) > heap().threshold[2];
  if (generation < 2 && due) reach_.note(Reached::skipped_full);
}

void Census::phase_ended(CollectionPhase phase, const List& first, const List& second, Id id) {
  if (phase == CollectionPhase::scan) return scanned(second);
  count_phase(phase, first, second);
  if (next_ != nullptr) next_->phase_ended(phase, first, second, id);
}

void Census::scanned(const List& unreachable) {
  std::size_t& moved = collecting_.back().moved;
  if (unreachable.size() > moved) {
    reach_.note(Rule::C3);
  } else {
    reach_.note(Reached::moved_back, moved - unreachable.size());
  }
  moved = unreachable.size();
}

void Census::count_phase(CollectionPhase phase, const List& first, const List& second) {
  Collecting& now = collecting_.back();
  now.phase = phase;
  switch (phase) {
    case CollectionPhase::subtract_refs:
      now.moved = 0;
      reach_.note(Rule::C2, first.size());
      if (collecting_.size() > 1) look_for_damage(first);
      return;
    case CollectionPhase::move_unreachable:
      if (!now.second_look) {
        reach_.note(Rule::C4, first.size());
        if (!second.empty()) reach_.note(Reached::garbage_found);
        if (now.generation > 0) reach_.note(Rule::G8);
      } else {
        reach_.note(Rule::C9, first.size());
        if (!first.empty()) reach_.note(Reached::gc_resurrection);
      }
      now.second_look = true;
      return;
    case CollectionPhase::legacy_finalizers:
      now.unreachable = &first;
      now.set_aside = &second;
      reach_.note(Rule::C5, second.size());
      return;
    case CollectionPhase::clear_weak_references:
      now.queued = &second;
      now.watched.assign(second.begin(), second.end());
      return;
    case CollectionPhase::run_callbacks:
      for (const Id id : now.watched) {
        if (object(id).freed) reach_.note(Reached::weakref_freed_in_gc);
      }
      if (!now.watched.empty()) look_for_resurrected(first);
      return;
    case CollectionPhase::finalize_garbage:
      now.watched.assign(first.begin(), first.end());
      return;
    case CollectionPhase::still_unreachable:
      if (profile_.resurrection == Profile::Resurrection::whole_set && first.empty() && !now.watched.empty()) {
        reach_.note(Rule::C9, now.watched.size());
        reach_.note(Reached::whole_set_kept);
      }
      reach_.note(Rule::C10, first.size());
      now.watched.assign(first.begin(), first.end());
      if ((heap().debug & model::kSaveAll) == 0) return;
      reach_.note(Reached::saveall, first.size());
      now.watched.clear();
      return;
    case CollectionPhase::delete_garbage:
      for (const Id id : now.watched) {
        if (!object(id).freed) reach_.note(Reached::still_alive_after_clear);
      }
      now.garbage = heap().garbage().size();
      return;
    case CollectionPhase::end:
      uncollectable(now);
      answered();
      if (now.generation == 2) reach_.note(Rule::C13);
      collecting_.pop_back();
      return;
    default:
      return;
  }
}

// Trash that something else than trash refers to, once callbacks ran.
void Census::look_for_resurrected(const List& unreachable) {
  std::unordered_map<Id, std::int64_t> outside;
  for (const Id id : unreachable) outside[id] = object(id).references;
  for (const Id id : unreachable) {
    heap().visit(id, [&](Id referent) {
      if (const auto found = outside.find(referent); found != outside.end()) --found->second;
    });
  }
  for (const auto& [id, references] : outside) {
    if (references <= 0) continue;
    reach_.note(Reached::callback_resurrection);
    came_back_.resize(std::max<std::size_t>(came_back_.size(), id + std::size_t{1}));
    came_back_[id] = true;
  }
}

// B2, C11.
void Census::uncollectable(const Collecting& collecting) {
  const std::vector<Id>& garbage = heap().garbage();
  was_garbage_.resize(heap().size());
  for (std::size_t i = collecting.garbage; i < garbage.size(); ++i) {
    reach_.note(Reached::uncollectable);
    reach_.note(was_garbage_[garbage[i]] ? Rule::B2 : Rule::C11);
    was_garbage_[garbage[i]] = true;
  }
}

// C12.
void Census::answered() {
  std::uint64_t sum = 0;
  for (const model::GenerationStats& stats : heap().stats()) sum += stats.collected + stats.uncollectable;
  if (std::exchange(answers_, sum) != sum) reach_.note(Rule::C12);
}

// C2. CPython keeps `gc_refs` in the link to the previous object, and knows by a flag alone that it does. The link of
// an object that a collection has found unreachable is a link again, with the flag still set; a collection inside of
// that one lowers it.
void Census::look_for_damage(const List& base) {
  const auto is_known = [&](const List* list) {
    if (list == nullptr || list == &base || list == &heap().permanent()) return true;
    for (std::size_t g = 0; g < 3; ++g) {
      if (list == &heap().generation(g)) return true;
    }
    return std::any_of(collecting_.begin(), collecting_.end(),
                       [&](const Collecting& outer) { return list == outer.set_aside || list == outer.queued; });
  };
  for (const Id id : base) {
    heap().visit(id, [&](Id referent) {
      if (!is_known(object(referent).list)) reach_.note(Undefined::link_damaged);
    });
  }
}

void run_counted(const Trace& trace, Observe observe, Log& log, Reach& reach, model::Observer* next) {
  Census census(trace, reach, next);
  model::run(trace, observe, log, &census);
  census.count_log(log);
}

}  // namespace cyclecheck

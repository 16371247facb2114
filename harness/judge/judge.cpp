#include "harness/judge/judge.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cyclecheck {
namespace {

// What an operation itself answers, which stands at its place among the events.
bool is_answer(EventKind kind) {
  return kind == EventKind::deref || kind == EventKind::used || kind == EventKind::raised || kind == EventKind::step ||
         kind == EventKind::made || kind == EventKind::identity;
}

GraphNode::Kind kind_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::node:
      return GraphNode::Kind::node;
    case ObjectKind::instance:
    case ObjectKind::classic:
      return GraphNode::Kind::instance;
    case ObjectKind::opaque:
      return GraphNode::Kind::opaque;
    case ObjectKind::list:
      return GraphNode::Kind::list;
    case ObjectKind::dict:
    case ObjectKind::cell:
    case ObjectKind::custom:  // no subject with a contract is asked for these
      break;
  }
  return GraphNode::Kind::dict;
}

// Rule N9.
constexpr std::size_t kMostScopes = 64;
// L5. A subject whose shutdown never becomes quiet is told by what it leaves.
constexpr std::uint32_t kMostShutdownRounds = 64;

bool is_full_collection(const Operation& operation) {
  return operation.code == OpCode::collect && operation.number[0] == 2;
}

}  // namespace

bool is_judged(OpCode code) {
  switch (code) {
    case OpCode::set_debug:
    case OpCode::garbage:
    case OpCode::clear_garbage:
    case OpCode::take_garbage:
    case OpCode::freeze:
    case OpCode::unfreeze:
    case OpCode::fail:
    case OpCode::integer:
    case OpCode::string:
    case OpCode::add:
    case OpCode::intern:
    case OpCode::hold:
    case OpCode::unhold:
    case OpCode::fill:
    case OpCode::weakrefs:
    case OpCode::watch:
    case OpCode::unwatch:
      return false;
    default:
      return true;
  }
}

// --- Following the log (L1 to L5) ---

std::optional<Breach> Judge::judge(const Trace& trace, const Log& log) {
  trace_ = &trace;
  graph_.start(trace);
  moment_ = 0;
  deaths_.clear();
  scripts_ = 0;
  self_ = kNoObject;
  is_over_ = false;
  try {
    for (std::size_t i = 0; i < trace.operations.size() && !is_over_; ++i) {
      events_ = log.of(i);
      follow(i);
    }
  } catch (const Stop& found) {
    return found.breach;
  }
  return std::nullopt;
}

void Judge::follow(std::size_t operation) {
  const Operation& op = trace_->operations[operation];
  operation_ = operation;
  at_ = 0;
  ++moment_;
  if (is_full_collection(op)) begin_collection();
  perform(op);
  consume();
  if (!is_at_end()) stop(ContractRule::J1, "the log goes on with '" + to_string(events_[at_], *trace_) + "'");
  end_of_operation(op);
}

void Judge::consume() {
  while (!is_at_end()) {
    const Event& event = events_[at_];
    if (is_answer(event.kind)) return;
    if (event.kind == EventKind::died) {
      died(event);
    } else if (event.kind == EventKind::finalizer) {
      finalizer(event);
    } else if (event.kind == EventKind::callback) {
      callback(event);
    } else {
      ++at_;
    }
  }
}

// L4. If there is no such event, nothing happened before the object was made. A script that runs meanwhile may take the
// label that the object would have had.
void Judge::consume_until_made(Name name) {
  const auto made = [&] { return Event::of(EventKind::made, graph_.next_label(name)); };
  if (std::find(events_.begin() + static_cast<std::ptrdiff_t>(at_), events_.end(), made()) == events_.end()) return;
  consume();
  if (is_at_end() || !(events_[at_] == made())) stop(ContractRule::J1, "'" + to_string(made(), *trace_) + "' is due");
  ++at_;
}

// L3.
void Judge::step() {
  consume();
  if (is_at_end() || events_[at_].kind != EventKind::step) stop(ContractRule::J1, "'step' is due");
  ++at_;
}

const Event& Judge::answer(EventKind kind) {
  consume();
  if (is_at_end() || events_[at_].kind != kind) {
    stop(ContractRule::J1, "'" + std::string(info(kind).word) + "' is due");
  }
  return events_[at_];
}

void Judge::stop(ContractRule rule, std::string what) const {
  throw Stop{{rule, operation_, std::min(at_, events_.size()), std::move(what)}};
}

ObjectIndex Judge::object_of(const Event& event) const {
  const ObjectIndex index = event.none ? kNoObject : graph_.with_label(event.label);
  if (index == kNoObject) stop(ContractRule::J1, "there is no object of '" + to_string(event, *trace_) + "'");
  return index;
}

// --- Events ---

void Judge::died(const Event& event) {
  const ObjectIndex index = object_of(event);
  GraphNode& object = graph_[index];
  if (object.dead) stop(ContractRule::J3, name(index) + " died before");
  if (graph_.is_reachable(index)) stop(ContractRule::J2, name(index) + " died, but " + graph_.chain_to(index));
  if (object.has_finalizer && object.finalizers_run == 0) {
    stop(ContractRule::J6, name(index) + " died, and its finalizer has not run");
  }
  object.died_at = moment_;
  graph_.die(index);
  deaths_.push_back(index);
  ++at_;
}

void Judge::finalizer(const Event& event) {
  const ObjectIndex index = object_of(event);
  GraphNode& object = graph_[index];
  if (!object.has_finalizer) stop(ContractRule::J4, name(index) + " has no finalizer");
  if (object.dead) stop(ContractRule::J4, "the finalizer of " + name(index) + " runs, which is dead");
  if (!was_unreachable(index)) {
    stop(ContractRule::J4, "the finalizer of " + name(index) + " runs, but " + graph_.chain_to(index));
  }
  if (object.finalizers_run > 0 && contract_.finalizers == Contract::Finalizers::once) {
    stop(ContractRule::J5, "the finalizer of " + name(index) + " ran before");
  }
  ++object.finalizers_run;
  if (contract_.collections != 1) touched_.push_back(index);
  ++at_;
  run_script(index);
}

void Judge::callback(const Event& event) {
  const ObjectIndex index = object_of(event);
  GraphNode& weak = graph_[index];
  if (!weak.has_callback) stop(ContractRule::J10, name(index) + " has no callback");
  if (weak.callbacks_run > 0) stop(ContractRule::J10, "the callback of " + name(index) + " ran before");
  if (weak.dead && weak.died_at != moment_) {
    stop(ContractRule::J10, "the callback of " + name(index) + " runs, which is dead");
  }
  const ObjectIndex referent = weak.referent;
  if (contract_.callbacks == Contract::Callbacks::after && !graph_[referent].dead) {
    stop(ContractRule::J11, "the callback of " + name(index) + " runs, but " + name(referent) + " is not dead");
  }
  if (!graph_[referent].dead && graph_.is_reachable(referent) && graph_[referent].unreachable_at == 0) {
    stop(ContractRule::J11, "the callback of " + name(index) + " runs, but " + graph_.chain_to(referent));
  }
  ++weak.callbacks_run;
  weak.answered_nothing = true;
  ++at_;
  run_script(index);
}

// Rule N10. The object is held meanwhile, unless it is dead.
void Judge::run_script(ObjectIndex self) {
  if (std::exchange(graph_[self].script_ran, true) || graph_[self].script < 0) return;
  const Script& script = trace_->scripts[static_cast<std::size_t>(graph_[self].script)];
  graph_.note_unreachable(moment_);
  const bool holds = !graph_[self].dead;
  if (holds) graph_.hold(self);
  touched_.push_back(self);
  const ObjectIndex outer = std::exchange(self_, self);
  ++scripts_;
  for (const Operation& operation : script) {
    if (operation.code == OpCode::raise) {
      (void)answer(EventKind::raised);
      ++at_;
      break;
    }
    graph_.note_unreachable(moment_);
    perform(operation);
    step();
  }
  --scripts_;
  self_ = outer;
  if (holds) graph_.release(self);
}

// --- Operations (rules N of docs/memory-model.md) ---

ObjectIndex Judge::find(const Operand& operand) {
  const ObjectIndex found = graph_.find(operand, self_, in_script());
  if (in_script() && found != kNoObject) touched_.push_back(found);
  return found;
}

void Judge::perform(const Operation& op) {
  switch (op.code) {
    case OpCode::create:
      return make(op, kind_of(op.kind));
    case OpCode::bulk:
      return bulk(op);
    case OpCode::tuple:
      return make_tuple(op);
    case OpCode::weakref:
    case OpCode::subref:
    case OpCode::proxy:
      return make_weak(op);
    case OpCode::let:
      if (const ObjectIndex a = find(op.a); a != kNoObject) graph_.bind(op.target, a, in_script());
      return;
    case OpCode::root:
      if (const ObjectIndex a = find(op.a); a != kNoObject && graph_[a].kind != GraphNode::Kind::weak) {
        graph_.bind_globally(graph_[a].label.name, a);
      }
      return;
    case OpCode::drop:
      return graph_.drop(op.target, in_script());
    case OpCode::append:
    case OpCode::remove:
    case OpCode::store:
    case OpCode::erase:
    case OpCode::clear:
      return mutate(op);
    case OpCode::call:
      if (!in_script() && graph_.scopes() < kMostScopes) {
        const ObjectIndex a = find(op.a);
        graph_.enter(a, find(op.b));
      }
      return;
    case OpCode::ret:
      if (!in_script() && graph_.scopes() > 0) leave();
      return;
    case OpCode::deref:
    case OpCode::use:
      return ask(op);
    case OpCode::weakmap:
      return make(op, GraphNode::Kind::map);
    case OpCode::mapset:
      return map_to(op);
    case OpCode::mapget:
      return ask_map(op);
    case OpCode::is_tracked:
      return ask_tracked(op);
    case OpCode::shutdown:
      if (!in_script()) shut_down();
      return;
    default:
      return;
  }
}

void Judge::bind_made(Name name, ObjectIndex made) {
  graph_.hold(made);
  if (contract_.machine_of_cpython) {
    step();
    if (graph_[made].kind == GraphNode::Kind::weak) {
      (void)answer(EventKind::identity);
      ++at_;
    }
  }
  graph_.bind(name, made, in_script());
  graph_.release(made);
}

void Judge::make(const Operation& op, GraphNode::Kind kind) {
  consume_until_made(op.target);
  const ObjectIndex made = graph_.make(op.target, kind);
  GraphNode& object = graph_[made];
  object.has_finalizer =
      op.script != kNoScript && object.is_weakly_referable() && contract_.finalizers != Contract::Finalizers::never;
  if (object.has_finalizer) object.script = op.script;
  bind_made(op.target, made);
}

void Judge::bulk(const Operation& op) {
  const ObjectIndex into = graph_.look_up(op.target, in_script());
  if (into == kNoObject || graph_[into].dead || graph_[into].kind != GraphNode::Kind::node) return;
  if (in_script()) touched_.push_back(into);
  graph_.hold(into);
  for (std::int32_t i = 0; i < op.number[0]; ++i) {
    consume_until_made(op.target);
    graph_.append(into, graph_.make(op.target, GraphNode::Kind::node));
  }
  graph_.release(into);
}

void Judge::make_tuple(const Operation& op) {
  const ObjectIndex a = find(op.a);
  if (a == kNoObject || graph_[a].has_attributes()) return;
  const std::vector<ObjectIndex> items = graph_[a].slots;
  if (items.empty()) return;
  for (const ObjectIndex item : items) graph_.hold(item);
  consume_until_made(op.target);
  const ObjectIndex made = graph_.make(op.target, GraphNode::Kind::tuple);
  for (const ObjectIndex item : items) {
    graph_.append(made, item);
    graph_.release(item);
  }
  bind_made(op.target, made);
}

void Judge::make_weak(const Operation& op) {
  const ObjectIndex a = find(op.a);
  if (a == kNoObject || !graph_[a].is_weakly_referable()) return;
  graph_.hold(a);
  if (contract_.machine_of_cpython) {
    consume();
    if (is_at_end() || events_[at_].kind != EventKind::made) {
      graph_.bind(op.target, shared_weak(a), in_script());
      return graph_.release(a);
    }
  }
  consume_until_made(op.target);
  const ObjectIndex made = graph_.make(op.target, GraphNode::Kind::weak);
  GraphNode& weak = graph_[made];
  weak.referent = a;
  weak.is_proxy = op.code == OpCode::proxy;
  weak.has_callback = op.script != kNoScript && contract_.callbacks != Contract::Callbacks::never;
  if (weak.has_callback) {
    weak.script = op.script;
    graph_[a].watchers.push_back(made);
  }
  if (in_script()) weak.made_in_script = moment_;
  bind_made(op.target, made);
  graph_.release(a);
}

// Rules W2 and W3: which weak reference to the object it is that was there already, says the log.
ObjectIndex Judge::shared_weak(ObjectIndex referent) {
  const ObjectIndex shared = object_of(answer(EventKind::identity));
  if (graph_[shared].dead || graph_[shared].referent != referent || graph_[shared].has_callback) {
    stop(ContractRule::J7, name(shared) + " is no weak reference to " + name(referent) + " that can be shared");
  }
  ++at_;
  return shared;
}

void Judge::mutate(const Operation& op) {
  const bool needs_value = op.code == OpCode::append || op.code == OpCode::remove || op.code == OpCode::store;
  const ObjectIndex a = find(op.a);
  const ObjectIndex b = needs_value ? find(op.b) : kNoObject;
  if (a == kNoObject || (needs_value && b == kNoObject)) return;
  if (!graph_[a].can_change()) return;
  const auto slot = static_cast<std::size_t>(op.number[0]);
  if (op.code == OpCode::append) graph_.append(a, b);
  if (op.code == OpCode::remove) graph_.remove(a, b);
  if (op.code == OpCode::store) graph_.store(a, slot, b);
  if (op.code == OpCode::erase) graph_.erase(a, slot);
  if (op.code != OpCode::clear) return;
  if (!graph_[a].has_attributes()) return graph_.clear(a);
  graph_.hold(a);
  for (std::size_t i = 0; i < graph_[a].slots.size(); ++i) {
    if (graph_[a].slots[i] == kNoObject) continue;
    graph_.erase(a, i);
    step();
  }
  graph_.release(a);
}

void Judge::ask(const Operation& op) {
  const ObjectIndex index = find(op.a);
  if (index == kNoObject || graph_[index].kind != GraphNode::Kind::weak) return;
  const bool derefs = op.code == OpCode::deref;
  if (!derefs && !graph_[index].is_proxy) return;
  const ObjectIndex referent = graph_[index].referent;
  const Event& event = answer(derefs ? EventKind::deref : EventKind::used);
  GraphNode& weak = graph_[index];
  const bool answers = derefs ? !event.none : event.number[0] != 0;
  if (answers) {
    if (derefs && event.label != graph_[referent].label) {
      stop(ContractRule::J7,
           name(index) + " answers " + to_string(event.label, *trace_) + ", and refers to " + name(referent));
    }
    if (graph_[referent].dead) stop(ContractRule::J7, name(index) + " answers " + name(referent) + ", which is dead");
    if (weak.answered_nothing) {
      stop(ContractRule::J9, name(index) + " answers " + name(referent) + ", and answered nothing before");
    }
    if (contract_.documentation_of_cpython && self_ != kNoObject && graph_[self_].referent == referent) {
      stop(ContractRule::J16, "the callback of " + name(self_) + " gets " + name(referent) + " from " + name(index));
    }
    if (in_script()) touched_.push_back(referent);
  } else {
    const GraphNode& object = graph_[referent];
    if (!object.dead && !weak.answered_nothing) {
      if (contract_.weak_references == Contract::WeakReferences::death) {
        stop(ContractRule::J8, name(index) + " answers nothing, and " + name(referent) + " is not dead");
      }
      const bool was_lost = object.unreachable_at > 0 || weak.unreachable_at > 0;
      if (graph_.is_reachable(referent) && !was_lost) {
        stop(ContractRule::J8, name(index) + " answers nothing, but " + graph_.chain_to(referent));
      }
    }
    weak.answered_nothing = true;
  }
  ++at_;
  if (derefs) graph_.bind(op.target, answers ? referent : kNoObject, in_script());
}

// Rule N17.
void Judge::map_to(const Operation& op) {
  const ObjectIndex map = find(op.a);
  const ObjectIndex key = find(op.b);
  const ObjectIndex value = find(op.c);
  if (map == kNoObject || key == kNoObject || value == kNoObject) return;
  if (graph_[map].kind == GraphNode::Kind::map && graph_[key].is_weakly_referable()) graph_.map_to(map, key, value);
}

void Judge::ask_map(const Operation& op) {
  const ObjectIndex map = find(op.a);
  const ObjectIndex key = find(op.b);
  if (map == kNoObject || key == kNoObject || graph_[map].kind != GraphNode::Kind::map) return;
  if (!graph_[key].is_weakly_referable()) return;
  const Event& event = answer(EventKind::deref);
  const ObjectIndex value = graph_.mapped(map, key);
  const std::string entry = name(map) + " maps " + name(key);
  if (!event.none) {
    if (value == kNoObject || event.label != graph_[value].label) {
      stop(ContractRule::J7, entry + " to " + to_string(event.label, *trace_) + ", and not to " +
                                 (value == kNoObject ? "anything" : name(value)));
    }
    if (graph_[value].dead) stop(ContractRule::J7, entry + " to " + name(value) + ", which is dead");
    if (in_script()) touched_.push_back(value);
  } else if (value != kNoObject && !was_unreachable(map) && !was_unreachable(key)) {
    stop(ContractRule::J8, entry + " to nothing, and not to " + name(value));
  }
  ++at_;
  graph_.bind(op.target, event.none ? kNoObject : value, in_script());
}

void Judge::ask_tracked(const Operation& op) {
  const ObjectIndex a = find(op.a);
  if (!contract_.documentation_of_cpython || in_script() || a == kNoObject || graph_[a].was_filled) return;
  const auto answer = std::find_if(events_.begin() + static_cast<std::ptrdiff_t>(at_), events_.end(),
                                   [](const Event& event) { return event.kind == EventKind::flag; });
  if (answer == events_.end() || answer->number[0] == 0 || graph_[a].kind != GraphNode::Kind::dict) return;
  stop(ContractRule::J17, name(a) + " is a dict without items, and is tracked");
}

// Rule N9.
void Judge::leave() {
  for (const ObjectIndex held : graph_.leave()) {
    graph_.release(held);
    step();
  }
}

bool Judge::has_step_ahead() const {
  return std::any_of(events_.begin() + static_cast<std::ptrdiff_t>(at_), events_.end(),
                     [](const Event& event) { return event.kind == EventKind::step; });
}

void Judge::release_globals() {
  // NOLINTNEXTLINE(modernize-loop-convert): what dies may run scripts, which bind more names
  for (std::size_t i = 0; i < graph_.bound().size(); ++i) {
    const Name name = graph_.bound()[i];
    if (graph_.global(name) == kNoObject) continue;
    graph_.bind_globally(name, kNoObject);
    step();
  }
}

// L5; CPython's: rules S1 to S4.
void Judge::shut_down() {
  while (graph_.scopes() > 0) leave();
  step();
  if (contract_.machine_of_cpython) {
    release_globals();
    begin_collection();
    consume();
    is_over_ = true;
    return;
  }
  // A round has a `step` at least.
  std::uint32_t rounds = 0;
  for (; has_step_ahead(); ++rounds) {
    release_globals();
    begin_collection();
    step();
  }
  for (const Name name : graph_.bound()) {
    if (graph_.global(name) == kNoObject || rounds >= kMostShutdownRounds) continue;
    stop(ContractRule::J1, "shutdown ends, and the variable " + spelling(*trace_, name) + " is bound");
  }
  consume();
  is_over_ = true;
}

// --- Promises, at the end of an operation ---

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

// One that a script of the same operation made may have come too late, and one that was unreachable need not be told.
void Judge::check_callbacks(const Operation& op) {
  const bool may_be_late = contract_.callbacks == Contract::Callbacks::after;
  if (may_be_late && !is_full_collection(op)) return;
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
      stop(ContractRule::J12, name(dead) + " is dead, and the callback of " + name(index) + " has not run");
    }
  }
  deaths_ = std::move(later);
}

void Judge::begin_collection() {
  garbage_.clear();
  garbage_slots_.clear();
  touched_.clear();
  for (const ObjectIndex index : graph_.living()) {
    if (graph_.is_reachable(index)) {
      graph_[index].collections = 0;
    } else {
      garbage_.push_back(index);
    }
  }
  for (const ObjectIndex index : garbage_) garbage_slots_.push_back(graph_[index].slots);
  excused_before_ = excused();
}

// The pieces of the garbage are what references connected when the collection began, whichever way they go.
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

// What operations do to the graph, and their answers (rules N of docs/memory-model.md).
#include <algorithm>
#include <utility>

#include "harness/judge/judge.hpp"

namespace cyclecheck {
namespace {

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
    case ObjectKind::frame:
    case ObjectKind::generator:
    case ObjectKind::coroutine:
    case ObjectKind::set:
    case ObjectKind::custom:  // no subject with a contract is asked for these
      break;
  }
  return GraphNode::Kind::dict;
}

// Rule N9.
constexpr std::size_t kMostScopes = 64;
// L5. A subject whose shutdown never becomes quiet is told by what it leaves.
constexpr std::uint32_t kMostShutdownRounds = 64;

}  // namespace

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

}  // namespace cyclecheck

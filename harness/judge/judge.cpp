#include "harness/judge/judge.hpp"

#include <algorithm>
#include <utility>

namespace cyclecheck {
namespace {

// What an operation itself answers, which stands at its place among the events.
bool is_answer(EventKind kind) {
  return kind == EventKind::deref || kind == EventKind::used || kind == EventKind::raised || kind == EventKind::step ||
         kind == EventKind::made || kind == EventKind::identity;
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
    case OpCode::method:
    case OpCode::traceback:
    case OpCode::close:
    case OpCode::resume:
    case OpCode::setitem:
    case OpCode::delitem:
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

}  // namespace cyclecheck

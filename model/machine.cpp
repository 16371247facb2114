#include "model/machine.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "model/heap.hpp"
#include "model/interruption.hpp"

namespace cyclecheck::model {
namespace {

Kind to_kind(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::node:
      return Kind::node;
    case ObjectKind::instance:
      return Kind::instance;
    case ObjectKind::classic:
      return Kind::classic;
    case ObjectKind::list:
      return Kind::list;
    case ObjectKind::dict:
      return Kind::dict;
    case ObjectKind::opaque:
      break;
  }
  return Kind::opaque;
}

// What `call` opened: N9.
struct Scope {
  std::array<Id, 2> arguments{kNone, kNone};
  // In the order of their first binding; kNone: unbound now.
  std::vector<std::pair<Name, Id>> locals;
};

class Machine final : private Program {
 public:
  Machine(const Trace& trace, Observe observe, Log& log, Reach& reach, Probe* probe, Watcher* watcher)
      : trace_(trace),
        profile_(profile(trace.profile)),
        observe_(observe),
        log_(log),
        reach_(reach),
        probe_(probe),
        watcher_(watcher),
        heap_(profile_, trace.settings, *this, log, reach),
        globals_(name_count(trace), kNone),
        bound_once_(globals_.size(), false) {}

  // Before `run`.
  void interrupt(const Interruption& interruption) { interruption_ = interruption; }

  void run() {
    for (std::size_t i = 0; i < trace_.operations.size(); ++i) {
      if (!stopped_) {
        execute(trace_.operations[i]);
        end_operation();
        if (probe_ != nullptr) probe_->after_operation(i, heap_, roots());
        if (watcher_ != nullptr) watcher_->operation_ended(i, heap_, globals_);
      }
      log_.end_operation();
    }
  }

 private:
  // --- names: N1 to N4 ---
  [[nodiscard]] bool in_script() const { return self_ != kNone; }

  // The variable that a name looks up: N2. Null: it is not bound.
  Id* variable(Name name) {
    reach_.note(Rule::N2);
    if (!in_script() && !scopes_.empty()) {
      for (auto& [local, id] : scopes_.back().locals) {
        if (local == name && id != kNone) return &id;
      }
    }
    return globals_[name.value] == kNone ? nullptr : &globals_[name.value];
  }

  // N3. kNone: nothing is found.
  Id find(const Operand& operand) {
    Id id = kNone;
    switch (operand.kind) {
      case Operand::Kind::none:
        return kNone;
      case Operand::Kind::variable: {
        const Id* bound = variable(operand.name);
        if (bound != nullptr) id = *bound;
        break;
      }
      case Operand::Kind::label:
        id = heap_.last_created(operand.name);
        break;
      case Operand::Kind::self:
        id = self_;
        break;
    }
    if (!usable(id)) return kNone;
    reach_.note(Rule::N3);
    if (operand.slot == Operand::kWhole) return id;
    const Id held = heap_.slot(id, static_cast<std::size_t>(operand.slot));
    return usable(held) ? held : kNone;
  }

  [[nodiscard]] bool usable(Id id) const {
    if (id == kNone) return false;
    const Object& object = heap_.object(id);
    return !object.freed && !object.dead && object.references > 0;
  }

  void bind_global(Name name, Id id) {
    if (id != kNone && !bound_once_[name.value]) {
      bound_once_[name.value] = true;
      global_order_.push_back(name);
    }
    replace(globals_[name.value], id);
  }

  // N2. Takes over the caller's reference.
  void bind(Name name, Id id) {
    reach_.note(Rule::N1);
    if (in_script() || scopes_.empty()) return bind_global(name, id);
    for (auto& [local, old] : scopes_.back().locals) {
      if (local == name) return replace(old, id);
    }
    if (id != kNone) scopes_.back().locals.emplace_back(name, id);
  }

  // The store comes first, then the old value is released.
  void replace(Id& variable, Id id) {
    const Id old = std::exchange(variable, id);
    if (old != kNone) heap_.release(old);
  }

  // --- operations ---
  void execute(const Operation& operation);
  void perform(const Operation& operation);
  void fail(const Operation& operation);
  void change_slots(const Operation& operation);
  void query(const Operation& operation);
  void create(const Operation& operation);
  void make_tuple(const Operation& operation);
  void add(const Operation& operation);
  void intern(const Operation& operation);
  void make_weak(const Operation& operation, Kind kind);
  void deref(const Operation& operation);
  void collect(std::int32_t generation);
  void leave_scope();
  void shut_down();
  void run_script(ScriptId script, Id self) override;
  void collection_begins(std::size_t generation) override {
    if (watcher_ != nullptr) watcher_->collection_begins(heap_, generation);
  }
  void garbage_found(const List& unreachable) override {
    if (watcher_ != nullptr) watcher_->garbage_found(heap_, unreachable);
  }
  void at_place(CollectionPlace place) override {
    if (interruption_ && interruption_->kind == Interruption::Kind::tuple && place == CollectionPlace::callback_tuple &&
        tuples_++ == interruption_->index) {
      heap_.fails_in = kTupleFails;
    }
    if (probe_ != nullptr) probe_->at_place(place);
  }
  void automatic_collection(std::size_t generation, bool nested) override {
    if (probe_ != nullptr) probe_->automatic_collection(generation, nested);
  }
  void phase_ended(CollectionPhase phase, const List& first, const List& second, Id scanned) override {
    if (probe_ != nullptr && probe_->wants_phases()) {
      probe_->phase_ended(phase, first, second, scanned, heap_, roots());
    }
  }
  void end_operation();

  void answer(EventKind kind, std::uint32_t value) { log_.add(Event::numbers(kind, value)); }
  void answer_object(EventKind kind, Id id) { log_.add(Event::of(kind, heap_.object(id).label)); }
  void answer_counts() {
    const auto& count = heap_.counts();
    log_.add(Event::numbers(EventKind::count, count[0], count[1], count[2]));
  }
  void list_generations();
  [[nodiscard]] std::vector<Root> roots() const;

  const Trace& trace_;
  const Profile& profile_;
  Observe observe_;
  Log& log_;
  Reach& reach_;
  Probe* probe_;
  Watcher* watcher_;
  Heap heap_;

  std::vector<Id> globals_;
  std::vector<bool> bound_once_;
  std::vector<Name> global_order_;
  std::vector<Scope> scopes_;
  Id self_ = kNone;
  bool raised_ = false;
  bool stopped_ = false;
  std::optional<Interruption> interruption_;
  bool one_more_ = false;
  std::uint64_t executed_ = 0;
  std::uint64_t tuples_ = 0;
  std::size_t logged_garbage_ = 0;
  std::array<std::uint32_t, 3> logged_count_{};
};

void Machine::execute(const Operation& operation) {
  const bool fails = interruption_ && interruption_->kind == Interruption::Kind::operation &&
                     operation.code != OpCode::raise && executed_++ == interruption_->index;
  if (fails) return fail(operation);
  perform(operation);
}

void Machine::fail(const Operation& operation) {
  if (operation.code == OpCode::bulk) {
    Operation part = operation;
    part.number[0] = static_cast<std::int32_t>(interruption_->made);
    one_more_ = interruption_->one_more;
    perform(part);
  }
  answer(EventKind::no_memory, 0);
}

void Machine::perform(const Operation& operation) {
  const Place place = info(operation.code).place;
  if (place != Place::anywhere && in_script() != (place == Place::script_only)) return;  // N9

  switch (operation.code) {
    case OpCode::create:
      return create(operation);
    case OpCode::tuple:
      return make_tuple(operation);
    case OpCode::integer:
      return bind(operation.target, heap_.integer(operation.target, operation.number[0]));
    case OpCode::string:
      return bind(operation.target, heap_.constant(operation.target, std::string(operation.text.view())));
    case OpCode::add:
      return add(operation);
    case OpCode::intern:
      return intern(operation);
    case OpCode::bulk: {  // N8
      const auto target = find(Operand::variable(operation.target));
      if (target == kNone || heap_.object(target).kind != Kind::node) return;
      reach_.note(Rule::N8);
      heap_.hold(target);
      bool failed = false;
      for (std::int32_t i = 0; i < operation.number[0]; ++i) {
        const Id made = heap_.allocate(Kind::node, operation.target, FinalizerKind::none, kNoScript);
        failed = made == kNone;
        if (failed) break;
        heap_.append(target, made);
        heap_.release(made);
      }
      if (std::exchange(one_more_, false)) {
        const Id made = heap_.allocate(Kind::node, operation.target, FinalizerKind::none, kNoScript);
        heap_.release(made);
      }
      heap_.release(target);
      if (failed) answer(EventKind::no_memory, 0);
      return;
    }
    case OpCode::let: {
      const Id id = find(operation.a);
      if (id == kNone) return;
      heap_.hold(id);
      return bind(operation.target, id);
    }
    case OpCode::root: {  // N4
      const Id id = find(operation.a);
      if (id == kNone || is_weak_reference(heap_.object(id))) return;
      heap_.hold(id);
      return bind_global(heap_.object(id).label.name, id);
    }
    case OpCode::drop: {
      Id* bound = variable(operation.target);
      if (bound != nullptr) heap_.release(std::exchange(*bound, kNone));
      return;
    }
    case OpCode::append:
    case OpCode::remove:
    case OpCode::store:
    case OpCode::erase:
    case OpCode::clear:
      return change_slots(operation);
    case OpCode::call: {  // N9
      constexpr std::size_t kDeepest = 64;
      if (scopes_.size() == kDeepest) return;
      const std::array<Id, 2> arguments{find(operation.a), find(operation.b)};
      for (const Id id : arguments) {
        if (id != kNone) heap_.hold(id);
      }
      scopes_.push_back({arguments, {}});
      return;
    }
    case OpCode::ret:
      return leave_scope();
    case OpCode::safepoint:
      return heap_.safepoint();
    case OpCode::weakref:
      return make_weak(operation, Kind::weakref);
    case OpCode::subref:
      return make_weak(operation, Kind::subref);
    case OpCode::proxy:
      return make_weak(operation, Kind::proxy);
    case OpCode::deref:
      return deref(operation);
    case OpCode::collect:
      return collect(operation.number[0]);
    case OpCode::enable:
      reach_.note(Rule::X1);
      heap_.enabled = true;
      return;
    case OpCode::disable:
      reach_.note(Rule::X1);
      heap_.enabled = false;
      return;
    case OpCode::set_threshold:
      reach_.note(Rule::G3);
      for (std::size_t i = 0; i < operation.count; ++i) heap_.threshold[i] = operation.number[i];
      return;
    case OpCode::set_debug:
      heap_.debug = static_cast<unsigned>(operation.number[0]);
      return;
    case OpCode::clear_garbage:
      reach_.note(Rule::B1);
      return heap_.clear_garbage();
    case OpCode::take_garbage: {
      reach_.note(Rule::B1);
      const auto index = static_cast<std::size_t>(operation.number[0]);
      if (index < heap_.garbage().size()) bind(operation.target, heap_.take_garbage(index));
      return;
    }
    case OpCode::freeze:
    case OpCode::unfreeze:
      if (!profile_.has_freeze) return;
      reach_.note(Rule::X7);
      return operation.code == OpCode::freeze ? heap_.freeze() : heap_.unfreeze();
    case OpCode::callbacks:
      if (profile_.has_callbacks) heap_.callbacks = operation.number[0] != 0;
      return;
    case OpCode::shutdown:
      return shut_down();
    case OpCode::raise:
      answer_object(EventKind::raised, self_);
      reach_.note(Reached::raised);
      raised_ = true;
      return;
    case OpCode::fail:
      reach_.note(Rule::M1);
      heap_.fails_in = static_cast<std::uint32_t>(operation.number[0]);
      return;
    default:
      return query(operation);
  }
}

// N11.
void Machine::create(const Operation& operation) {
  const Id id = heap_.allocate(to_kind(operation.kind), operation.target, operation.finalizer, operation.script);
  if (id == kNone) return answer(EventKind::no_memory, 0);  // M2
  reach_.note(Rule::N11);
  heap_.safepoint();
  bind(operation.target, id);
}

// N15, N11.
void Machine::make_tuple(const Operation& operation) {
  const Id a = find(operation.a);
  if (a == kNone) return;
  const Object& source = heap_.object(a);
  if (!has_items(source) && source.kind != Kind::tuple) return;
  if (source.slots.empty()) return;
  const std::vector<Id> items = source.slots;
  for (const Id item : items) heap_.hold(item);
  const Id tuple = heap_.make_tuple(operation.target, items);
  if (tuple == kNone) {  // M2
    for (const Id item : items) heap_.release(item);
    return answer(EventKind::no_memory, 0);
  }
  heap_.safepoint();
  bind(operation.target, tuple);
}

// I4.
void Machine::add(const Operation& operation) {
  const Id a = find(operation.a);
  const Id b = find(operation.b);
  if (a == kNone || b == kNone) return;
  if (!is_atom(heap_.object(a)) || heap_.object(a).kind != heap_.object(b).kind) return;
  const Id sum = heap_.add(operation.target, a, b);
  if (sum != kNone) bind(operation.target, sum);
}

// I3.
void Machine::intern(const Operation& operation) {
  const Id a = find(operation.a);
  if (a == kNone || heap_.object(a).kind != Kind::string) return;
  heap_.hold(a);
  bind(operation.target, heap_.intern(a));
}

// W1 to W3, N11.
void Machine::make_weak(const Operation& operation, Kind kind) {
  const Id referent = find(operation.a);
  if (referent == kNone) return;
  const Kind target = heap_.object(referent).kind;
  if (target != Kind::node && target != Kind::instance && target != Kind::classic) return;
  reach_.note(Rule::W1);
  const bool has_callback = operation.script != kNoScript;
  heap_.hold(referent);
  const std::size_t before = heap_.size();
  const Id weak = heap_.make_weak(kind, operation.target, referent, has_callback, operation.script);
  if (weak != kNone) {
    if (heap_.size() != before) heap_.safepoint();
    bind(operation.target, weak);
  }
  heap_.release(referent);
  if (weak == kNone) answer(EventKind::no_memory, 0);  // M2
}

// N7. The container is held, what is stored or removed is not.
void Machine::change_slots(const Operation& operation) {
  const Id a = find(operation.a);
  if (a == kNone || !has_slots(heap_.object(a))) return;
  const bool needs_b =
      operation.code == OpCode::append || operation.code == OpCode::remove || operation.code == OpCode::store;
  const Id b = needs_b ? find(operation.b) : kNone;
  if (needs_b && b == kNone) return;
  const auto index = static_cast<std::size_t>(operation.number[0]);
  reach_.note(Rule::N7);
  heap_.hold(a);
  switch (operation.code) {
    case OpCode::append:
      heap_.append(a, b);
      break;
    case OpCode::remove:
      heap_.remove(a, b);
      break;
    case OpCode::store:
      heap_.store(a, index, b);
      break;
    case OpCode::erase:
      heap_.erase(a, index);
      break;
    default:
      heap_.clear(a);
      break;
  }
  heap_.release(a);
}

// N11.
void Machine::deref(const Operation& operation) {
  const Id weak = find(operation.a);
  if (weak == kNone || !is_weak_reference(heap_.object(weak))) return;
  reach_.note(Rule::N11);
  const Id referent = heap_.object(weak).referent;
  if (referent == kNone || heap_.object(referent).references == 0) {
    log_.add(Event::nothing(EventKind::deref));
    return bind(operation.target, kNone);
  }
  if (heap_.object(referent).dead) reach_.note(Reached::cleared_seen);
  answer_object(EventKind::deref, referent);
  heap_.hold(referent);
  bind(operation.target, referent);
}

// X1.
void Machine::collect(std::int32_t generation) {
  reach_.note(Rule::X1);
  if (generation == kInvalidGeneration) return answer(EventKind::error, 0);
  answer(EventKind::collect, static_cast<std::uint32_t>(generation));
  answer(EventKind::returned, heap_.collect(static_cast<std::size_t>(generation)));
}

// What only answers: X1 to X9, B1.
void Machine::query(const Operation& operation) {
  switch (operation.code) {
    case OpCode::isenabled:
      reach_.note(Rule::X1);
      return answer(EventKind::flag, heap_.enabled ? 1 : 0);
    case OpCode::get_debug:
      reach_.note(Rule::X1);
      return answer(EventKind::flag, heap_.debug);
    case OpCode::get_threshold: {
      const auto number = [&](std::size_t i) { return static_cast<std::uint32_t>(heap_.threshold[i]); };
      return log_.add(Event::numbers(EventKind::threshold, number(0), number(1), number(2)));
    }
    case OpCode::get_count:
      reach_.note(Rule::X2);
      return answer_counts();
    case OpCode::garbage:
      reach_.note(Rule::B1);
      for (const Id id : heap_.garbage()) answer_object(EventKind::garbage, id);
      return;
    case OpCode::get_freeze_count:
      if (profile_.has_freeze) answer(EventKind::freeze_count, static_cast<std::uint32_t>(heap_.frozen()));
      return;
    case OpCode::get_stats:
      if (!profile_.has_stats) return;
      reach_.note(Rule::X9);
      for (const GenerationStats& s : heap_.stats()) {
        log_.add(Event::numbers(EventKind::stats, s.collections, s.collected, s.uncollectable));
      }
      return;
    case OpCode::get_objects: {
      reach_.note(Rule::X3);
      const bool one = operation.count == 1;
      if (one && !profile_.has_generation_argument) return;
      if (one && operation.number[0] == kInvalidGeneration) return answer(EventKind::error, 0);
      for (std::size_t g = 0; g < 3; ++g) {
        if (one && g != static_cast<std::size_t>(operation.number[0])) continue;
        for (const Id id : heap_.generation(g)) answer_object(EventKind::object, id);
      }
      return answer(EventKind::answer_end, 0);
    }
    default:
      break;
  }

  // The rest asks about objects.
  const Id a = find(operation.a);
  if (a == kNone) return;
  const Object& object = heap_.object(a);
  switch (operation.code) {
    case OpCode::use:
      if (object.kind != Kind::proxy) return;
      return answer(EventKind::used, object.referent != kNone && heap_.object(object.referent).references > 0);
    case OpCode::get_referrers:
      reach_.note(Rule::X4);
      for (std::size_t g = 0; g < 3; ++g) {
        for (const Id id : heap_.generation(g)) {
          bool refers = false;
          heap_.visit(id, [&](Id referent) { refers = refers || referent == a; });
          if (refers) answer_object(EventKind::object, id);
        }
      }
      return answer(EventKind::answer_end, 0);
    case OpCode::get_referents:
      reach_.note(Rule::X4);
      heap_.visit(a, [&](Id referent) { answer_object(EventKind::object, referent); });
      return answer(EventKind::answer_end, 0);
    case OpCode::is_tracked:
      reach_.note(Rule::X5);
      return answer(EventKind::flag, object.list != nullptr);
    case OpCode::is_finalized:
      if (profile_.has_is_finalized) answer(EventKind::flag, object.finalized);
      return;
    case OpCode::refcount:
      if (object.permanent) return;
      reach_.note(Rule::X6);
      return answer(EventKind::references, static_cast<std::uint32_t>(object.references));
    case OpCode::same: {
      const Id b = find(operation.b);
      if (b == kNone) return;
      reach_.note(Rule::X6);
      answer(EventKind::flag, a == b);
      return;
    }
    case OpCode::id:
      reach_.note(Rule::I5);
      return answer_object(EventKind::identity, a);
    default:
      return;
  }
}

// N9.
void Machine::leave_scope() {
  if (scopes_.empty()) return;
  reach_.note(Rule::N9);
  const Scope scope = std::move(scopes_.back());
  scopes_.pop_back();
  for (const Id id : scope.arguments) {
    if (id != kNone) heap_.release(id);
  }
  for (const auto& [name, id] : scope.locals) {
    if (id != kNone) heap_.release(id);
  }
}

// S.
void Machine::shut_down() {
  while (!scopes_.empty()) leave_scope();
  heap_.collect_at_shutdown(true);
  // Scripts may bind names while this runs, so the order may grow.
  // NOLINTNEXTLINE(modernize-loop-convert): a growing vector leaves iterators invalid
  for (std::size_t i = 0; i < global_order_.size(); ++i) {
    reach_.note(Rule::S2);
    replace(globals_[global_order_[i].value], kNone);
  }
  heap_.collect_at_shutdown(false);
  heap_.empty_trashcan();
  for (Id id = 0; id < heap_.size(); ++id) {
    const Object& object = heap_.object(id);
    if (object.dead || object.permanent || !(has_token(object) || is_atom(object))) continue;
    reach_.note(Reached::leaked);
    reach_.note(Rule::S4);
    answer_object(EventKind::leaked, id);
  }
  stopped_ = true;
}

// N10.
void Machine::run_script(ScriptId script, Id self) {
  reach_.note(Rule::N10);
  const Id outer = std::exchange(self_, self);
  for (const Operation& operation : trace_.scripts[static_cast<std::size_t>(script)]) {
    execute(operation);
    if (std::exchange(raised_, false)) break;
  }
  self_ = outer;
}

void Machine::list_generations() {
  std::array<std::uint32_t, 3> digest{kDigestSeed, kDigestSeed, kDigestSeed};
  for (std::uint32_t g = 0; g < 3; ++g) {
    for (const Id id : heap_.generation(g)) {
      const Label& label = heap_.object(id).label;
      if (observe_ == Observe::digest) {
        digest[g] = fold(digest[g], label);
      } else {
        Event event = Event::of(EventKind::listed, label);
        event.number[0] = g;
        log_.add(event);
      }
    }
  }
  if (observe_ == Observe::digest) log_.add(Event::numbers(EventKind::digest, digest[0], digest[1], digest[2]));
}

std::vector<Root> Machine::roots() const {
  std::vector<Root> roots;
  const auto add = [&](const Root& root) {
    if (root.id != kNone) roots.push_back(root);
  };
  const std::vector<Id>& garbage = heap_.garbage();
  for (std::size_t i = 0; i < garbage.size(); ++i) add({Root::Kind::garbage, 0, {}, i, garbage[i]});
  for (std::size_t i = 0; i < globals_.size(); ++i) {
    add({Root::Kind::global, 0, {static_cast<std::uint16_t>(i)}, 0, globals_[i]});
  }
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    for (std::size_t i = 0; i < 2; ++i) add({Root::Kind::argument, s + 1, {}, i, scopes_[s].arguments[i]});
    for (const auto& [name, id] : scopes_[s].locals) add({Root::Kind::local, s + 1, name, 0, id});
  }
  for (const Id id : heap_.permanent_atoms()) add({Root::Kind::interpreter, 0, {}, 0, id});
  return roots;
}

// N12.
void Machine::end_operation() {
  reach_.note(Rule::N12);
  heap_.empty_trashcan();
  const std::size_t garbage = heap_.garbage().size();
  if (std::exchange(logged_garbage_, garbage) != garbage) {
    answer(EventKind::garbage_size, static_cast<std::uint32_t>(garbage));
  }
  const auto ran = heap_.take_ran();
  const bool any = ran != std::array<std::uint32_t, 3>{};
  if (any) log_.add(Event::numbers(EventKind::ran, ran[0], ran[1], ran[2]));
  if (any || observe_ == Observe::every) {
    const auto size = [&](std::size_t g) { return static_cast<std::uint32_t>(heap_.generation(g).size()); };
    log_.add(Event::numbers(EventKind::members, size(0), size(1), size(2)));
    list_generations();
  }
  const auto count = heap_.counts();
  if (std::exchange(logged_count_, count) != count || observe_ == Observe::every) answer_counts();
}

}  // namespace

std::vector<Id> ids_of(const std::vector<Root>& roots) {
  std::vector<Id> ids(roots.size());
  std::transform(roots.begin(), roots.end(), ids.begin(), [](const Root& root) { return root.id; });
  return ids;
}

void run(const Trace& trace, Observe observe, Log& log, Reach& reach, Probe* probe, Watcher* watcher) {
  log.clear();
  Machine(trace, observe, log, reach, probe, watcher).run();
}

void run_interrupted(const Trace& trace, Observe observe, Log& log, const Interruption& interruption) {
  log.clear();
  Reach reach;
  Machine machine(trace, observe, log, reach, nullptr, nullptr);
  machine.interrupt(interruption);
  machine.run();
}

}  // namespace cyclecheck::model

#include "harness/collector/impl_subject.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "harness/collector/passages.hpp"
#include "harness/subjects/subjects.hpp"
#include "impl/ref.hpp"
#include "trace/text.hpp"

namespace cyclecheck {

using cyclegc::DebugLine;
using cyclegc::Heap;
using cyclegc::Layout;
using cyclegc::Role;

namespace {

// What a script's `raise` throws; the library swallows it.
struct ScriptRaised : std::exception {};

}  // namespace

ImplSubject::ImplSubject(Checks checks, Deaths deaths, Steps steps)
    : checks_(checks),
      deaths_(deaths),
      steps_(steps),
      heap_({}, {
                    watch_creations(),
                    [this](const DebugLine& line) { log_debug_line(line); },
                    [this](int generation) {
                      collection_began_ = true;
                      budget_.examine(places_of(generation));
                      ++began_[static_cast<std::size_t>(generation)];
                    },
                    [this](ObjectId self, const std::exception_ptr& /*raised*/) { log_raised(self); },
                    [this](ObjectId referent) {
                      if (referent ? !heap_.can_be_weakly_referenced(referent) : gc_.watchers() == 0) {
                        throw std::logic_error("nobody's callbacks are lost");
                      }
                      shortages_.push_back({true, tuples_++});
                      log_numbers(EventKind::no_memory, 0);
                    },
                }),
      gc_(heap_),
      atoms_(heap_, [this](ObjectId id) {
        if (deaths_ == Deaths::told) token_released(id);
      }) {
  define_types();
}

std::function<void(ImplSubject::ObjectId, ImplSubject::ObjectId, Role)> ImplSubject::watch_creations() {
  if (deaths_ == Deaths::unseen) return {};
  return [this](ObjectId made, ObjectId owner, Role role) { object_created(made, owner, role); };
}

ImplSubject::~ImplSubject() { forget_handles(); }

void ImplSubject::define_types() {
  constexpr std::array<Layout, kObjectKinds> kLayouts{
      Layout::node,   Layout::instance, Layout::classic, Layout::opaque,    Layout::list, Layout::dict,
      Layout::custom, Layout::cell,     Layout::frame,   Layout::generator, Layout::set,  Layout::coroutine};
  for (std::size_t kind = 0; kind < kObjectKinds; ++kind) {
    for (std::size_t finalizer = 0; finalizer < kFinalizerKinds; ++finalizer) {
      cyclegc::Type type;
      if (kLayouts[kind] == Layout::custom) {
        type = cyclegc::type_of_class<Custom>({});
        type.custom.payload = [](const void* object, const cyclegc::Visitor& visit) {
          static_cast<const Custom*>(object)->payload(visit);
        };
      }
      type.name = to_string(static_cast<ObjectKind>(kind));
      type.layout = kLayouts[kind];
      if (deaths_ == Deaths::told) type.released = [this](Heap&, ObjectId id) { token_released(id); };
      const auto hook = [this](Heap&, ObjectId self) { run_finalizer(self); };
      if (kLayouts[kind] == Layout::generator || kLayouts[kind] == Layout::coroutine) {
        if (finalizer != 0) type.finalize = hook;
      } else if (kind < static_cast<std::size_t>(ObjectKind::opaque) || kLayouts[kind] == Layout::custom) {
        const auto of_kind = static_cast<FinalizerKind>(finalizer);
        const bool both = of_kind == FinalizerKind::both;
        if (both || of_kind == FinalizerKind::del) type.finalize = hook;
        if (both || of_kind == FinalizerKind::legacy) type.legacy_finalize = hook;
      }
      if (kLayouts[kind] == Layout::set) {
        type.hash = [this](const Heap&, ObjectId id) { return records_[record_of(id)].hash; };
      }
      types_[kind][finalizer] = heap_.define(std::move(type));
    }
  }
  cyclegc::Type tuple;
  tuple.name = "tuple";
  tuple.layout = Layout::tuple;
  // Its token counts as an item (N15) even where nobody is told of its death.
  if (deaths_ == Deaths::told) {
    tuple.released = [this](Heap&, ObjectId id) { token_released(id); };
  } else {
    tuple.hidden_items = 1;
  }
  tuple_type_ = heap_.define(std::move(tuple));
  const auto define_pair = [this](const char* name, Layout layout) {
    cyclegc::Type type;
    type.name = name;
    type.layout = layout;
    if (deaths_ == Deaths::told) type.released = [this](Heap&, ObjectId id) { token_released(id); };
    return heap_.define(std::move(type));
  };
  method_type_ = define_pair("method", Layout::method);
  traceback_type_ = define_pair("traceback", Layout::traceback);
}

// --- Running ---

void ImplSubject::run(const Trace& trace, Observe observe, Log& log) {
  start(trace, observe, log);
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    if (!over_) {
      const bool last = trace.operations[i].code == OpCode::shutdown;
      const std::size_t before = shortages_.size();
      logged_before_ = log.all().size();
      budget_.start_operation(heap_);
      execute(trace.operations[i]);
      const bool collected = end_operation();
      account_for(i);
      over_ = last;
      verify_after(i, collected);
      if (shortages_.size() != before && checks_ != Checks::none) verify(cyclegc::Grade::whole_heap, i);
      if (look_) look_(i);
    }
    log.end_operation();
  }
  if (const auto moved = budget_.end_trace()) throw TooManySteps(name() + ": " + *moved);
  // No log shows a block that is lost: the accounts are compared after each trace.
  verify(checks_ == Checks::none ? cyclegc::Grade::structural : cyclegc::Grade::whole_heap, trace.operations.size());
  forget_handles();
}

void ImplSubject::start(const Trace& trace, Observe observe, Log& log) {
  log.clear();
  forget_handles();
  trace_ = &trace;
  profile_ = &profile(trace.profile);
  log_ = &log;
  observe_ = observe;
  cyclegc::Semantics rules = semantics_of(*profile_);
  rules.threshold = trace.settings.threshold;
  rules.free_lists_filled = trace.settings.free_lists_filled;
  freed_at_once_ += heap_.statistics().freed_at_once;
  heap_.reset(rules);
  if (!trace.settings.enabled) gc_.disable();
  records_.clear();
  hashed_ = 0;
  living_.clear();
  self_ = {};
  over_ = false;
  callbacks_on_ = false;
  last_garbage_size_ = 0;
  last_count_ = {};
  own_tags_.clear();
  executed_ = 0;
  tuples_ = 0;
  shortages_.clear();
  budget_.start_trace();
}

// The heap is made as new afterwards, so nothing needs to be released.
void ImplSubject::forget_handles() {
  atoms_.forget();
  for (NameState& state : names_) state.variable.abandon();
  names_.clear();
  bound_.clear();
  for (Scope& scope : scopes_) {
    for (Handle& argument : scope.arguments) argument.abandon();
    for (auto& [name, value] : scope.locals) value.abandon();
  }
  scopes_.clear();
  for (const Held& held : held_) {
    for (std::uint32_t i = 0; i < held.times; ++i) heap_.abandon(held.id);
  }
  held_.clear();
}

void ImplSubject::verify(cyclegc::Grade grade, std::size_t operation) const {
  if (const auto wrong = heap_.verify(grade)) {
    throw std::runtime_error("impl: after operation " + std::to_string(operation + 1) + ": " + *wrong);
  }
  if (heap_.statistics().promised != 0) {
    throw std::runtime_error("impl: after operation " + std::to_string(operation + 1) +
                             ": room for objects that are made");
  }
}

void ImplSubject::verify_after(std::size_t operation, bool collected) const {
  if (checks_ == Checks::none) return;
  const bool structural = checks_ == Checks::verify || collected;
  verify(structural ? cyclegc::Grade::structural : cyclegc::Grade::cheap, operation);
}

void ImplSubject::account_for(std::size_t operation) {
  const auto exceeded = budget_.end_operation(heap_, executed_, records_.size() + tuples_);
  if (!exceeded) return;
  throw TooManySteps(name() + ": operation " + std::to_string(operation + 1) + " (" +
                     to_string(trace_->operations[operation], *trace_) + "): " + *exceeded);
}

std::uint64_t ImplSubject::places_of(int oldest) const {
  constexpr std::uint64_t kFew = 256;
  std::uint64_t places = 0;
  for (int generation = 0; generation <= oldest; ++generation) places += gc_.generation_size(generation);
  if (oldest == 2 && places > kFew) {
    // No other operation stores more than one reference, and no object has more than one from the beginning.
    return places + executed_ + records_.size() + tuples_ + budget_.stored();
  }
  for (int generation = 0; generation <= oldest; ++generation) {
    gc_.for_each_object(generation, [&](ObjectId id) { places += slot_count(id); });
  }
  return places;
}

// N12.
bool ImplSubject::end_operation() {
  heap_.empty_trashcan();
  find_deaths();
  if (gc_.garbage_size() != last_garbage_size_) {
    last_garbage_size_ = gc_.garbage_size();
    log_numbers(EventKind::garbage_size, static_cast<std::uint32_t>(last_garbage_size_));
  }
  const bool every = observe_ == Observe::every;
  if (collection_began_) log_numbers(EventKind::ran, began_[0], began_[1], began_[2]);
  if (collection_began_ || every) log_generations(observe_ != Observe::digest);
  const bool collected = std::exchange(collection_began_, false);
  if (collected) began_ = {};
  if (every || gc_.get_count() != last_count_) log_count();
  last_count_ = gc_.get_count();
  return collected;
}

void ImplSubject::log_count() {
  const auto& count = gc_.get_count();
  log_numbers(EventKind::count, number_of(count[0]), number_of(count[1]), number_of(count[2]));
}

void ImplSubject::log_generations(bool in_full) {
  std::array<std::uint32_t, 3> numbers{};
  for (int g = 0; g < 3; ++g) {
    numbers[static_cast<std::size_t>(g)] = static_cast<std::uint32_t>(gc_.generation_size(g));
  }
  log_numbers(EventKind::members, numbers[0], numbers[1], numbers[2]);
  for (int g = 0; g < 3; ++g) {
    std::uint32_t digest = kDigestSeed;
    gc_.for_each_object(g, [&](ObjectId id) {
      if (in_full) {
        Event event = Event::of(EventKind::listed, label_of(id));
        event.number[0] = static_cast<std::uint32_t>(g);
        log_->add(event);
      } else {
        digest = fold(digest, label_of(id));
      }
    });
    numbers[static_cast<std::size_t>(g)] = digest;
  }
  if (!in_full) log_numbers(EventKind::digest, numbers[0], numbers[1], numbers[2]);
}

// --- Hooks ---

void ImplSubject::object_created(ObjectId made, ObjectId owner, Role role) {
  if (role != Role::object) {
    const bool own = role == Role::dictionary || role == Role::frame;
    if (!own) ++tuples_;
    const Part part = role == Role::dictionary ? Part::attributes
                      : role == Role::frame    ? Part::frame
                                               : Part::callback_tuple;
    const bool token = part == Part::attributes && heap_.semantics().classic_instances &&
                       heap_.type(heap_.type_of(owner)).layout == Layout::classic;
    if (token) records_[record_of(owner)].token = made;
    heap_.set_tag(made, std::uint64_t{record_of(owner)} | (static_cast<std::uint64_t>(part) << kPartShift));
    return;
  }
  note(made, heap_.tag(made));
}

void ImplSubject::note(ObjectId made, std::uint64_t tag) {
  const Name name{static_cast<std::uint16_t>(tag & 0xFFFF)};
  NameState& state = state_of(name);
  const auto index = static_cast<std::uint32_t>(records_.size());
  Record record;
  record.label = {name, Part::object, state.created++};
  record.id = made;
  record.token = made;
  record.type = heap_.type_of(made);
  const Layout layout =
      record.weak || heap_.is_weak_reference(made) ? Layout::built_in : heap_.type(record.type).layout;
  const bool is_hashed =
      layout == Layout::node || layout == Layout::instance || layout == Layout::classic || layout == Layout::custom;
  if (is_hashed) record.hash = ++hashed_;
  record.script = static_cast<ScriptId>(static_cast<std::uint32_t>((tag >> creation_tag::kScriptShift) & 0xFFFFFFFF));
  record.weak = (tag & creation_tag::kWeak) != 0;
  state.last_record = index;
  records_.push_back(record);
  log_made(record);
  if (record.weak ? steps_ == Steps::told : deaths_ != Deaths::told) living_.push_back(index);
  set_tag(made, index);
}

void ImplSubject::token_released(ObjectId id) {
  Record& record = records_[record_of(id)];
  record.dead = true;
  log_->add(Event::of(EventKind::died, record.label));
}

void ImplSubject::find_deaths() {
  std::erase_if(living_, [this](std::uint32_t index) {
    Record& record = records_[index];
    record.dead = !is_there(record, record.token) || heap_.is_released(record.token);
    if (record.dead) log_->add(Event::of(EventKind::died, record.label));
    return record.dead;
  });
}

std::set<Label> ImplSubject::labels_of_all() const {
  std::set<Label> labels;
  for (std::size_t index = 0; index < records_.size(); ++index) {
    const Record& record = records_[index];
    if (is_there(record, record.id) && record_of(record.id) == index) labels.insert(record.label);
  }
  return labels;
}

void ImplSubject::log_step() {
  if (steps_ != Steps::told) return;
  find_deaths();
  log_numbers(EventKind::step, 0);
}

void ImplSubject::log_made(const Record& record) {
  if (steps_ != Steps::told || (!record.weak && log_->all().size() == logged_before_)) return;
  log_->add(Event::of(EventKind::made, record.label));
}

void ImplSubject::run_finalizer(ObjectId self) {
  log(EventKind::finalizer, self);
  run_script(records_[record_of(self)], self);
}

void ImplSubject::run_callback(ObjectId self) {
  log(EventKind::callback, self);
  run_script(records_[record_of(self)], self);
}

// N10.
void ImplSubject::run_script(Record& record, ObjectId self) {
  if (record.activated) return;
  record.activated = true;
  run_script(record.script, self);
}

void ImplSubject::run_script(ScriptId id, ObjectId self) {
  if (id < 0) return;
  const Script& script = trace_->scripts[static_cast<std::size_t>(id)];
  struct Restore {
    ObjectId& self;
    ObjectId outer;
    ~Restore() { self = outer; }
  } restore{self_, self_};
  self_ = self;
  const cyclegc::Statistics before = heap_.statistics();
  const std::size_t made_before = records_.size();
  struct Count {
    ImplSubject& subject;
    const cyclegc::Statistics& before;
    std::size_t made_before;
    ~Count() {
      if (subject.heap_.statistics().bytes > before.bytes) ++subject.pairs_.tables_grew;
      if (before.promised != 0 && subject.records_.size() != made_before) ++subject.pairs_.made_under_promise;
    }
  } count{*this, before, made_before};
  for (const Operation& operation : script) {
    if (operation.code == OpCode::raise) throw ScriptRaised();
    execute(operation);
    log_step();
  }
}

// Told by the library, which says whose exception it was.
void ImplSubject::log_raised(ObjectId self) {
  log_->add(self ? Event::of(EventKind::raised, label_of(self)) : Event::nothing(EventKind::raised));
}

void ImplSubject::watcher_called(ObjectId self, const cyclegc::GcEvent& event, ScriptId script) {
  Event told = Event::of(event.stop ? EventKind::watch_stop : EventKind::watch_start, label_of(self));
  told.number[0] = static_cast<std::uint32_t>(event.generation);
  told.number[1] = event.collected;
  told.number[2] = event.uncollectable;
  log_->add(told);
  run_script(script, self);
}

void ImplSubject::log_debug_line(const DebugLine& line) {
  const auto& n = line.numbers;
  switch (line.kind) {
    case DebugLine::Kind::collecting:
      return log_numbers(EventKind::debug_collecting, n[0]);
    case DebugLine::Kind::sizes:
      return log_numbers(EventKind::debug_sizes, n[0], n[1], n[2]);
    case DebugLine::Kind::permanent:
      return log_numbers(EventKind::debug_permanent, n[0]);
    case DebugLine::Kind::collectable:
      return log(EventKind::debug_collectable, line.object);
    case DebugLine::Kind::uncollectable:
      return log(EventKind::debug_uncollectable, line.object);
    case DebugLine::Kind::done:
      return log_numbers(EventKind::debug_done, n[0], n[1], 1);
    case DebugLine::Kind::done_nothing:
      return log_numbers(EventKind::debug_done, n[0], n[1], 0);
  }
}

void ImplSubject::log_gc_event(const cyclegc::GcEvent& event) {
  const auto generation = static_cast<std::uint32_t>(event.generation);
  if (event.stop) {
    log_numbers(EventKind::gc_stop, generation, event.collected, event.uncollectable);
  } else {
    log_numbers(EventKind::gc_start, generation);
  }
}

// --- Names and operands ---

Passages ImplSubject::passages() const {
  Passages sum{};
  std::copy(heap_.refusals().begin(), heap_.refusals().end(), sum.begin());
  sum[kTablesGrew] = pairs_.tables_grew;
  sum[kMadeUnderPromise] = pairs_.made_under_promise;
  return sum;
}

std::string ImplSubject::name() const {
  switch (deaths_) {
    case Deaths::told:
      return "impl";
    case Deaths::found:
      return "impl-fast";
    case Deaths::unseen:
      break;
  }
  return "impl-bare";
}

void ImplSubject::set_tag(ObjectId id, std::uint64_t tag) {
  if (deaths_ != Deaths::unseen) return heap_.set_tag(id, tag);
  if (id.index >= own_tags_.size()) own_tags_.resize(id.index + std::size_t{1});
  own_tags_[id.index] = tag;
}

bool ImplSubject::is_there(const Record& record, ObjectId id) const {
  if (!heap_.exists(id) || &records_[record_of(id)] != &record) return false;
  // What the library made by itself has no tag of ours, and a type of its own.
  return deaths_ != Deaths::unseen || heap_.type_of(id).index == record.type.index;
}

Label ImplSubject::label_of(ObjectId id) const {
  const std::uint64_t tag = tag_of(id);
  const Part part = static_cast<Part>(tag >> kPartShift);
  // Nobody created the tuple: its label says no more than what it is.
  if (part == Part::callback_tuple) return {{}, part, 0};
  if (deaths_ == Deaths::unseen && heap_.type_of(id).index != records_[record_of(id)].type.index) {
    return {{}, Part::callback_tuple, 0};
  }
  Label label = records_[static_cast<std::uint32_t>(tag)].label;
  label.part = part;
  return label;
}

ImplSubject::NameState& ImplSubject::state_of(Name name) {
  if (name.value >= names_.size()) names_.resize(std::size_t{name.value} + 1);
  return names_[name.value];
}

// N2.
ImplSubject::ObjectId ImplSubject::look_up(Name name) {
  if (!in_script() && !scopes_.empty()) {
    for (const auto& [local, value] : scopes_.back().locals) {
      if (local == name && value) return value.get();
    }
  }
  return name.value < names_.size() ? names_[name.value].variable.get() : ObjectId{};
}

std::vector<cyclegc::NamedRoot> ImplSubject::named_roots() const {
  std::vector<cyclegc::NamedRoot> roots{{"__main__", {}}};
  const auto add = [&](const std::string& name, const Handle& value) {
    if (value) roots.back().variables.emplace_back(name, value.get());
  };
  for (std::size_t i = 0; i < names_.size(); ++i) {
    add(spelling(*trace_, {static_cast<std::uint16_t>(i)}), names_[i].variable);
  }
  for (std::size_t i = 0; i < scopes_.size(); ++i) {
    roots.push_back({"call " + std::to_string(i + 1), {}});
    add("argument 1", scopes_[i].arguments[0]);
    add("argument 2", scopes_[i].arguments[1]);
    for (const auto& [name, value] : scopes_[i].locals) add(spelling(*trace_, name), value);
  }
  return roots;
}

// N3.
bool ImplSubject::is_alive(ObjectId id) const { return id && heap_.references(id) > 0 && !heap_.is_released(id); }

// An instance's dictionary can be had from gc.garbage, but its values are reached through the instance alone (N5, N7).
// Integers and strings have none.
bool ImplSubject::has_slots(ObjectId id) const { return label_of(id).part == Part::object && !atoms_.is_atom(id); }

bool ImplSubject::is_node(ObjectId id) const {
  return !heap_.is_weak_reference(id) && heap_.type(heap_.type_of(id)).layout == Layout::node;
}

ImplSubject::Handle ImplSubject::create_custom(cyclegc::TypeId type, std::uint64_t tag) {
  return cyclegc::make_tagged<Custom>(heap_, type, tag).handle();
}

ImplSubject::Custom* ImplSubject::custom(ObjectId id) const {
  if (heap_.is_weak_reference(id) || label_of(id).part != Part::object) return nullptr;
  if (heap_.type(heap_.type_of(id)).layout != Layout::custom) return nullptr;
  return static_cast<Custom*>(heap_.custom_object(id));
}

bool ImplSubject::takes(ObjectId owner, ObjectId value) const {
  if (custom(owner) != nullptr || heap_.type(heap_.type_of(owner)).layout != Layout::set) return true;
  return is_hashed(value);
}

bool ImplSubject::is_hashed(ObjectId value) const {
  if (heap_.is_weak_reference(value) || label_of(value).part != Part::object || atoms_.is_atom(value)) return false;
  const Layout layout = heap_.type(heap_.type_of(value)).layout;
  return layout == Layout::node || layout == Layout::instance || layout == Layout::custom ||
         (layout == Layout::classic && !heap_.semantics().classic_instances);
}

bool ImplSubject::can_be_called(ObjectId id) const {
  if (is_node(id)) return true;
  return heap_.type_of(id) == method_type_ && profile_->calls_methods && is_node(heap_.slot(id, 0));
}

ImplSubject::ObjectId ImplSubject::slot(ObjectId id, std::uint32_t index) const {
  const Custom* const object = custom(id);
  if (object == nullptr) return heap_.slot(id, index);
  return index < object->slots.size() ? object->slots[index].get() : ObjectId{};
}

std::uint32_t ImplSubject::slot_count(ObjectId id) const {
  const Custom* const object = custom(id);
  return object == nullptr ? heap_.slot_count(id) : static_cast<std::uint32_t>(object->slots.size());
}

void ImplSubject::append(ObjectId id, ObjectId value) {
  Custom* const object = custom(id);
  if (object == nullptr) {
    heap_.append(id, value);
  } else {
    object->slots.emplace_back();
    try {
      heap_.store_member(id, object->slots.back(), value);
    } catch (const std::bad_alloc&) {
      object->slots.pop_back();
      throw;
    }
  }
}

void ImplSubject::change(ObjectId id, Custom& object, std::uint32_t index, ObjectId value) {
  if (index >= object.slots.size()) return;
  const Handle old(heap_, object.slots[index].get());
  heap_.store_member(id, object.slots[index], value);
  if (!value) object.slots.erase(object.slots.begin() + static_cast<std::ptrdiff_t>(index));
}

// I6.
bool ImplSubject::is_permanent(ObjectId id) const { return atoms_.is_atom(id) && atoms_.is_permanent(id); }

ImplSubject::ObjectId ImplSubject::find(const Operand& operand) {
  ObjectId found;
  switch (operand.kind) {
    case Operand::Kind::none:
      return {};
    case Operand::Kind::variable:
      found = look_up(operand.name);
      break;
    case Operand::Kind::label: {
      if (operand.name.value >= names_.size() || names_[operand.name.value].created == 0) return {};
      const std::uint32_t index = names_[operand.name.value].last_record;
      const Record& record = records_[index];
      if (!record.dead && is_there(record, record.id)) found = record.id;
      break;
    }
    case Operand::Kind::self:
      found = self_;
      break;
  }
  if (!is_alive(found)) return {};
  if (operand.slot == Operand::kWhole) return found;
  if (!has_slots(found)) return {};
  found = slot(found, static_cast<std::uint32_t>(operand.slot));
  return is_alive(found) ? found : ObjectId{};
}

void ImplSubject::bind_global(Name name, Handle value) {
  NameState& state = state_of(name);
  if (!state.ever_bound && value) {
    state.ever_bound = true;
    bound_.push_back(name);
  }
  // The old value is released by `value`, when nothing here refers to `state` any more.
  state.variable.swap(value);
}

void ImplSubject::bind(Name name, Handle value) {
  if (in_script() || scopes_.empty()) return bind_global(name, std::move(value));
  auto& locals = scopes_.back().locals;
  for (auto& [local, old] : locals) {
    if (local == name) return old.swap(value);
  }
  if (value) locals.emplace_back(name, std::move(value));
}

void ImplSubject::drop(Name name) {
  if (!in_script() && !scopes_.empty()) {
    for (auto& [local, value] : scopes_.back().locals) {
      if (local == name && value) return value.reset();
    }
  }
  if (name.value < names_.size()) bind_global(name, {});
}

}  // namespace cyclecheck

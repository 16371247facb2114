#include "harness/explain/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using model::CollectionPhase;

std::string operand(const Operand& operand, const Trace& trace) {
  std::string text;
  switch (operand.kind) {
    case Operand::Kind::none:
      return "nothing";
    case Operand::Kind::variable:
      text = spelling(trace, operand.name);
      break;
    case Operand::Kind::label:
      text = "the object last created as " + spelling(trace, operand.name);
      break;
    case Operand::Kind::self:
      text = "self";
      break;
  }
  if (operand.slot != Operand::kWhole) text = fmt::format("what slot {} of {} holds", operand.slot, text);
  return text;
}

std::string scripted(const Operation& operation, const Trace& trace, const char* what) {
  if (operation.script < 0) return fmt::format("{} that only logs", what);
  std::string text;
  for (const Operation& inner : trace.scripts[static_cast<std::size_t>(operation.script)]) {
    text += (text.empty() ? "" : "; ") + to_string(inner, trace);
  }
  return fmt::format("{} that runs `{}`", what, text);
}

std::string flags(int value) {
  constexpr const char* kNames[] = {"STATS", "COLLECTABLE", "UNCOLLECTABLE", "INSTANCES", "OBJECTS", "SAVEALL"};
  std::string text;
  for (int bit = 0; bit < 6; ++bit) {
    if ((value & (1 << bit)) != 0) text += (text.empty() ? "DEBUG_" : ", DEBUG_") + std::string(kNames[bit]);
  }
  return text.empty() ? "no debug flag" : text;
}

std::string creation(const Operation& operation, const Trace& trace) {
  const Profile& rules = profile(trace.profile);
  std::string kind = "a node";
  if (operation.kind == ObjectKind::instance) kind = "an instance";
  if (operation.kind == ObjectKind::classic) kind = rules.classic_instances ? "an old-style instance" : "an instance";
  if (operation.kind == ObjectKind::opaque) kind = "an object that the collector does not know";
  if (operation.kind == ObjectKind::list) kind = "a list";
  if (operation.kind == ObjectKind::dict) kind = "a dict";
  if (operation.kind == ObjectKind::cell) kind = "a cell";
  if (operation.kind == ObjectKind::frame) kind = "a frame";
  if (operation.kind == ObjectKind::set) kind = "a set";
  if (operation.kind == ObjectKind::generator) kind = "a suspended generator";
  if (operation.kind == ObjectKind::coroutine) kind = "a suspended coroutine";
  if (operation.kind == ObjectKind::custom) kind = "an object of an extension's type";
  const std::string name = spelling(trace, operation.target);
  std::string text = fmt::format("Creates {} and binds variable {} to it", kind, name);
  if (operation.finalizer != FinalizerKind::none &&
      (operation.kind < ObjectKind::opaque || operation.kind == ObjectKind::custom)) {
    const bool legacy = operation.finalizer == FinalizerKind::legacy || !rules.pep442;
    const bool both = operation.finalizer == FinalizerKind::both && rules.pep442;
    text += "; it has " + scripted(operation, trace,
                                   both     ? "a finalizer and a legacy one"
                                   : legacy ? "a legacy finalizer"
                                            : "a finalizer");
  }
  const bool suspends = operation.kind == ObjectKind::generator || operation.kind == ObjectKind::coroutine;
  if (suspends && operation.finalizer != FinalizerKind::none) {
    text += "; its code has " + scripted(operation, trace, "a finally");
  }
  return text + ".";
}

std::string weak(const Operation& operation, const Trace& trace, const char* kind) {
  std::string text = fmt::format("Makes {} to {} and binds variable {} to it", kind, operand(operation.a, trace),
                                 spelling(trace, operation.target));
  if (operation.script != kNoScript) text += "; it has " + scripted(operation, trace, "a callback");
  if (operation.b.kind != Operand::Kind::none) text += ", and that is " + operand(operation.b, trace);
  return text + ".";
}

}  // namespace

std::string counted(std::int64_t number, const char* noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string list_of(const std::vector<std::string>& names, std::size_t limit) {
  if (names.empty()) return "nothing";
  std::string text;
  const std::size_t shown = std::min(names.size(), limit);
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == names.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + names[i];
  }
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string list_of(const std::vector<model::Id>& ids, const HeapView& view, const Trace& trace, std::size_t limit) {
  std::vector<std::string> names(std::min(ids.size(), limit));
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = to_string(view.objects[ids[i]].label, trace);
  if (ids.size() <= limit) return list_of(names, limit);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return fmt::format("{} and {} more", text, ids.size() - limit);
}

std::string sentence(const Operation& operation, const Trace& trace) {
  const auto x = [&] { return spelling(trace, operation.target); };
  const auto a = [&] { return operand(operation.a, trace); };
  const auto b = [&] { return operand(operation.b, trace); };
  const int n = operation.number[0];
  switch (operation.code) {
    case OpCode::create:
      return creation(operation, trace);
    case OpCode::tuple:
      return fmt::format("Makes a tuple of what {} holds and binds variable {} to it.", a(), x());
    case OpCode::method:
      return fmt::format("Binds {} as a method to {}, and variable {} to the method.", a(), b(), x());
    case OpCode::traceback:
      return fmt::format("Makes a traceback of the frame {}, in front of {}, and binds variable {} to it.", b(), a(),
                         x());
    case OpCode::setitem:
      return fmt::format("Maps {} to {} in the dict {}.", b(), operand(operation.c, trace), a());
    case OpCode::delitem:
      return fmt::format("Deletes the entry of {} in the dict {}.", b(), a());
    case OpCode::close:
      return fmt::format("Closes the generator {}: it comes to its end.", a());
    case OpCode::resume:
      return fmt::format("Resumes the generator {}: it runs to its end.", a());
    case OpCode::bulk:
      return fmt::format("Allocates {} at once and appends them to {}, with no safepoint between.", counted(n, "node"),
                         x());
    case OpCode::let:
      return fmt::format("Binds variable {} to {}.", x(), a());
    case OpCode::root:
      return fmt::format("Binds {} to the variable that it was created under.", a());
    case OpCode::drop:
      return fmt::format("Unbinds variable {} (del {}).", x(), x());
    case OpCode::append:
      return fmt::format("Appends a reference to {} to {}.", b(), a());
    case OpCode::remove:
      return fmt::format("Removes the first reference to {} from {}.", b(), a());
    case OpCode::store:
      return fmt::format("Makes slot {} of {} refer to {}.", n, a(), b());
    case OpCode::erase:
      return fmt::format("Deletes slot {} of {}.", n, a());
    case OpCode::clear:
      return fmt::format("Deletes every slot of {}.", a());
    case OpCode::call:
      return fmt::format("Enters a function with the arguments {} and {}.", a(), b());
    case OpCode::ret:
      return "Leaves the function: its arguments and local variables are released.";
    case OpCode::safepoint:
      return "A safepoint: a collection that is pending runs here.";
    case OpCode::weakref:
      return weak(operation, trace, "a weak reference");
    case OpCode::subref:
      return weak(operation, trace, "a weak reference of a subclass");
    case OpCode::proxy:
      return weak(operation, trace, "a weak proxy");
    case OpCode::deref:
      return fmt::format("Binds variable {} to what weak reference {} answers.", x(), a());
    case OpCode::use:
      return fmt::format("Uses the object behind proxy {}.", a());
    case OpCode::collect:
      if (n == kInvalidGeneration) return "Asks for a collection of a generation that does not exist.";
      return fmt::format("Asks for a collection of generation {} (gc.collect({})).", n, n);
    case OpCode::enable:
      return "Switches automatic collection on.";
    case OpCode::disable:
      return "Switches automatic collection off.";
    case OpCode::isenabled:
      return "Asks whether automatic collection is on.";
    case OpCode::set_threshold: {
      std::string numbers = std::to_string(n);
      for (std::size_t i = 1; i < operation.count; ++i) numbers += ", " + std::to_string(operation.number[i]);
      return fmt::format("Sets the thresholds: gc.set_threshold({}).", numbers);
    }
    case OpCode::get_threshold:
      return "Asks for the thresholds.";
    case OpCode::get_count:
      return "Asks for the counts of the generations.";
    case OpCode::set_debug:
      return fmt::format("Sets {}.", flags(n));
    case OpCode::get_debug:
      return "Asks for the debug flags.";
    case OpCode::garbage:
      return "Reads gc.garbage.";
    case OpCode::clear_garbage:
      return "Empties gc.garbage.";
    case OpCode::take_garbage:
      return fmt::format("Takes element {} out of gc.garbage and binds variable {} to it.", n, x());
    case OpCode::get_objects:
      if (operation.count == 1) return fmt::format("Lists the objects of generation {}.", n);
      return "Lists the objects that the collector tracks.";
    case OpCode::get_referrers:
      return fmt::format("Asks who refers to {}.", a());
    case OpCode::get_referents:
      return fmt::format("Asks what {} refers to.", a());
    case OpCode::is_tracked:
      return fmt::format("Asks whether {} is tracked.", a());
    case OpCode::is_finalized:
      return fmt::format("Asks whether the finalizer of {} ran.", a());
    case OpCode::freeze:
      return "Moves every tracked object to the permanent generation.";
    case OpCode::unfreeze:
      return "Moves the permanent generation to generation 2.";
    case OpCode::get_freeze_count:
      return "Asks how many objects are in the permanent generation.";
    case OpCode::callbacks:
      return n != 0 ? "Registers a gc callback that logs." : "Removes the gc callback.";
    case OpCode::get_stats:
      return "Asks for the statistics of the generations.";
    case OpCode::refcount:
      return fmt::format("Asks for the reference count of {}.", a());
    case OpCode::same:
      return fmt::format("Asks whether {} and {} are the same object.", a(), b());
    case OpCode::integer:
      return fmt::format("Binds variable {} to the integer {}: {}.", x(), n,
                         n >= -5 && n < 257 ? "the one that is always there" : "a new object");
    case OpCode::string:
      return fmt::format("Binds variable {} to the string constant \"{}\".", x(), operation.text);
    case OpCode::add:
      return fmt::format("Binds variable {} to the sum of {} and {}, or to the two strings joined.", x(), a(), b());
    case OpCode::intern:
      return fmt::format("Binds variable {} to the interned string that says what {} says.", x(), a());
    case OpCode::id:
      return fmt::format("Asks which object {} is (id).", a());
    case OpCode::weakmap:
    case OpCode::mapset:
    case OpCode::mapget:
      return "Works on a map of ephemerons, which CPython does not have: nothing happens.";
    case OpCode::hold:
      return fmt::format("Takes {} more to {}.", counted(n, "reference"), a());
    case OpCode::unhold:
      return fmt::format("Gives up {} to {}, as far as `hold` took them.", counted(n, "reference"), a());
    case OpCode::fill:
      return fmt::format("Appends {} to {} to {}.", counted(n, "reference"), b(), a());
    case OpCode::weakrefs:
      return fmt::format("Makes {} with callbacks to {} into the node {}, without a safepoint.",
                         counted(n, "weak reference"), a(), x());
    case OpCode::watch:
      return fmt::format("Registers {} in gc.callbacks: at the {} of collections it has {}.", a(),
                         n != 0 ? "stop" : "start", scripted(operation, trace, "a function"));
    case OpCode::unwatch:
      return fmt::format("Removes {} from gc.callbacks.", a());
    case OpCode::shutdown:
      return "The program ends: a collection, every variable is released, more collections.";
    case OpCode::raise:
      return "Raises an exception and leaves the script.";
    case OpCode::fail:
      if (n == 0) return "No allocation fails.";
      return fmt::format("The allocation of a container that is number {} from here fails.", n);
  }
  return {};
}

std::string meaning(const Event& event, const Trace& trace) {
  const auto& n = event.number;
  const std::string name = event.none ? "None" : to_string(event.label, trace);
  switch (event.kind) {
    case EventKind::died:
      return name + " is dead";
    case EventKind::leaked:
      return name + " is alive after the end: it leaked";
    case EventKind::finalizer:
      return "the finalizer of " + name + " is entered";
    case EventKind::raised:
      return "the script of " + name + " raised an exception, which is swallowed";
    case EventKind::callback:
      return "the callback of weak reference " + name + " is entered";
    case EventKind::deref:
      return event.none ? "the weak reference answers None" : "the weak reference answers " + name;
    case EventKind::used:
      return n[0] != 0 ? "the proxy's object is alive" : "ReferenceError: the proxy's object is gone";
    case EventKind::collect:
      return fmt::format("an explicit collection of generation {} begins", n[0]);
    case EventKind::returned:
      return fmt::format("gc.collect answers {}: so many objects were unreachable", n[0]);
    case EventKind::error:
      return "ValueError: no such generation";
    case EventKind::garbage:
      return "gc.garbage holds " + name;
    case EventKind::garbage_size:
      return fmt::format("gc.garbage has {} now", counted(n[0], "element"));
    case EventKind::threshold:
      return fmt::format("the thresholds are ({}, {}, {})", n[0], n[1], n[2]);
    case EventKind::flag:
      return fmt::format("the answer is {}", n[0]);
    case EventKind::references:
      return fmt::format("the reference count is {}", n[0]);
    case EventKind::freeze_count:
      return fmt::format("{} in the permanent generation", counted(n[0], "object"));
    case EventKind::count:
      return fmt::format("the counts are ({}, {}, {})", n[0], n[1], n[2]);
    case EventKind::stats:
      return fmt::format("{}, {} collected, {} uncollectable", counted(n[0], "collection"), n[1], n[2]);
    case EventKind::gc_start:
      return fmt::format("gc callbacks are told that a collection of generation {} starts", n[0]);
    case EventKind::gc_stop:
      return fmt::format("gc callbacks are told that it stopped: {} collected, {} uncollectable", n[1], n[2]);
    case EventKind::ran:
      return fmt::format("collections of generation 0, 1, 2 that ran: {}, {}, {}", n[0], n[1], n[2]);
    case EventKind::members:
      return fmt::format("objects in generation 0, 1, 2: {}, {}, {}", n[0], n[1], n[2]);
    case EventKind::object:
      return "listed: " + name;
    case EventKind::answer_end:
      return "end of the list";
    case EventKind::listed:
      return fmt::format("{} is in generation {}", name, n[0]);
    case EventKind::digest:
      return "digest of the order of the generations";
    case EventKind::debug_collecting:
      return fmt::format("debug line: a collection of generation {} begins", n[0]);
    case EventKind::debug_sizes:
      return fmt::format("debug line: objects in each generation: {}, {}, {}", n[0], n[1], n[2]);
    case EventKind::debug_permanent:
      return fmt::format("debug line: objects in the permanent generation: {}", n[0]);
    case EventKind::debug_collectable:
      return fmt::format("debug line: {} is collectable", name);
    case EventKind::debug_uncollectable:
      return fmt::format("debug line: {} is uncollectable", name);
    case EventKind::debug_done:
      if (n[2] == 0) return "debug line: done";
      return fmt::format("debug line: done, {} unreachable, {} uncollectable", n[0], n[1]);
    case EventKind::no_memory:
      return "an allocation failed";
    case EventKind::identity:
      return "it is the object that was seen first as " + name;
    case EventKind::step:
      return "a part of the operation ended";
    case EventKind::made:
      return name + " was made";
    case EventKind::watch_start:
      return fmt::format("gc.callbacks calls {}: a collection of generation {} starts", name, n[0]);
    case EventKind::watch_stop:
      return fmt::format("gc.callbacks calls {}: a collection of generation {} stopped, {} collected, {} uncollectable",
                         name, n[0], n[1], n[2]);
  }
  return {};
}

std::string kind_of(const ViewedObject& object) {
  switch (object.kind) {
    case model::Kind::node:
      return "a node";
    case model::Kind::instance:
      return "an instance";
    case model::Kind::classic:
      return "an old-style instance";
    case model::Kind::opaque:
      return "an object that the collector does not know";
    case model::Kind::list:
      return "a list";
    case model::Kind::dict:
      return "a dict";
    case model::Kind::cell:
      return "a cell";
    case model::Kind::method:
      return "a bound method";
    case model::Kind::frame:
      return "a frame";
    case model::Kind::set:
      return "a set";
    case model::Kind::generator:
      return "a generator";
    case model::Kind::traceback:
      return "a traceback";
    case model::Kind::custom:
      return "an object of an extension's type";
    case model::Kind::dictionary:
      if (object.label.part == Part::callback_tuple) return "the dict that gc.callbacks are called with";
      return "the attribute dictionary of an instance";
    case model::Kind::weakref:
      return "a weak reference";
    case model::Kind::subref:
      return "a weak reference of a subclass";
    case model::Kind::proxy:
      return "a weak proxy";
    case model::Kind::integer:
      return "the integer " + object.says;
    case model::Kind::string:
      return "the string " + object.says;
    case model::Kind::tuple:
      return object.label.part == Part::callback_tuple ? "a tuple of weak references" : "a tuple";
  }
  return {};
}

const char* phase_name(CollectionPhase phase) {
  constexpr const char* kNames[model::kCollectionPhases] = {
      "begin",     "update_refs",       "subtract_refs",         "move_unreachable", "move_unreachable",
      "survivors", "legacy finalizers", "weak references",       "callbacks",        "finalize_garbage",
      "verdict",   "delete_garbage",    "end of the collection",
  };
  return kNames[static_cast<std::size_t>(phase)];
}

const char* cause_of(Cause cause) {
  switch (cause) {
    case Cause::explicit_call:
      return "gc.collect";
    case Cause::allocation:
      return "an allocation above the threshold";
    case Cause::callback_tuple:
      return "the allocation of a tuple of weak references";
    case Cause::safepoint:
      return "a safepoint, where it was pending";
    case Cause::shutdown:
      break;
  }
  return "the end of the program";
}

std::string sentence(const Frame& frame, const Trace& trace) {
  const PhaseFrame& phase = *frame.phase;
  const auto list = [&](const std::vector<model::Id>& ids) { return list_of(ids, frame.heap, trace); };
  switch (phase.phase) {
    case CollectionPhase::merge:
      return fmt::format("A collection of generation {} begins ({}). {}It works on {}: {}.", phase.generation,
                         cause_of(phase.cause),
                         is_automatic(phase.cause) ? why_generation(phase.pace, phase.generation) + " " : "",
                         counted(static_cast<std::int64_t>(phase.first.size()), "object"), list(phase.first));
    case CollectionPhase::update_refs:
      if (phase.first.empty()) return {};
      return "Each object gets a working copy of its reference count, gc_refs. All are white: taken to be unreachable.";
    case CollectionPhase::subtract_refs:
      if (phase.first.empty()) return {};
      return "References between objects of the list are taken off. What is left comes from outside: an object with "
             "something left is grey, for it can be reached.";
    case CollectionPhase::scan: {
      const std::string name = to_string(frame.heap.objects[phase.scanned].label, trace);
      if (frame.colours[phase.scanned] != Colour::black) {
        return fmt::format("{} has gc_refs 0: it stays white and is moved out, unless something reaches it later.",
                           name);
      }
      std::string text = fmt::format("{} can be reached; its references are looked at, so it is black.", name);
      if (!phase.turned_grey.empty()) text += fmt::format(" Grey now: {}.", list(phase.turned_grey));
      if (!phase.brought_back.empty()) {
        text += fmt::format(" Brought back, and grey: {}.", list(phase.brought_back));
      }
      return text;
    }
    case CollectionPhase::move_unreachable:
      if (phase.first.empty() && phase.second.empty()) return {};
      return fmt::format("Black, reachable: {}. White, unreachable: {}.", list(phase.first), list(phase.second));
    case CollectionPhase::survivors:
      return {};
    case CollectionPhase::legacy_finalizers:
      if (phase.second.empty()) return {};
      return fmt::format("Set aside, because of a legacy finalizer there or on the way there: {}.", list(phase.second));
    case CollectionPhase::clear_weak_references:
      if (phase.second.empty()) return {};
      return fmt::format("Weak references to garbage are cleared. Their callbacks are going to run: {}.",
                         list(phase.second));
    case CollectionPhase::run_callbacks:
      return frame.events.empty() ? std::string{} : "Callbacks of weak references ran.";
    case CollectionPhase::finalize_garbage:
      return frame.events.empty() ? std::string{} : "Finalizers ran.";
    case CollectionPhase::still_unreachable:
      if (phase.first.empty()) return "There is nothing to be cleared.";
      return fmt::format("Going to be cleared: {}.", list(phase.first));
    case CollectionPhase::delete_garbage:
      if ((frame.heap.debug & model::kSaveAll) != 0) {
        return "DEBUG_SAVEALL: what was found was put into gc.garbage instead of being cleared.";
      }
      return frame.events.empty() ? std::string{} : "Each object was cleared, which breaks the cycles.";
    case CollectionPhase::end:
      return "The collection is over.";
  }
  return {};
}

}  // namespace cyclecheck

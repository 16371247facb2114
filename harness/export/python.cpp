#include "harness/export/python.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/export/python_prelude.hpp"
#include "harness/export/schedule.hpp"
#include "harness/export/sections.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

// Whether a version has what the operation does; otherwise it does nothing.
bool exists(const Operation& operation, const Profile& profile) {
  switch (operation.code) {
    case OpCode::freeze:
    case OpCode::unfreeze:
    case OpCode::get_freeze_count:
      return profile.has_freeze;
    case OpCode::callbacks:
    case OpCode::watch:
    case OpCode::unwatch:
      return profile.has_callbacks;
    case OpCode::get_stats:
      return profile.has_stats;
    case OpCode::is_finalized:
      return profile.has_is_finalized;
    case OpCode::get_objects:
      return operation.count == 0 || profile.has_generation_argument;
    case OpCode::setitem:
    case OpCode::delitem:
      return profile.insertion_order;
    // None of the trace's allocations fails, nor are there integers or strings, or it would not be exported.
    case OpCode::fail:
    case OpCode::integer:
    case OpCode::string:
    case OpCode::add:
    case OpCode::intern:
    case OpCode::weakmap:
    case OpCode::mapset:
    case OpCode::mapget:
      return false;
    default:
      return true;
  }
}

// What a trace needs of the prelude: words of operations, and names of features.
class Needs {
 public:
  Needs(const Trace& trace, const Schedule& schedule) : profile_(profile(trace.profile)) {
    for (const Operation& operation : trace.operations) add(operation);
    for (const Script& script : trace.scripts) {
      for (const Operation& operation : script) {
        add(operation);
        if (operation.code == OpCode::refcount) features_.insert("refcount_in_script");
      }
    }
    add_version();
    add_if(!schedule.collections.empty(), "automatic");
    add_if(has("automatic"), profile_.trigger == Profile::Trigger::in_allocation ? "in_allocation" : "at_safepoint");
    add_consequences();
  }

  [[nodiscard]] bool has(std::string_view feature) const { return features_.count(feature) > 0; }
  [[nodiscard]] const std::set<std::string, std::less<>>& features() const { return features_; }

 private:
  void add_if(bool condition, std::string_view feature) {
    if (condition) features_.emplace(feature);
  }

  void add(const Operation& operation) {
    if (!exists(operation, profile_)) return;
    features_.emplace(info(operation.code).word);
    for (const Operand& operand : {operation.a, operation.b, operation.c}) {
      add_if(operand.kind != Operand::Kind::none, "find");
      add_if(operand.kind == Operand::Kind::label, "label");
      add_if(operand.slot != Operand::kWhole, "slot");
    }
    if (operation.code == OpCode::create) add_class(operation.kind, operation.finalizer);
    const bool fills = operation.code == OpCode::bulk || operation.code == OpCode::weakrefs;
    add_if(fills, "node");
    add_if(fills, "find");
    add_if(operation.code == OpCode::weakrefs, "subref");
    add_if(operation.code == OpCode::fill, "append");
    add_if(operation.code == OpCode::unwatch, "watch");
    for (const Field field : info(operation.code).used()) {
      const bool is_object = field == Field::callback && operation.b.kind != Operand::Kind::none;
      add_if(is_object, "callable");
      add_if(is_object, "node");
    }
    add_if(operation.code == OpCode::ret, "call");
  }

  void add_class(ObjectKind kind, FinalizerKind finalizer) {
    const bool python2 = profile_.classic_instances;
    if (kind >= ObjectKind::opaque) {
      const bool awaits = kind == ObjectKind::coroutine;
      add_if(!awaits || !python2, to_string(kind));
      add_if(awaits, "generator");
      add_if((awaits || kind == ObjectKind::generator) && finalizer != FinalizerKind::none, "generator_code");
      return;
    }
    std::string cls = kind == ObjectKind::node                 ? "node"
                      : kind == ObjectKind::classic && python2 ? "classic"
                                                               : "instance";
    features_.insert(cls);
    if (finalizer == FinalizerKind::none) return;
    features_.insert("finalizers");
    const bool legacy = finalizer != FinalizerKind::del && !python2;
    const bool both = legacy && finalizer == FinalizerKind::both;
    features_.insert(cls + (both ? "_both" : legacy ? "_legacy" : "_del"));
    add_if(legacy, "legacy3");
  }

  void add_version() {
    add_if(profile_.classic_instances, "python2");
    add_if(profile_.has_generation_argument, "generation_argument");
    add_if(profile_.shutdown_needs_enabled, "shutdown_needs_enabled");
    add_if(profile_.attributes == Profile::Attributes::own_dictionary, "own_dictionary");
    add_if(profile_.id >= ProfileId::python3_13, "inline_attributes");
    add_if(profile_.callback_tuple_for_one, "tuple_for_one");
    add_if(profile_.frames_backwards, "frames_backwards");
  }

  void add_consequences() {
    add_if(has("traceback"), "frame");
    add_if(has("close") || has("resume"), "generator");
    add_if(has("setitem") || has("delitem"), "dict");
    add_if(has("instance") || has("classic") || has("dict") || has("cell") || has("frame") || has("generator"),
           "attributes");
    add_if(has("method") || has("traceback") || has("cell"), "watched");
    add_if(has("set") || has("setitem") || has("delitem"), "hashed");
    add_if(has("method") && has("callable") && profile_.calls_methods, "calls_methods");
    add_if(has("weakref") || has("subref") || has("proxy"), "weak");
    add_if(has("weak") || has("finalizers") || has("generator_code"), "activate");
    add_if(has("get_objects") || has("get_referrers") || has("get_referents"), "listing");
    add_if(has("listing"), "known");
    add_if(has("known") || has("root") || has("deref"), "is_weak");
    add_if(has("label") || has("opaque") || has("legacy3") || has("watched") || has("frame") || has("generator") ||
               has("set"),
           "ctypes");
    add_if(has("refcount_in_script") && has("weak"), "node");  // whose references measure_calls() watches
  }

  const Profile& profile_;
  std::set<std::string, std::less<>> features_;
};

class Writer {
 public:
  Writer(const Trace& trace, const std::string& name, Schedule schedule)
      : trace_(trace),
        profile_(profile(trace.profile)),
        name_(name),
        schedule_(std::move(schedule)),
        needs_(trace, schedule_) {}

  [[nodiscard]] const Needs& needs() const { return needs_; }

  std::string write() {
    write_head();
    write_constants();
    text_ += select_sections(kPythonPrelude[0].text, needs_.features());
    text_ += "# --- The trace " + std::string(99, '-') + "\n\n\n";
    for (std::size_t i = 0; i < trace_.scripts.size(); ++i) write_script(i);
    write_start();
    bool stopped = false;
    for (const Operation& operation : trace_.operations) {
      text_ += fmt::format("\noperation(\"{}\")\n", to_string(operation, trace_));
      const std::string call = info(operation.code).place == Place::script_only ? "" : call_of(operation);
      if (!stopped && !call.empty()) text_ += call + "\n";
      if (operation.code == OpCode::shutdown) stopped = true;
    }
    text_ += "\nend()\n";
    return std::move(text_);
  }

 private:
  [[nodiscard]] std::string version() const { return std::string(profile_.name.substr(6)); }

  // Whether the collector knows objects of the trace alone.
  [[nodiscard]] bool is_frozen() const { return profile_.has_freeze && !needs_.has("unfreeze"); }

  void write_head() {
    text_ += fmt::format("\"\"\"{}: a trace of CycleCheck as a script for CPython {}.\n\n", name_, version());
    std::string_view rest = print_trace_;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      text_ += "    " + std::string(rest.substr(0, end)) + "\n";
      rest.remove_prefix(end + 1);
    }
    text_ += fmt::format(
        "\nRun it with CPython {}; it refuses another version, unless --any-version is given. It needs nothing but "
        "the\n"
        "standard library.\n\n"
        "What it prints is the trace's log at level `{}`: deaths, finalizers, callbacks, what weak references and\n"
        "gc.collect() answer, and gc.garbage are those of the log. Not everything beyond that is: plain Python cannot\n"
        "know how many containers the trace alone allocated, so counts and sizes of generations are left out.\n",
        version(), to_string(kPythonLevel));
    if (!is_frozen()) {
      text_ += "\nThe collector knows this script's own variables, too, so that finalizers may run in another order.\n";
    }
    if (!schedule_.collections.empty()) {
      text_ +=
          "\nThe collections that CPython begins by itself in this trace, gc.collect() makes at the same places "
          "(AUTOMATIC):\n"
          "this script's own functions allocate as well, and would start them elsewhere.\n";
    }
    text_ += "\"\"\"\n";
  }

  // Tables that the prelude reads, in front of it, but for those that name its classes.
  void write_constants() {
    // The versions that follow the row.
    const auto tuple = [](const Profile::Version& v) { return fmt::format("({}, {}, {})", v[0], v[1], v[2]); };
    text_ += fmt::format("FIRST, BEHIND = {}, {}\n", tuple(profile_.first), tuple(first_behind(profile_)));
    if (needs_.has("shutdown")) text_ += fmt::format("SHUTDOWN_COLLECTIONS = {}\n", profile_.shutdown_collections);
    if (needs_.has("automatic")) {
      std::string items;
      for (const auto& [place, generation] : schedule_.collections) {
        items += fmt::format("{}{}: {}", items.empty() ? "" : ", ", place, generation);
      }
      text_ += fmt::format("AUTOMATIC = {{{}}}  # place: the generation that is collected there\n", items);
    }
    text_ += "\n";
  }

  void write_start() {
    const Settings& settings = trace_.settings;
    text_ += fmt::format("gc.disable()\ngc.set_threshold({}, {}, {})\n", settings.threshold[0], settings.threshold[1],
                         settings.threshold[2]);
    if (!settings.enabled) text_ += "state[\"enabled\"] = False\n";
    text_ += "sys.setrecursionlimit(10000)\n";
    if (needs_.has("refcount_in_script")) text_ += "measure_calls()\n";
    text_ += "gc.collect()\n";
    // The script's own variables are no objects of the collections, as in the driver: the order in which objects are
    // found reachable, and with it that of finalizers, is then the trace's.
    if (is_frozen()) {
      text_ +=
          "variables[\"\"] = hand  # so that it is tracked\n"
          "if hasattr(gc, \"freeze\"):  # from 3.7 on\n"
          "    gc.freeze()\n"
          "del variables[\"\"]\n";
    }
    if (needs_.has("get_stats") && profile_.has_stats) text_ += "stats_before = gc.get_stats()\n";
    text_ += "sys.stdout.write(\"cyclecheck-log 1\\n\")\n";
  }

  void write_script(std::size_t index) {
    text_ += fmt::format("def script_{}():\n", index);
    bool empty = true;
    for (const Operation& operation : trace_.scripts[index]) {
      const std::string call = info(operation.code).place == Place::trace_only ? "" : call_of(operation);
      if (call.empty()) continue;
      text_ += "    " + call + "\n";
      empty = false;
    }
    if (empty) text_ += "    pass\n";
    text_ += "\n\n";
  }

  // The spelling of an operand, quoted.
  [[nodiscard]] std::string quoted(const Operand& operand) const {
    std::string text = operand.kind == Operand::Kind::label ? "@" : "";
    text += operand.kind == Operand::Kind::self ? "self" : spelling(trace_, operand.name);
    if (operand.slot != Operand::kWhole) text += fmt::format("[{}]", operand.slot);
    return "\"" + text + "\"";
  }

  [[nodiscard]] std::string class_of(ObjectKind kind, FinalizerKind finalizer) const {
    const bool python2 = profile_.classic_instances;
    std::string cls = kind == ObjectKind::node                 ? "Node"
                      : kind == ObjectKind::classic && python2 ? "Classic"
                                                               : "Instance";
    if (finalizer == FinalizerKind::none) return cls;
    if (python2 || finalizer == FinalizerKind::del) return cls + "WithDel";
    return cls + (finalizer == FinalizerKind::both ? "WithBoth" : "WithLegacyDel");
  }

  // The operation as a call; empty: this version has no such thing, so that it does nothing.
  [[nodiscard]] std::string call_of(const Operation& operation) const;

  const Trace& trace_;
  const Profile& profile_;
  const std::string& name_;
  const Schedule schedule_;
  const Needs needs_;
  const std::string print_trace_ = print_trace(trace_);
  std::string text_;
};

// Words that mean something else in Python, or in the script.
std::string function_name(OpCode code) {
  switch (code) {
    case OpCode::ret:
      return "leave";
    case OpCode::raise:
      return "fail";
    case OpCode::tuple:
      return "make_tuple";
    case OpCode::weakref:
      return "weak_reference";
    case OpCode::id:
      return "identity";
    default:
      return std::string(info(code).word);
  }
}

std::string Writer::call_of(const Operation& operation) const {
  if (!exists(operation, profile_)) return {};
  if (operation.code == OpCode::create && operation.kind >= ObjectKind::opaque) {
    const bool awaits = operation.kind == ObjectKind::coroutine;
    std::string more;
    if ((awaits || operation.kind == ObjectKind::generator) && operation.finalizer != FinalizerKind::none) {
      more = ", True";
      if (operation.script >= 0) more += fmt::format(", script_{}", operation.script);
    }
    if (awaits) more += ", awaits=True";
    return fmt::format("new_{}(\"{}\"{})", to_string(awaits ? ObjectKind::generator : operation.kind),
                       spelling(trace_, operation.target), more);
  }
  std::string arguments;
  const auto add = [&](const std::string& argument) { arguments += (arguments.empty() ? "" : ", ") + argument; };
  for (const Field field : info(operation.code).used()) {
    switch (field) {
      case Field::target:
        add("\"" + spelling(trace_, operation.target) + "\"");
        break;
      case Field::a:
        add(quoted(operation.a));
        break;
      case Field::b:
        add(quoted(operation.b));
        break;
      case Field::c:
        add(quoted(operation.c));
        break;
      case Field::kind:
        add(class_of(operation.kind, operation.finalizer));
        break;
      case Field::finalizer:
        if (operation.script >= 0) add(fmt::format("script_{}", operation.script));
        break;
      case Field::callback:
        if (operation.b.kind != Operand::Kind::none) {
          add("callback=" + quoted(operation.b));
        } else if (operation.script != kNoScript) {
          add("callback=True");
        }
        if (operation.script >= 0) add(fmt::format("script=script_{}", operation.script));
        break;
      case Field::index:
      case Field::size:
      case Field::generation:
      case Field::flags:
      case Field::integer:
        add(std::to_string(operation.number[0]));
        break;
      case Field::generation_opt:
      case Field::thresholds:
        for (std::size_t i = 0; i < operation.count; ++i) add(std::to_string(operation.number[i]));
        break;
      case Field::on_off:
        add(operation.number[0] != 0 ? "True" : "False");
        break;
      case Field::text:
        add("\"" + operation.text + "\"");
        break;
      case Field::watcher:
        add(operation.number[0] != 0 ? "\"stop\"" : "\"start\"");
        if (operation.script >= 0) add(fmt::format("script_{}", operation.script));
        break;
    }
  }
  return function_name(operation.code) + "(" + arguments + ")";
}

}  // namespace

std::variant<std::string, ExportRefusal> export_python(const Trace& trace, const std::string& name) {
  Schedule schedule = automatic_collections(trace);
  if (schedule.impossible) return ExportRefusal{*schedule.impossible};
  Writer writer(trace, name, std::move(schedule));
  if (writer.needs().has("callable") && writer.needs().has("refcount_in_script")) {
    return ExportRefusal{
        "a script asks for reference counts, and a callback is an object (rule W9), whose call holds more"};
  }
  if (writer.needs().has("watch") && writer.needs().has("refcount_in_script")) {
    return ExportRefusal{
        "a script asks for reference counts, and gc.callbacks calls functions (rule X10), whose calls hold more"};
  }
  if (writer.needs().has("generator_code") && writer.needs().has("refcount_in_script")) {
    return ExportRefusal{
        "a script asks for reference counts, and a generator's code runs (rule N23), which holds more"};
  }
  return writer.write();
}

}  // namespace cyclecheck

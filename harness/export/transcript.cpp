#include "harness/export/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "model/machine.hpp"

namespace cyclecheck {
namespace {

using model::Id;
using model::Kind;

// Names and representations of objects as one version of CPython writes them.
class Describer {
 public:
  explicit Describer(const Trace& trace) : trace_(trace), profile_(profile(trace.profile)) {}

  // What the interpreter calls the type: tp_name.
  [[nodiscard]] std::string type_name(const model::Object& object) const {
    // From 3.10 on the types of the module weakref say where they are from.
    const bool qualified = profile_.id >= ProfileId::python3_10;
    switch (object.kind) {
      case Kind::node:
        return class_name("Node", object);
      case Kind::instance:
        return class_name("Instance", object);
      case Kind::classic:
        return class_name("Classic", object);
      case Kind::custom:
        return class_name("Custom", object);
      case Kind::opaque:
        return "Opaque";
      case Kind::list:
        return "list";
      case Kind::dict:
      case Kind::dictionary:
        return "dict";
      case Kind::tuple:
        return "tuple";
      case Kind::cell:
        return "cell";
      case Kind::frame:
        return "frame";
      case Kind::generator:
        return "generator";
      case Kind::set:
        return "set";
      case Kind::traceback:
        return "traceback";
      case Kind::method:
        return profile_.pep442 ? "method" : "instancemethod";
      case Kind::integer:
        return "int";
      case Kind::string:
        return "str";
      case Kind::weakref:
        return qualified ? "weakref.ReferenceType" : "weakref";
      case Kind::subref:
        return "SubRef";
      case Kind::proxy:
        return qualified ? "weakref.ProxyType" : "weakproxy";
    }
    return {};
  }

  [[nodiscard]] std::string address(Id id) const { return fmt::format("{:#x}", 0x724b20 + std::size_t{id} * 0x28); }

  // repr(), as in a list that is printed.
  [[nodiscard]] std::string repr(const model::Heap& heap, Id id) {
    const model::Object& object = heap.object(id);
    switch (object.kind) {
      case Kind::node:
      case Kind::list:
        return container(heap, id, "[", "]");
      case Kind::tuple:
        return container(heap, id, "(", object.slots.size() == 1 ? ",)" : ")");
      case Kind::dict:
      case Kind::dictionary:
        return mapping(heap, id);
      case Kind::integer:
        return std::to_string(object.value);
      case Kind::string:
        return quoted(object.text);
      case Kind::cell:
        if (object.slots.empty()) return fmt::format("<cell at {}: empty>", address(id));
        return fmt::format("<cell at {}: {} object at {}>", address(id), type_name(heap.object(object.slots.front())),
                           address(object.slots.front()));
      case Kind::frame:
      case Kind::traceback:
      case Kind::generator:
      case Kind::set:
        return fmt::format("<{} object at {}>", type_name(object), address(id));
      case Kind::method:
        return fmt::format("<bound method {} of {}>", profile_.pep442 ? "?" : "?.?", repr(heap, object.slots.back()));
      case Kind::classic:
        return fmt::format("<__main__.{} instance at {}>", type_name(object), address(id));
      case Kind::instance:
      case Kind::custom:
      case Kind::opaque:
        return fmt::format("<__main__.{} object at {}>", type_name(object), address(id));
      case Kind::weakref:
      case Kind::subref:
      case Kind::proxy:
        return weak(heap, id);
    }
    return {};
  }

 private:
  [[nodiscard]] std::string class_name(const char* base, const model::Object& object) const {
    std::string name = spelling(trace_, object.label.name);
    if (name.front() >= 'A' && name.front() <= 'Z') return name;
    if (object.finalizer == FinalizerKind::none) return base;
    if (object.finalizer == FinalizerKind::del || !profile_.pep442) return std::string(base) + "WithDel";
    return std::string(base) + (object.finalizer == FinalizerKind::both ? "WithBoth" : "WithLegacyDel");
  }

  // A text contains neither quotation marks nor backslashes (trace/operation.hpp).
  [[nodiscard]] static std::string quoted(const std::string& text) {
    const char* const mark = text.find('\'') == std::string::npos ? "'" : "\"";
    return mark + text + mark;
  }

  [[nodiscard]] std::string container(const model::Heap& heap, Id id, const char* open, const char* close) {
    if (std::find(open_.begin(), open_.end(), id) != open_.end()) {
      return heap.object(id).kind == Kind::tuple ? "(...)" : "[...]";
    }
    open_.push_back(id);
    std::string text;
    for (const Id item : heap.object(id).slots) text += (text.empty() ? "" : ", ") + repr(heap, item);
    open_.pop_back();
    return open + text + close;
  }

  [[nodiscard]] std::string mapping(const model::Heap& heap, Id id) {
    if (std::find(open_.begin(), open_.end(), id) != open_.end()) return "{...}";
    open_.push_back(id);
    const model::Object& object = heap.object(id);
    std::vector<std::size_t> keys = object.keys;
    for (std::size_t key = 0; object.kind == Kind::dictionary && key < object.slots.size(); ++key) {
      if (object.slots[key] != model::kNone) keys.push_back(key);
    }
    std::string text;
    for (const std::size_t key : keys) {
      const char letter = static_cast<char>('a' + (key + 't' - 'a') % 26);
      text += fmt::format("{}'{}': {}", text.empty() ? "" : ", ", letter, repr(heap, object.slots[key]));
    }
    open_.pop_back();
    return "{" + text + "}";
  }

  [[nodiscard]] std::string weak(const model::Heap& heap, Id id) const {
    const model::Object& object = heap.object(id);
    const bool proxy = object.kind == Kind::proxy;
    const bool full_names = profile_.id >= ProfileId::python3_13;
    const char* const word = proxy ? "weakproxy" : "weakref";
    if (object.referent == model::kNone && !proxy) return fmt::format("<weakref at {}; dead>", address(id));
    std::string to = "NoneType";
    std::string at = "0x0";
    if (object.referent != model::kNone) {
      to = (full_names ? "__main__." : "") + type_name(heap.object(object.referent));
      at = address(object.referent);
    }
    if (full_names) return fmt::format("<{} at {}; to '{}' at {}>", word, address(id), to, at);
    if (proxy) return fmt::format("<weakproxy at {} to {} at {}>", address(id), to, at);
    return fmt::format("<weakref at {}; to '{}' at {}>", address(id), to, at);
  }

  const Trace& trace_;
  const Profile& profile_;
  std::vector<Id> open_;  // containers whose items are being written
};

// Follows the run of the model, and keeps what the log does not say.
class Follower final : public model::Observer {
 public:
  explicit Follower(const Trace& trace) : trace_(trace), describer_(trace) {}

  void step_ended(std::size_t operation) override {
    learn();
    flags_.emplace_back(run().log().all().size(), heap().debug);
    if (trace_.operations[operation].code != OpCode::garbage) return;
    std::string text;
    for (const Id id : heap().garbage()) text += (text.empty() ? "" : ", ") + describer_.repr(heap(), id);
    garbage_[operation] = "[" + text + "]\n";
  }

  // Between these phases and the next events stand the debug lines of objects, if there are any.
  void phase_ended(model::CollectionPhase phase, const model::List&, const model::List&, Id) override {
    using Phase = model::CollectionPhase;
    if (phase != Phase::legacy_finalizers && phase != Phase::delete_garbage) return;
    learn();
    flags_.emplace_back(run().log().all().size(), heap().debug);
  }

  // The debug flags when the event with this index was logged.
  [[nodiscard]] unsigned flags_at(std::size_t event) const {
    const auto after = std::upper_bound(flags_.begin(), flags_.end(), event,
                                        [](std::size_t at, const auto& entry) { return at < entry.first; });
    return after == flags_.begin() ? 0 : std::prev(after)->second;
  }

  // "<ClassA 0x724b20>", or "<ClassA instance at 0x724b20>" (rule B4).
  [[nodiscard]] std::string object(const Label& label, unsigned flags) const {
    const auto found = objects_.find(label);
    if (found == objects_.end()) return "<?>";
    const Known& known = found->second;
    if (!known.is_classic) return fmt::format("<{} {}>", known.type, known.address);
    if ((flags & model::kInstances) != 0) return fmt::format("<{} instance at {}>", known.type, known.address);
    return fmt::format("<instance {}>", known.address);
  }

  // What `print(gc.garbage)` prints in this operation.
  [[nodiscard]] std::string garbage(std::size_t operation) const {
    const auto found = garbage_.find(operation);
    return found == garbage_.end() ? std::string() : found->second;
  }

 private:
  struct Known {
    std::string type;
    std::string address;
    bool is_classic = false;
  };

  void learn() {
    for (; known_ < heap().size(); ++known_) unlabelled_.push_back(static_cast<Id>(known_));
    for (const Id id : std::exchange(unlabelled_, {})) {
      const model::Object& object = heap().object(id);
      // A dictionary has its label when its instance has been made.
      if (object.kind == Kind::dictionary && object.label.part != Part::attributes) {
        unlabelled_.push_back(id);
        continue;
      }
      objects_[object.label] = {describer_.type_name(object), describer_.address(id), object.kind == Kind::classic};
    }
  }

  const Trace& trace_;
  Describer describer_;
  std::size_t known_ = 0;
  std::vector<Id> unlabelled_;
  std::map<Label, Known> objects_;
  std::map<std::size_t, std::string> garbage_;
  // From how many events on which flags are set.
  std::vector<std::pair<std::size_t, unsigned>> flags_;
};

std::string debug_line(const Event& event, const Profile& profile, const Follower& follower, unsigned flags) {
  const auto& n = event.number;
  switch (event.kind) {
    case EventKind::debug_collecting:
      return fmt::format("gc: collecting generation {}...\n", n[0]);
    case EventKind::debug_sizes:
      return fmt::format("gc: objects in each generation: {} {} {}\n", n[0], n[1], n[2]);
    case EventKind::debug_permanent:
      return fmt::format("gc: objects in permanent generation: {}\n", n[0]);
    case EventKind::debug_collectable:
      return fmt::format("gc: collectable {}\n", follower.object(event.label, flags));
    case EventKind::debug_uncollectable:
      return fmt::format("gc: uncollectable {}\n", follower.object(event.label, flags));
    case EventKind::debug_done: {
      std::string text = "gc: done";
      if (n[2] != 0) text += fmt::format(", {} unreachable, {} uncollectable", n[0], n[1]);
      return text + ", 0.0000s elapsed" + (profile.id == ProfileId::python2_7 ? ".\n" : "\n");
    }
    default:
      return {};
  }
}

}  // namespace

std::string transcript(const Trace& trace) {
  Log log;
  Follower follower(trace);
  model::run(trace, Observe::digest, log, &follower);
  const Profile& row = profile(trace.profile);
  std::string text;
  std::size_t index = 0;
  for (std::size_t operation = 0; operation < log.operations(); ++operation) {
    const auto events = log.of(operation);
    // The last answer is the operation's own: those of scripts come before it.
    std::size_t answer = events.size();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].kind == EventKind::returned) answer = i;
    }
    for (std::size_t i = 0; i < events.size(); ++i, ++index) {
      text += debug_line(events[i], row, follower, follower.flags_at(index));
      const bool is_printed = i == answer && trace.operations[operation].code == OpCode::collect;
      if (is_printed) text += fmt::format("{}\n", events[i].number[0]);
    }
    text += follower.garbage(operation);
  }
  return text;
}

}  // namespace cyclecheck

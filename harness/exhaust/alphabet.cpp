#include "harness/exhaust/alphabet.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr std::array<AlphabetInfo, 12> kAlphabets{{
    {"links", "nodes, references, variables, collections", 0},
    {"finalizers", "links, and finalizers that log, resurrect, or break the cycle", 0},
    {"weakrefs", "links, and weak references: none, logging, resurrecting and clearing callbacks", 1},
    {"standard", "finalizers and weakrefs together", 1},
    {"all",
     "standard, and instances, legacy finalizers, two other kinds of weak reference, removing, aliases, gc.garbage", 1},
    {"containers", "links, and lists, dicts, tuples, an integer, a resurrecting finalizer, removing", 0},
    {"callables", "links, and weak references that objects hold: without callback, and with callbacks that are objects",
     1},
    {"methods", "callables, and bound methods, which may be callbacks and be weakly referred to", 1},
    {"generators",
     "links with generators and coroutines that are closed or resumed, a resurrecting one, weak references", 1},
    {"watchers", "links, and gc.callbacks: that log, remove themselves, resurrect, clear, register others", 0},
    {"custom", "links with objects of an extension's type, finalizers that log or resurrect, weak references", 1},
    {"oom", "links, instances, tuples, a resurrecting finalizer, weak references, allocations that fail", 2},
}};

// `fail` counts up to this allocation.
constexpr std::int32_t kLastFailing = 2;
// No shared integer (I1): it dies.
constexpr std::int32_t kInteger = 1000;

// Which parts of the language an alphabet has.
struct Parts {
  bool finalizers = false;
  bool weakrefs = false;
  bool rest = false;
  bool containers = false;
  bool callables = false;
  bool failures = false;
  bool watchers = false;
  bool custom = false;
  bool methods = false;
  bool generators = false;
};

Parts parts_of(std::string_view name) {
  Parts parts;
  parts.finalizers = name == "finalizers" || name == "standard" || name == "all";
  parts.weakrefs = name == "weakrefs" || name == "standard" || name == "all";
  parts.rest = name == "all";
  parts.containers = name == "containers";
  parts.methods = name == "methods";
  parts.callables = name == "callables" || parts.methods;
  parts.failures = name == "oom";
  parts.watchers = name == "watchers";
  parts.custom = name == "custom";
  parts.generators = name == "generators";
  return parts;
}

Operand variable(Name name) { return Operand::variable(name); }

// An operation on what variables hold.
Operation on(OpCode code, Operand a = {}, Operand b = {}) {
  Operation operation;
  operation.code = code;
  operation.a = a;
  operation.b = b;
  return operation;
}

// An operation that binds or unbinds a variable.
Operation to(Name target, OpCode code, Operand a = {}, ScriptId script = kNoScript) {
  Operation operation = on(code, a);
  operation.target = target;
  operation.script = script;
  return operation;
}

Operation collect(std::int32_t generation) {
  Operation operation = on(OpCode::collect);
  operation.number[0] = generation;
  return operation;
}

Operation fail(std::int32_t allocation) {
  Operation operation = on(OpCode::fail);
  operation.number[0] = allocation;
  return operation;
}

class Maker {
 public:
  Maker(std::string_view name, std::uint32_t objects, std::uint32_t weak_references) {
    made_.name = name;
    made_.objects = objects;
    made_.weak_references = weak_references;
    for (std::uint32_t i = 0; i < objects; ++i) made_.names.emplace_back(1, static_cast<char>('a' + i));
    for (std::uint32_t i = 0; i < weak_references; ++i) made_.names.emplace_back(1, static_cast<char>('w' + i));
    if (parts_of(name).containers) made_.names.emplace_back("i");
    made_.names.emplace_back("r");
  }

  Alphabet make() {
    const Parts parts = parts_of(made_.name);
    for (const Name name : objects()) add_creations(name, parts);
    if (parts.containers || parts.failures) add_tuples();
    for (const Name a : objects()) {
      for (const Name b : objects()) add(on(OpCode::append, variable(a), variable(b)));
    }
    if (parts.containers) add_integer();
    if (parts.rest || parts.containers) add_removals(parts.rest);
    for (const Name a : objects()) add(on(OpCode::clear, variable(a)));
    if (parts.generators) add_ends();
    if (parts.weakrefs || parts.callables || parts.failures || parts.custom || parts.generators) {
      add_weak_references(parts);
    }
    if (parts.watchers) add_watchers();
    if (parts.methods) add_methods();
    for (const Name a : objects()) add(to(a, OpCode::drop));
    for (std::int32_t generation = 0; generation < 3; ++generation) add(collect(generation));
    for (std::int32_t n = 1; parts.failures && n <= kLastFailing; ++n) add(fail(n));
    if (parts.rest) {
      add(to(last(), OpCode::take_garbage));
      add(on(OpCode::clear_garbage));
    }
    return std::move(made_);
  }

 private:
  [[nodiscard]] Name last() const { return Name{static_cast<std::uint16_t>(made_.names.size() - 1)}; }
  [[nodiscard]] std::vector<Name> names(std::uint32_t from, std::uint32_t count) const {
    std::vector<Name> list;
    for (std::uint32_t i = 0; i < count; ++i) list.push_back(Name{static_cast<std::uint16_t>(from + i)});
    return list;
  }
  [[nodiscard]] std::vector<Name> objects() const { return names(0, made_.objects); }
  [[nodiscard]] std::vector<Name> weak_references() const { return names(made_.objects, made_.weak_references); }

  void add(const Operation& operation) { made_.letters.push_back(operation); }
  ScriptId script(Script operations) {
    const auto known = std::find(made_.scripts.begin(), made_.scripts.end(), operations);
    if (known != made_.scripts.end()) return static_cast<ScriptId>(known - made_.scripts.begin());
    made_.scripts.push_back(std::move(operations));
    return static_cast<ScriptId>(made_.scripts.size()) - 1;
  }

  void add_creations(Name name, const Parts& parts) {
    const auto create = [&](ObjectKind kind, FinalizerKind finalizer, ScriptId id) {
      Operation operation = to(name, OpCode::create, {}, id);
      operation.kind = kind;
      operation.finalizer = finalizer;
      add(operation);
    };
    const auto resurrecting = [&] { return script({on(OpCode::root, Operand::self())}); };
    create(ObjectKind::node, FinalizerKind::none, kNoScript);
    if (parts.custom) {
      create(ObjectKind::custom, FinalizerKind::none, kNoScript);
      create(ObjectKind::custom, FinalizerKind::del, kEmptyScript);
      create(ObjectKind::custom, FinalizerKind::del, resurrecting());
    }
    if (parts.generators) {
      create(ObjectKind::generator, FinalizerKind::none, kNoScript);
      create(ObjectKind::generator, FinalizerKind::del, resurrecting());
      create(ObjectKind::coroutine, FinalizerKind::none, kNoScript);
    }
    if (!parts.finalizers && !parts.containers && !parts.failures) return;
    const ScriptId resurrects = resurrecting();
    if (!parts.finalizers) {
      create(ObjectKind::node, FinalizerKind::del, resurrects);
      if (parts.failures) create(ObjectKind::instance, FinalizerKind::none, kNoScript);
      if (!parts.containers) return;
      create(ObjectKind::list, FinalizerKind::none, kNoScript);
      create(ObjectKind::dict, FinalizerKind::none, kNoScript);
      return;
    }
    create(ObjectKind::node, FinalizerKind::del, kEmptyScript);
    create(ObjectKind::node, FinalizerKind::del, resurrects);
    create(ObjectKind::node, FinalizerKind::del, script({on(OpCode::clear, Operand::self())}));
    if (!parts.rest) return;
    create(ObjectKind::node, FinalizerKind::legacy, kEmptyScript);
    create(ObjectKind::node, FinalizerKind::del, script({collect(2)}));
    create(ObjectKind::instance, FinalizerKind::none, kNoScript);
    create(ObjectKind::instance, FinalizerKind::del, resurrects);
    create(ObjectKind::classic, FinalizerKind::del, kEmptyScript);
  }

  // Of what another object holds.
  void add_tuples() {
    for (const Name a : objects()) {
      for (const Name b : objects()) {
        if (a != b) add(to(a, OpCode::tuple, variable(b)));
      }
    }
  }

  void add_methods() {
    for (const Name x : objects()) {
      for (const Name a : objects()) {
        for (const Name b : objects()) {
          Operation operation = to(x, OpCode::method, variable(a));
          operation.b = variable(b);
          add(operation);
        }
      }
    }
  }

  // Of what is suspended: N23.
  void add_ends() {
    for (const OpCode end : {OpCode::close, OpCode::resume}) {
      for (const Name a : objects()) add(on(end, variable(a)));
    }
  }

  void add_integer() {
    const Name name{static_cast<std::uint16_t>(made_.objects + made_.weak_references)};
    Operation operation = to(name, OpCode::integer);
    operation.number[0] = kInteger;
    add(operation);
    for (const Name a : objects()) add(on(OpCode::append, variable(a), variable(name)));
    add(to(name, OpCode::drop));
  }

  void add_removals(bool with_aliases) {
    for (const Name a : objects()) {
      for (const Name b : objects()) {
        add(on(OpCode::remove, variable(a), variable(b)));
        if (with_aliases && a != b) add(to(a, OpCode::let, variable(b)));
      }
    }
  }

  void add_weak_references(const Parts& parts) {
    for (const Name a : objects()) {
      std::vector<ScriptId> callbacks{kNoScript, kEmptyScript};
      if (!parts.failures && !parts.callables && !parts.custom && !parts.generators) {
        callbacks.push_back(script({on(OpCode::root, Operand::label(a))}));
        callbacks.push_back(script({on(OpCode::clear, Operand::label(a))}));
      }
      for (const Name w : weak_references()) {
        const auto make = [&](OpCode code, ScriptId id) { add(to(w, code, variable(a), id)); };
        for (const ScriptId id : callbacks) make(OpCode::weakref, id);
        for (const Name b : parts.callables ? objects() : std::vector<Name>{}) {
          make(OpCode::weakref, kEmptyScript);
          made_.letters.back().b = variable(b);
        }
        if (!parts.rest) continue;
        for (const ScriptId id : {kNoScript, kEmptyScript}) {
          make(OpCode::subref, id);
          make(OpCode::proxy, id);
        }
      }
    }
    for (const Name w : weak_references()) {
      add(to(last(), OpCode::deref, variable(w)));
      if (parts.rest || parts.callables) {
        for (const Name a : objects()) add(on(OpCode::append, variable(a), variable(w)));
      }
      add(to(w, OpCode::drop));
    }
    if (made_.weak_references > 0) add(to(last(), OpCode::drop));
  }

  void add_watchers() {
    Operation log = on(OpCode::watch, Operand::self());
    log.script = kEmptyScript;
    log.number[0] = 1;
    for (const Name a : objects()) {
      const std::array scripts{kEmptyScript, script({on(OpCode::unwatch, Operand::self())}),
                               script({on(OpCode::root, Operand::label(a)), on(OpCode::clear, Operand::label(a))}),
                               script({to(a, OpCode::drop), log})};
      for (const ScriptId id : scripts) {
        for (const std::int32_t at_stop : {0, 1}) {
          Operation watch = on(OpCode::watch, variable(a));
          watch.script = id;
          watch.number[0] = at_stop;
          add(watch);
        }
      }
      add(on(OpCode::unwatch, variable(a)));
    }
  }

  Alphabet made_;
};

}  // namespace

std::span<const AlphabetInfo> all_alphabets() { return kAlphabets; }

Alphabet make_alphabet(std::string_view name, std::uint32_t objects, std::uint32_t weak_references,
                       const FeatureSet& without) {
  Alphabet alphabet = Maker(name, objects, weak_references).make();
  std::erase_if(alphabet.letters, [&](const Operation& letter) {
    Trace alone = empty_trace(ProfileId::python3_11);
    alone.settings.enabled = false;
    // Scripts of letters hold no scripts.
    if (letter.script >= 0) alone.scripts = {alphabet.scripts[static_cast<std::size_t>(letter.script)]};
    alone.operations = {letter};
    return uses(alone, without);
  });
  return alphabet;
}

std::string print_letters(const Alphabet& alphabet) {
  Trace trace = empty_trace(ProfileId::python3_11);
  trace.names = alphabet.names;
  trace.scripts = alphabet.scripts;
  std::string text;
  for (const Operation& letter : alphabet.letters) text += to_string(letter, trace) + "\n";
  return text;
}

}  // namespace cyclecheck

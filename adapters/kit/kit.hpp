// The kit for C++: whatever a subject with a contract is made of but the collector itself. C++17, one header.
//
// It reads requests (docs/subject-protocol.md), runs the operations of a trace (docs/memory-model.md, rules N1 to N15,
// and docs/contracts.md, section 2) on a Backend, and writes the log. An adapter implements a Backend, tells the
// machine of deaths, finalizers and callbacks, and calls serve(), or includes this header with CYCLECHECK_KIT_PLUGIN
// defined to become a plug-in.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kit {

struct Operand {
  enum Kind { none, variable, label, self } kind = none;
  int name = 0;
  int slot = -1;  // the object itself
};

struct Operation {
  std::string word;
  int target = -1;
  Operand a, b, c;
  long number = 0;
  std::string kind;         // of `new`
  bool has_script = false;  // a finalizer or a callback
  std::vector<Operation> script;
};

// An object of the trace. The backend may keep what it needs in `native`.
struct Object {
  enum Kind { node, instance, opaque, list, dict, tuple, weak, map };
  Kind kind = node;
  int name = 0, serial = 0;
  bool has_finalizer = false, has_callback = false, is_proxy = false;
  bool dead = false;
  bool script_ran = false;
  const std::vector<Operation>* script = nullptr;
  Object* referent = nullptr;  // of a weak reference; for messages, not a reference
  void* native = nullptr;

  // Sixteen slots that are empty or not; otherwise a row that grows.
  bool has_attributes() const { return kind == instance || kind == dict; }
};

class Machine;

// The collector's part. "With a reference": the machine gives it back with release().
class Backend {
 public:
  Machine* machine = nullptr;
  virtual ~Backend() = default;
  // An empty heap; and its end, which frees everything.
  virtual void begin() = 0;
  virtual void end() = 0;
  // Makes object->native, with a reference. A weak reference refers to object->referent.
  virtual void create(Object* object) = 0;
  // What a weak reference answers, with a reference, or null.
  virtual Object* answer(Object* weak) = 0;
  virtual void hold(Object* object) = 0;
  virtual void release(Object* object) = 0;
  virtual std::size_t size(Object* object) = 0;
  virtual Object* get(Object* object, std::size_t slot) = 0;  // without a reference; null: empty
  virtual void push(Object* object, Object* value) = 0;       // a row
  virtual void set(Object* object, std::size_t slot, Object* value_or_null) = 0;
  virtual void erase(Object* object, std::size_t slot) = 0;  // a row
  virtual void collect(int generation) = 0;
  // A map of ephemerons: `key` is mapped to `value` as long as it lives. For subjects that have them.
  virtual void map_to(Object* /*map*/, Object* /*key*/, Object* /*value*/) {}
  // Without a reference; null: nothing.
  virtual Object* mapped(Object* /*map*/, Object* /*key*/) { return nullptr; }
  // What the collector leaves to be done behind an operation: queues of finalizers, jobs.
  virtual void settle() {}
};

// One line of a trace. Traces come from CycleCheck and are valid.
class Parser {
 public:
  explicit Parser(const char* text) : at_(text) {}

  Operation operation() {
    Operation made;
    made.word = word();
    const std::string& w = made.word;
    const auto is = [&w](std::initializer_list<const char*> words) {
      for (const char* one : words) {
        if (w == one) return true;
      }
      return false;
    };
    if (is({"new", "bulk", "let", "deref", "tuple", "drop", "weakref", "subref", "proxy", "weakmap", "mapget"})) {
      made.target = name(word());
    }
    if (w == "new") {
      made.kind = word();
      if (peek() == 'd' || peek() == 'l') script(made);
    } else if (is({"bulk", "collect"})) {
      made.number = number();
    } else if (is({"weakref", "subref", "proxy"})) {
      made.a = operand();
      if (peek() == 'c') script(made);
    } else if (is({"store", "erase"})) {
      made.a = operand();
      made.number = number();
      if (w == "store") made.b = operand();
    } else if (is({"append", "remove", "call", "mapset", "mapget"})) {
      made.a = operand();
      made.b = operand();
      if (w == "mapset") made.c = operand();
    } else if (is({"let", "root", "clear", "tuple", "deref", "use"})) {
      made.a = operand();
    } else {
      // Nothing that the machine does: its fields do not matter.
      while (peek() != '\0' && peek() != ';' && peek() != '}') ++at_;
    }
    return made;
  }

 private:
  char peek() {
    while (*at_ == ' ' || *at_ == '\t') ++at_;
    return *at_;
  }
  void expect(char c) {
    if (peek() != c) throw std::runtime_error(std::string("expected ") + c + " at " + at_);
    ++at_;
  }
  std::string word() {
    peek();
    const char* const begin = at_;
    while (std::isalnum(static_cast<unsigned char>(*at_)) || *at_ == '_') ++at_;
    return std::string(begin, at_);
  }
  static int name(const std::string& word) { return std::atoi(word.c_str() + 1); }
  long number() {
    peek();
    char* end = nullptr;
    const long value = std::strtol(at_, &end, 10);
    at_ = end;
    return value;
  }
  Operand operand() {
    Operand made;
    made.kind = peek() == '@' ? Operand::label : Operand::variable;
    if (made.kind == Operand::label) ++at_;
    const std::string w = word();
    if (w == "self") {
      made.kind = Operand::self;
    } else {
      made.name = name(w);
    }
    if (peek() == '[') {
      ++at_;
      made.slot = static_cast<int>(number());
      expect(']');
    }
    return made;
  }
  void script(Operation& of) {
    word();
    expect('=');
    expect('{');
    of.has_script = true;
    while (peek() != '}') {
      of.script.push_back(operation());
      if (peek() == ';') ++at_;
    }
    ++at_;
  }

  const char* at_;
};

class Machine {
 public:
  // `contract`: what the subject promises, as in its greeting; `without`: what it lacks.
  Machine(Backend& backend, std::string name, std::string version, std::string contract, std::string without = "")
      : backend_(backend),
        name_(std::move(name)),
        version_(std::move(version)),
        contract_(std::move(contract)),
        without_(std::move(without)) {
    backend_.machine = this;
    const std::size_t at = contract_.find("collections=");
    quiet_ = at == std::string::npos ? 1 : std::atoi(contract_.c_str() + at + std::strlen("collections="));
    if (quiet_ < 1) quiet_ = 1;
    const auto promises = [this](const char* word) { return contract_.find(word) != std::string::npos; };
    has_finalizers_ = promises("finalizers=once") || promises("finalizers=always");
    has_callbacks_ = promises("callbacks=before") || promises("callbacks=after");
    has_maps_ = promises("ephemerons=leaky") || promises("ephemerons=collected");
  }

  // --- What the backend tells ---

  void died(Object* object) {
    if (is_over_) return;
    object->dead = true;
    log("died " + label(object));
  }
  // Runs a finalizer's script; the object is held by the backend meanwhile.
  void finalizer(Object* object) { activate("finalizer ", object); }
  // Runs a callback's script.
  void callback(Object* weak) { activate("callback ", weak); }

  std::string label(const Object* object) const {
    return "n" + std::to_string(object->name) + (object->serial != 0 ? "#" + std::to_string(object->serial) : "");
  }
  bool is_over() const { return is_over_; }

  // --- The protocol ---

  std::string greeting() const {
    return "cyclecheck-subject 2\nname " + name_ + "\nversion " + version_ + "\ncontract " + contract_ + "\n" +
           (without_.empty() ? "" : "without " + without_ + "\n") +
           "operations new bulk let root drop append remove store erase clear call return safepoint weakref subref "
           "proxy "
           "deref use collect enable disable set_threshold tuple shutdown raise" +
           (has_maps_ ? " weakmap mapset mapget" : "") + "\nready\n";
  }

  // The answer to the lines of a request, from `run` on, without `end`.
  std::string answer(const std::vector<std::string>& lines) {
    std::string text = "log\n";
    operations_.clear();
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::string& line = lines[i];
      const std::string first = line.substr(0, line.find(' '));
      if (first == "cyclecheck-trace" || first == "profile" || first == "disabled" || first == "free_lists_filled" ||
          first == "threshold") {
        continue;
      }
      operations_.push_back(Parser(line.c_str()).operation());
    }
    objects_.clear();
    labels_.clear();
    globals_.clear();
    scopes_.clear();
    bound_.clear();
    scripts_ = 0;
    is_over_ = is_shut_down_ = false;
    backend_.begin();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      events_.clear();
      if (!is_shut_down_) run(operations_[i], nullptr);
      if (!is_shut_down_) backend_.settle();
      if (operations_[i].word == "shutdown") is_shut_down_ = true;
      if (!events_.empty()) text += std::to_string(i) + ":\n" + events_;
    }
    text += "end " + std::to_string(operations_.size()) + "\n";
    is_over_ = true;
    while (!scopes_.empty()) leave();
    for (auto& global : globals_) {
      if (Object* const old = std::exchange(global.second, nullptr)) backend_.release(old);
    }
    backend_.end();
    return text;
  }

  // Until the end of standard input. Answers the exit status.
  int serve() {
    std::fputs(greeting().c_str(), stdout);
    std::fflush(stdout);
    std::vector<std::string> lines;
    std::string line;
    for (int c = std::getchar(); c != EOF; c = std::getchar()) {
      if (c == '\r') continue;
      if (c != '\n') {
        line += static_cast<char>(c);
        continue;
      }
      if (line == "end") {
        const std::string text = answer(lines);
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
        lines.clear();
      } else {
        lines.push_back(line);
      }
      line.clear();
    }
    return 0;
  }

 private:
  struct Scope {
    Object* arguments[2] = {nullptr, nullptr};
    std::vector<std::pair<int, Object*>> locals;
  };

  void log(const std::string& event) {
    if (!is_over_) events_ += " " + event + "\n";
  }
  void step() { log("step"); }

  void activate(const char* event, Object* self) {
    if (is_over_) return;
    log(event + label(self));
    if (self->script_ran) return;
    self->script_ran = true;
    if (self->script == nullptr) return;
    ++scripts_;
    for (const Operation& operation : *self->script) {
      if (operation.word == "raise") {
        log("raised " + label(self));
        break;
      }
      run(operation, self);
      step();
    }
    --scripts_;
  }

  // --- Objects and variables: N1 to N4 ---

  // L4. The object has its label when it exists.
  Object* make(int name, Object::Kind kind, Object* referent = nullptr) {
    objects_.emplace_back();
    Object* const made = &objects_.back();
    made->kind = kind;
    made->name = name;
    made->referent = referent;
    return made;
  }
  void finish(Object* made) {
    backend_.create(made);
    auto& labelled = labels_[made->name];
    made->serial = static_cast<int>(labelled.size());
    labelled.push_back(made);
    if (!events_.empty()) log("made " + label(made));
  }

  static Object** find_local(Scope& scope, int name) {
    for (auto& local : scope.locals) {
      if (local.first == name) return &local.second;
    }
    return nullptr;
  }
  Object* look_up(int name) {
    if (scripts_ == 0 && !scopes_.empty()) {
      Object** const local = find_local(scopes_.back(), name);
      if (local != nullptr && *local != nullptr) return *local;
    }
    const auto found = globals_.find(name);
    return found == globals_.end() ? nullptr : found->second;
  }
  Object* find(const Operand& operand, Object* self) {
    Object* found = nullptr;
    if (operand.kind == Operand::variable) found = look_up(operand.name);
    if (operand.kind == Operand::self) found = self;
    if (operand.kind == Operand::label) {
      const auto labelled = labels_.find(operand.name);
      if (labelled != labels_.end()) found = labelled->second.back();
    }
    if (found == nullptr || found->dead || operand.slot < 0) return found == nullptr || found->dead ? nullptr : found;
    if (found->kind == Object::weak || found->kind == Object::map ||
        static_cast<std::size_t>(operand.slot) >= backend_.size(found))
      return nullptr;
    found = backend_.get(found, static_cast<std::size_t>(operand.slot));
    return found == nullptr || found->dead ? nullptr : found;
  }
  // Takes over a reference; null unbinds.
  void bind_globally(int name, Object* value) {
    const auto place = globals_.emplace(name, nullptr);
    if (place.second) bound_.push_back(name);
    Object* const old = std::exchange(place.first->second, value);
    if (old != nullptr) backend_.release(old);
  }
  void bind(int name, Object* value) {
    if (scripts_ > 0 || scopes_.empty()) {
      if (value != nullptr || globals_.count(name) != 0) bind_globally(name, value);
      return;
    }
    Object** place = find_local(scopes_.back(), name);
    if (place == nullptr) {
      if (value == nullptr) return;
      scopes_.back().locals.emplace_back(name, nullptr);
      place = &scopes_.back().locals.back().second;
    }
    Object* const old = std::exchange(*place, value);
    if (old != nullptr) backend_.release(old);
  }

  // --- Operations: N5 to N15 ---

  void run(const Operation& op, Object* self) {
    const std::string& w = op.word;
    if (w == "new") return create(op);
    if (w == "bulk") return bulk(op);
    if (w == "let") {
      if (Object* const a = find(op.a, self)) {
        backend_.hold(a);
        bind(op.target, a);
      }
    } else if (w == "root") {
      Object* const a = find(op.a, self);
      if (a == nullptr || a->kind == Object::weak) return;
      backend_.hold(a);
      bind_globally(a->name, a);
    } else if (w == "drop") {
      drop(op.target);
    } else if (w == "append" || w == "remove" || w == "store" || w == "erase" || w == "clear") {
      mutate(op, self);
    } else if (w == "tuple") {
      make_tuple(op, self);
    } else if (w == "call") {
      if (scripts_ > 0 || scopes_.size() == 64) return;
      Scope scope;
      scope.arguments[0] = find(op.a, self);
      scope.arguments[1] = find(op.b, self);
      for (Object* const argument : scope.arguments) {
        if (argument != nullptr) backend_.hold(argument);
      }
      scopes_.push_back(std::move(scope));
    } else if (w == "return") {
      if (scripts_ == 0 && !scopes_.empty()) leave();
    } else if (w == "weakref" || w == "subref" || w == "proxy") {
      make_weak(op, self);
    } else if (w == "deref" || w == "use") {
      ask(op, self);
    } else if (w == "weakmap") {
      Object* const made = make(op.target, Object::map);
      finish(made);
      bind(op.target, made);
    } else if (w == "mapset" || w == "mapget") {
      map(op, self);
    } else if (w == "collect") {
      if (op.number > 2) return log("error 0");
      log("collect " + std::to_string(op.number));
      backend_.collect(static_cast<int>(op.number));
      backend_.settle();
      log("returned 0");
    } else if (w == "shutdown") {
      if (scripts_ == 0) shut_down();
    }
  }

  void create(const Operation& op) {
    static const std::map<std::string, Object::Kind> kinds{
        {"node", Object::node},     {"instance", Object::instance}, {"classic", Object::instance},
        {"opaque", Object::opaque}, {"list", Object::list},         {"dict", Object::dict}};
    Object* const made = make(op.target, kinds.at(op.kind));
    made->has_finalizer = op.has_script && has_finalizers_ && is_weakly_referable(made);
    if (made->has_finalizer) made->script = &op.script;
    finish(made);
    bind(op.target, made);
  }

  void bulk(const Operation& op) {
    Object* const into = look_up(op.target);
    if (into == nullptr || into->dead || into->kind != Object::node) return;
    backend_.hold(into);
    for (long i = 0; i < op.number; ++i) {
      Object* const made = make(op.target, Object::node);
      finish(made);
      backend_.push(into, made);
      backend_.release(made);
    }
    backend_.release(into);
  }

  void drop(int name) {
    if (scripts_ == 0 && !scopes_.empty()) {
      Object** const local = find_local(scopes_.back(), name);
      if (local != nullptr && *local != nullptr) return backend_.release(std::exchange(*local, nullptr));
    }
    if (globals_.count(name) != 0) bind_globally(name, nullptr);
  }

  static bool can_change(const Object* object) {
    return object->kind != Object::weak && object->kind != Object::tuple && object->kind != Object::map;
  }
  void mutate(const Operation& op, Object* self) {
    const bool needs_value = op.word == "append" || op.word == "remove" || op.word == "store";
    Object* const a = find(op.a, self);
    Object* const b = needs_value ? find(op.b, self) : nullptr;
    if (a == nullptr || (needs_value && b == nullptr) || !can_change(a)) return;
    // What is stored may have no other reference than the one that it takes the place of.
    backend_.hold(a);
    if (b != nullptr) backend_.hold(b);
    const auto slot = static_cast<std::size_t>(op.number);
    if (op.word == "append") append(a, b);
    if (op.word == "store" && slot < backend_.size(a)) backend_.set(a, slot, b);
    if (op.word == "erase" && slot < backend_.size(a)) erase(a, slot);
    if (op.word == "remove") {
      std::size_t at = 0;
      while (at < backend_.size(a) && backend_.get(a, at) != b) ++at;
      if (at < backend_.size(a)) erase(a, at);
    }
    if (op.word == "clear") clear(a);
    if (b != nullptr) backend_.release(b);
    backend_.release(a);
  }
  void append(Object* a, Object* b) {
    if (!a->has_attributes()) return backend_.push(a, b);
    for (std::size_t i = 0; i < backend_.size(a); ++i) {
      if (backend_.get(a, i) == nullptr) return backend_.set(a, i, b);
    }
  }
  void erase(Object* a, std::size_t slot) {
    if (a->has_attributes()) {
      backend_.set(a, slot, nullptr);
    } else {
      backend_.erase(a, slot);
    }
  }
  void clear(Object* a) {
    if (a->has_attributes()) {
      for (std::size_t i = 0; i < backend_.size(a); ++i) {
        if (backend_.get(a, i) == nullptr) continue;
        backend_.set(a, i, nullptr);
        step();
      }
      return;
    }
    const std::vector<Object*> items = held_items(a);
    while (backend_.size(a) > 0) backend_.erase(a, backend_.size(a) - 1);
    for (auto item = items.rbegin(); item != items.rend(); ++item) backend_.release(*item);
  }
  std::vector<Object*> held_items(Object* a) {
    std::vector<Object*> items;
    for (std::size_t i = 0; i < backend_.size(a); ++i) {
      items.push_back(backend_.get(a, i));
      backend_.hold(items.back());
    }
    return items;
  }

  void make_tuple(const Operation& op, Object* self) {
    Object* const a = find(op.a, self);
    if (a == nullptr || (a->kind != Object::tuple && !can_change(a)) || a->has_attributes() || backend_.size(a) == 0) {
      return;
    }
    const std::vector<Object*> items = held_items(a);
    Object* const made = make(op.target, Object::tuple);
    finish(made);
    for (Object* const item : items) {
      backend_.push(made, item);
      backend_.release(item);
    }
    bind(op.target, made);
  }

  void make_weak(const Operation& op, Object* self) {
    Object* const a = find(op.a, self);
    if (a == nullptr || !is_weakly_referable(a)) return;
    backend_.hold(a);
    Object* const made = make(op.target, Object::weak, a);
    made->is_proxy = op.word == "proxy";
    made->has_callback = op.has_script && has_callbacks_;
    if (made->has_callback) made->script = &op.script;
    finish(made);
    bind(op.target, made);
    backend_.release(a);
  }

  void ask(const Operation& op, Object* self) {
    Object* const weak = find(op.a, self);
    if (weak == nullptr || weak->kind != Object::weak || (op.word == "use" && !weak->is_proxy)) return;
    Object* const found = backend_.answer(weak);
    if (op.word == "use") {
      log(found != nullptr ? "used 1" : "used 0");
      if (found != nullptr) backend_.release(found);
      return;
    }
    log(found != nullptr ? "deref " + label(found) : "deref None");
    bind(op.target, found);
  }

  static bool is_weakly_referable(const Object* object) {
    return object->kind == Object::node || object->kind == Object::instance;
  }
  void map(const Operation& op, Object* self) {
    Object* const map = find(op.a, self);
    Object* const key = find(op.b, self);
    if (map == nullptr || key == nullptr || map->kind != Object::map || !is_weakly_referable(key)) return;
    if (op.word == "mapset") {
      Object* const value = find(op.c, self);
      if (value == nullptr) return;
      for (Object* const held : {map, key, value}) backend_.hold(held);
      backend_.map_to(map, key, value);
      for (Object* const held : {value, key, map}) backend_.release(held);
      return;
    }
    Object* const value = backend_.mapped(map, key);
    log(value != nullptr ? "deref " + label(value) : "deref None");
    if (value != nullptr) backend_.hold(value);
    bind(op.target, value);
  }

  void leave() {
    Scope scope = std::move(scopes_.back());
    scopes_.pop_back();
    const auto release = [this](Object* held) {
      if (held == nullptr) return;
      backend_.release(held);
      step();
    };
    for (Object* const argument : scope.arguments) release(argument);
    for (const auto& local : scope.locals) release(local.second);
  }

  // L5.
  void shut_down() {
    while (!scopes_.empty()) leave();
    backend_.collect(2);
    backend_.settle();
    step();
    int quiet = 0;
    for (int round = 0; round < 64 && quiet < quiet_; ++round) {
      const std::size_t before = events_.size();
      std::size_t steps = 0;
      for (std::size_t i = 0; i < bound_.size(); ++i) {
        Object* const old = std::exchange(globals_[bound_[i]], nullptr);
        if (old == nullptr) continue;
        backend_.release(old);
        step();
        ++steps;
      }
      backend_.collect(2);
      backend_.settle();
      step();
      ++steps;
      bool happened = events_.size() - before > steps * std::strlen(" step\n");
      for (const auto& global : globals_) happened = happened || global.second != nullptr;
      quiet = happened ? 0 : quiet + 1;
    }
    for (const Object& object : objects_) {
      if (!object.dead && object.kind != Object::weak) log("leaked " + label(&object));
    }
  }

  Backend& backend_;
  std::string name_, version_, contract_, without_;
  int quiet_ = 1;
  bool has_finalizers_ = false, has_callbacks_ = false, has_maps_ = false;

  std::vector<Operation> operations_;
  std::deque<Object> objects_;
  std::unordered_map<int, std::vector<Object*>> labels_;
  std::map<int, Object*> globals_;
  std::vector<int> bound_;  // in the order in which they were first bound
  std::vector<Scope> scopes_;
  std::string events_;  // of the operation that runs
  int scripts_ = 0;
  bool is_over_ = false, is_shut_down_ = false;
};

}  // namespace kit

// CYCLECHECK_SUBJECT(Backend class, "name", "version", "contract", "without"): the program, or, with
// CYCLECHECK_KIT_PLUGIN, what a plug-in exports (harness/subjects/plugin.h).
#ifdef CYCLECHECK_KIT_PLUGIN
#define CYCLECHECK_SUBJECT(Collector, name, version, contract, without)                                \
  namespace {                                                                                          \
  using Write = void (*)(void*, const char*, std::size_t);                                             \
  struct Plugin {                                                                                      \
    int plugin_version;                                                                                \
    const char* greeting;                                                                              \
    void (*run)(const char*, std::size_t, void*, Write);                                               \
  };                                                                                                   \
  kit::Machine& machine() {                                                                            \
    static Collector collector;                                                                        \
    static kit::Machine made(collector, name, version, contract, without);                             \
    return made;                                                                                       \
  }                                                                                                    \
  void run(const char* request, std::size_t size, void* sink, Write write) {                           \
    std::vector<std::string> lines;                                                                    \
    for (const char *at = request, *end = request + size; at < end;) {                                 \
      const char* const line = static_cast<const char*>(std::memchr(at, '\n', std::size_t(end - at))); \
      lines.emplace_back(at, line == nullptr ? end : line);                                            \
      at = line == nullptr ? end : line + 1;                                                           \
    }                                                                                                  \
    lines.pop_back();                                                                                  \
    const std::string text = machine().answer(lines);                                                  \
    write(sink, text.data(), text.size());                                                             \
  }                                                                                                    \
  }                                                                                                    \
  extern "C" const Plugin* cyclecheck_plugin_entry() {                                                 \
    static const std::string greeting = machine().greeting();                                          \
    static const Plugin plugin{1, greeting.c_str(), run};                                              \
    return &plugin;                                                                                    \
  }
#else
#define CYCLECHECK_SUBJECT(Collector, name, version, contract, without)       \
  int main() {                                                                \
    Collector collector;                                                      \
    return kit::Machine(collector, name, version, contract, without).serve(); \
  }
#endif

// A small Lisp on cyclegc: how an interpreter's author uses the library. docs/embedding.md explains the rules.
//
//   lisp               a prompt
//   lisp FILE...       runs programs; status 1 if one fails or a (check ...) does not hold
//
// Values are handles: the interpreter's C++ variables are its roots, and objects refer to each other by members.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cyclegc/runtime.hpp"

namespace lisp {

using namespace cyclegc;  // NOLINT: of an example
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The program's end is missing.
struct Incomplete : Error {
  using Error::Error;
};

class Interpreter;
using Arguments = std::vector<Handle>;

// --- Objects. What `traverse` visits is what `detach` takes: collections may be short. ---

using Leaf = cyclegc::Members<0>;
struct Integer : Leaf {
  explicit Integer(std::int64_t number) : value(number) {}
  std::int64_t value;
};
struct Symbol : Leaf {
  explicit Symbol(std::string word) : name(std::move(word)) {}
  std::string name;
};
// What it owns outside of the heap counts towards collections.
struct String : Leaf {
  String(Runtime& heap, std::string words) : runtime(heap), text(std::move(words)), bytes(text.capacity()) {
    runtime.add_external(bytes);
  }
  ~String() { runtime.remove_external(bytes); }
  Runtime& runtime;
  std::string text;
  std::size_t bytes;
};
struct Builtin : Leaf {
  using Function = std::function<Handle(Interpreter&, Arguments&)>;
  Builtin(std::string word, int least, int most, Function call)
      : name(std::move(word)), at_least(least), at_most(most), function(std::move(call)) {}
  std::string name;
  int at_least;
  int at_most;  // -1: any number
  Function function;
};
struct Pair : cyclegc::Members<2> {
  Member& first() { return members[0]; }
  Member& rest() { return members[1]; }
};
struct Closure : cyclegc::Members<3> {
  Member& parameters() { return members[0]; }
  Member& body() { return members[1]; }
  Member& scope() { return members[2]; }
};
// Variables. Symbols are held by the interpreter for good, so that their ids stand for them.
struct Scope {
  static constexpr bool kShowsAllMembers = true;
  std::vector<std::pair<ObjectId, Member>> variables;
  Member outer;
  void traverse(const Visitor& visit) const {
    visit(outer);
    for (const auto& [name, value] : variables) visit(value);
  }
  void detach(References& out) {
    out.take(outer);
    for (auto& [name, value] : variables) out.take(value);
  }
  Member* find(ObjectId name) {
    for (auto& [word, value] : variables) {
      if (word == name) return &value;
    }
    return nullptr;
  }
};

// --- The interpreter ---

class Interpreter {
 public:
  Interpreter();

  // The value of the last expression. Throws Error.
  Handle run(std::string_view program);
  Handle evaluate(Handle expression, Ref<Scope> scope);
  Handle apply(const Handle& function, Arguments& arguments);
  [[nodiscard]] std::string print(const Handle& value) const;
  Handle integer(std::int64_t value) { return make<Integer>(heap, integers_, value).handle(); }
  Handle string(std::string text) { return make<String>(heap, strings_, heap, std::move(text)).handle(); }
  Handle symbol(const std::string& name);
  Handle boolean(bool value) { return value ? true_ : Handle(); }
  Handle pair(const Handle& first, const Handle& rest);
  // As another kind; throws Error.
  template <class T>
  Ref<T> as(const Handle& value, const char* what) const {
    if (!Ref<T>::is_a(value)) throw Error(std::string("expected ") + what + ", got " + print(value));
    return Ref<T>(value);
  }
  std::int64_t number(const Handle& value) const { return as<Integer>(value, "a number")->value; }
  [[nodiscard]] Handle get(const Member& member) { return member ? Handle(heap, member.get()) : Handle(); }
  template <class T>
  void set(const Ref<T>& owner, Member& member, const Handle& value) {
    heap.store_member(owner.get(), member, value.get());
  }

  Runtime heap;
  // (check ...) that held, and that did not.
  int held = 0;
  int failed = 0;

 private:
  // One level of native recursion.
  struct Level {
    explicit Level(int& now) : depth(now) {
      if (depth == 2000) throw Error("too deep");
      ++depth;
    }
    ~Level() { --depth; }
    int& depth;
  };

  enum class Special : std::uint8_t { quote, branch, define, assign, lambda, let, both, either, loop };
  // The value of a special form. `expression` set: it is that of this expression, in `scope`.
  Handle evaluate_special(Special what, const Ref<Pair>& form, Handle& expression, Ref<Scope>& scope);

  Handle read(std::string_view& program);
  Handle read_list(std::string_view& program);
  static void skip_blanks(std::string_view& program);
  // The item at `index` of a form; throws Error.
  Handle item(const Ref<Pair>& form, int index);
  Handle rest_of(const Handle& list) { return get(as<Pair>(list, "a list")->rest()); }
  Handle first_of(const Handle& list) { return get(as<Pair>(list, "a list")->first()); }
  // Evaluates all but the last of a list, which is the caller's.
  Handle last_of(Handle body, const Ref<Scope>& scope);
  Handle make_closure(const Handle& parameters, const Handle& body, const Ref<Scope>& scope);
  Ref<Scope> enter(const Ref<Closure>& closure, Arguments& arguments);
  void bind(const Ref<Scope>& scope, const Handle& name, const Handle& value);
  void define_builtins();
  void builtin(const std::string& name, int at_least, int at_most, Builtin::Function function);
  void print(const Handle& value, std::string& text, int& room) const;

  TypeId integers_ = heap.define(type_of_class<Integer>("integer"));
  TypeId strings_ = heap.define(type_of_class<String>("string"));
  TypeId symbols_ = heap.define(type_of_class<Symbol>("symbol"));
  TypeId builtins_ = heap.define(type_of_class<Builtin>("builtin"));
  TypeId pairs_ = heap.define(type_of_class<Pair>("pair"));
  TypeId closures_ = heap.define(type_of_class<Closure>("closure"));
  TypeId scopes_ = heap.define(type_of_class<Scope>("scope"));
  std::map<std::string, Handle> words_;
  std::map<std::uint32_t, Special> special_;  // by the symbol's index
  Handle true_;
  Ref<Scope> global_;
  int depth_ = 0;
};

Interpreter::Interpreter() : true_(symbol("t")), global_(make<Scope>(heap, scopes_)) {
  constexpr const char* kForms[] = {"quote", "if", "define", "set!", "lambda", "let", "and", "or", "while"};
  for (std::uint8_t i = 0; i < std::size(kForms); ++i) special_[symbol(kForms[i]).get().index] = Special{i};
  bind(global_, true_, true_);
  bind(global_, symbol("nil"), {});
  define_builtins();
}

Handle Interpreter::symbol(const std::string& name) {
  Handle& known = words_[name];
  if (!known) known = make<Symbol>(heap, symbols_, name).handle();
  return known;
}

Handle Interpreter::pair(const Handle& first, const Handle& rest) {
  const Ref<Pair> made = make<Pair>(heap, pairs_);
  set(made, made->first(), first);
  set(made, made->rest(), rest);
  return made.handle();
}

// --- Reading ---

void Interpreter::skip_blanks(std::string_view& program) {
  while (!program.empty() && (program[0] == ';' || std::isspace(static_cast<unsigned char>(program[0])) != 0)) {
    program.remove_prefix(program[0] == ';' ? std::min(program.find('\n'), program.size()) : 1);
  }
}

Handle Interpreter::read_list(std::string_view& program) {
  // A loop, not a recursion: lists are long.
  std::vector<Handle> items;
  Handle list;
  for (skip_blanks(program); !program.empty() && program[0] != ')'; skip_blanks(program)) {
    if (program.size() > 1 && program[0] == '.' && std::isspace(static_cast<unsigned char>(program[1])) != 0) {
      program.remove_prefix(1);
      list = read(program);
    } else {
      items.push_back(read(program));
    }
  }
  if (program.empty()) throw Incomplete("a parenthesis is open");
  program.remove_prefix(1);
  for (; !items.empty(); items.pop_back()) list = pair(items.back(), list);
  return list;
}

Handle Interpreter::read(std::string_view& program) {
  skip_blanks(program);
  if (program.empty()) throw Incomplete("an expression is missing");
  const char first = program[0];
  if (first == ')') throw Error("a parenthesis too much");
  if (first == '(' || first == '\'') {
    program.remove_prefix(1);
    const Level level(depth_);
    return first == '(' ? read_list(program) : pair(symbol("quote"), pair(read(program), {}));
  }
  if (first == '"') {
    const std::size_t end = program.find('"', 1);
    if (end == program.npos) throw Incomplete("a string is open");
    Handle text = string(std::string(program.substr(1, end - 1)));
    program.remove_prefix(end + 1);
    return text;
  }
  std::size_t end = 0;
  while (end < program.size() && std::string_view(" \t\r\n();\"'").find(program[end]) == std::string_view::npos) ++end;
  const std::string word(program.substr(0, end));
  program.remove_prefix(end);
  char* rest = nullptr;
  const std::int64_t value = std::strtoll(word.c_str(), &rest, 10);
  return *rest == '\0' ? integer(value) : symbol(word);
}

Handle Interpreter::run(std::string_view program) {
  // All of it is read before any of it runs.
  std::vector<Handle> expressions;
  for (skip_blanks(program); !program.empty(); skip_blanks(program)) expressions.push_back(read(program));
  Handle value;
  for (const Handle& expression : expressions) value = evaluate(expression, global_);
  return value;
}

// --- Printing: a cycle must end ---

std::string Interpreter::print(const Handle& value) const {
  std::string text;
  int room = 200;
  print(value, text, room);
  return text;
}

void Interpreter::print(const Handle& value, std::string& text, int& room) const {
  const auto look = [](const Handle& of, const Member& member) {
    return member ? Handle(of.heap(), member.get()) : Handle();
  };
  if (--room < 0) {
    text += "...";
  } else if (!value) {
    text += "nil";
  } else if (Ref<Integer>::is_a(value)) {
    text += std::to_string(Ref<Integer>(value)->value);
  } else if (Ref<String>::is_a(value)) {
    text += '"' + Ref<String>(value)->text + '"';
  } else if (Ref<Symbol>::is_a(value)) {
    text += Ref<Symbol>(value)->name;
  } else if (Ref<Pair>::is_a(value)) {
    text += '(';
    Handle list = value;
    for (; Ref<Pair>::is_a(list) && room >= 0;) {
      if (text.back() != '(') text += ' ';
      const Ref<Pair> now(list);
      print(look(value, now->first()), text, room);
      list = look(value, now->rest());
    }
    if (list && room >= 0) {
      text += " . ";
      print(list, text, room);
    }
    text += ')';
  } else {
    text += Ref<Builtin>::is_a(value) ? "#" + Ref<Builtin>(value)->name : "#closure";
  }
}

// --- Evaluation: a tail call is a step of the loop ---

Handle Interpreter::evaluate(Handle expression, Ref<Scope> scope) {
  const Level level(depth_);
  while (true) {
    // Whatever is needed from here on is held.
    heap.safepoint();
    if (Ref<Symbol>::is_a(expression)) {
      for (Ref<Scope> at = scope;;) {
        if (const Member* const found = at->find(expression.get())) return get(*found);
        if (!at->outer) throw Error("unknown: " + print(expression));
        at = Ref<Scope>(get(at->outer));
      }
    }
    if (!Ref<Pair>::is_a(expression)) return expression;
    const Ref<Pair> form(std::move(expression));
    const Handle head = get(form->first());
    if (head) {
      if (const auto found = special_.find(head.get().index); found != special_.end()) {
        Handle value = evaluate_special(found->second, form, expression, scope);
        if (!expression) return value;
        continue;
      }
    }
    const Handle function = evaluate(head, scope);
    Arguments arguments;
    for (Handle rest = get(form->rest()); rest; rest = rest_of(rest)) {
      arguments.push_back(evaluate(first_of(rest), scope));
    }
    if (!Ref<Closure>::is_a(function)) return apply(function, arguments);
    const Ref<Closure> closure(function);
    scope = enter(closure, arguments);
    expression = last_of(get(closure->body()), scope);
  }
}

Handle Interpreter::apply(const Handle& function, Arguments& arguments) {
  if (Ref<Closure>::is_a(function)) {
    const Ref<Closure> closure(function);
    const Ref<Scope> scope = enter(closure, arguments);
    return evaluate(last_of(get(closure->body()), scope), scope);
  }
  const Ref<Builtin> builtin = as<Builtin>(function, "a function");
  const int given = static_cast<int>(arguments.size());
  if (given < builtin->at_least || (builtin->at_most >= 0 && given > builtin->at_most)) {
    throw Error(builtin->name + ": " + std::to_string(given) + " arguments");
  }
  return builtin->function(*this, arguments);
}

void Interpreter::bind(const Ref<Scope>& scope, const Handle& name, const Handle& value) {
  as<Symbol>(name, "a name");
  Member* found = scope->find(name.get());
  if (found == nullptr) found = &scope->variables.emplace_back(name.get(), Member()).second;
  set(scope, *found, value);
}

Ref<Scope> Interpreter::enter(const Ref<Closure>& closure, Arguments& arguments) {
  Ref<Scope> scope = make<Scope>(heap, scopes_);
  set(scope, scope->outer, get(closure->scope()));
  std::size_t given = 0;
  Handle names = get(closure->parameters());
  for (; Ref<Pair>::is_a(names); names = rest_of(names)) {
    if (given == arguments.size()) throw Error("an argument is missing");
    bind(scope, first_of(names), arguments[given++]);
  }
  if (names) {
    // (a . rest)
    Handle rest;
    while (arguments.size() > given) {
      rest = pair(arguments.back(), rest);
      arguments.pop_back();
    }
    bind(scope, names, rest);
  } else if (given != arguments.size()) {
    throw Error("an argument too much");
  }
  return scope;
}

Handle Interpreter::last_of(Handle body, const Ref<Scope>& scope) {
  if (!body) return {};
  for (Handle rest = rest_of(body); rest; rest = rest_of(body)) {
    static_cast<void>(evaluate(first_of(body), scope));
    body = rest;
  }
  return first_of(body);
}

Handle Interpreter::item(const Ref<Pair>& form, int index) {
  Handle list = form.handle();
  for (; index > 0; --index) list = rest_of(list);
  return first_of(list);
}

Handle Interpreter::make_closure(const Handle& parameters, const Handle& body, const Ref<Scope>& scope) {
  const Ref<Closure> closure = make<Closure>(heap, closures_);
  set(closure, closure->parameters(), parameters);
  set(closure, closure->body(), body);
  set(closure, closure->scope(), scope.handle());
  return closure.handle();
}

Handle Interpreter::evaluate_special(Special what, const Ref<Pair>& form, Handle& expression, Ref<Scope>& scope) {
  Handle value;
  Handle rest = get(form->rest());
  const auto find = [&](const Handle& name) -> std::pair<Ref<Scope>, Member*> {
    for (Ref<Scope> at = scope;; at = Ref<Scope>(get(at->outer))) {
      if (Member* const found = at->find(name.get())) return {std::move(at), found};
      if (!at->outer) throw Error("unknown: " + print(name));
    }
  };
  switch (what) {
    case Special::quote:
      return item(form, 1);
    case Special::branch:
      rest = rest_of(rest);
      if (!evaluate(item(form, 1), scope)) rest = rest_of(rest);
      if (rest) expression = first_of(rest);
      return {};
    case Special::define:
      if (const Handle name = item(form, 1); Ref<Pair>::is_a(name)) {
        // (define (name parameters) body)
        value = make_closure(rest_of(name), rest_of(rest), scope);
        bind(scope, first_of(name), value);
      } else {
        value = evaluate(item(form, 2), scope);
        bind(scope, name, value);
      }
      return value;
    case Special::assign: {
      value = evaluate(item(form, 2), scope);
      const auto [owner, found] = find(item(form, 1));
      set(owner, *found, value);
      return value;
    }
    case Special::lambda:
      return make_closure(item(form, 1), rest_of(rest), scope);
    case Special::let: {
      const Ref<Scope> inner = make<Scope>(heap, scopes_);
      set(inner, inner->outer, scope.handle());
      for (Handle list = item(form, 1); list; list = rest_of(list)) {
        const Ref<Pair> binding = as<Pair>(first_of(list), "a binding");
        bind(inner, item(binding, 0), evaluate(item(binding, 1), scope));
      }
      scope = inner;
      expression = last_of(rest_of(rest), scope);
      return {};
    }
    case Special::both:
    case Special::either:
      if (what == Special::both) value = true_;
      for (; rest && static_cast<bool>(value) == (what == Special::both); rest = rest_of(rest)) {
        value = evaluate(first_of(rest), scope);
      }
      return value;
    case Special::loop:
      while (evaluate(item(form, 1), scope)) {
        for (Handle body = rest_of(rest); body; body = rest_of(body)) evaluate(first_of(body), scope);
      }
  }
  return {};
}

// --- What is there from the beginning ---

void Interpreter::builtin(const std::string& name, int at_least, int at_most, Builtin::Function function) {
  bind(global_, symbol(name), make<Builtin>(heap, builtins_, name, at_least, at_most, std::move(function)).handle());
}

void Interpreter::define_builtins() {
  const auto arithmetic = [this](const std::string& name, auto operation) {
    builtin(name, 2, -1, [operation](Interpreter& lisp, Arguments& given) {
      // Sums wrap around.
      auto sum = static_cast<std::uint64_t>(lisp.number(given[0]));
      for (std::size_t i = 1; i < given.size(); ++i) {
        sum = operation(sum, static_cast<std::uint64_t>(lisp.number(given[i])));
      }
      return lisp.integer(static_cast<std::int64_t>(sum));
    });
  };
  arithmetic("+", std::plus<>());
  arithmetic("-", std::minus<>());
  arithmetic("*", std::multiplies<>());
  builtin("<", 2, 2,
          [](auto& lisp, auto& given) { return lisp.boolean(lisp.number(given[0]) < lisp.number(given[1])); });
  builtin("=", 2, 2, [](auto& lisp, auto& given) {
    const bool numbers = Ref<Integer>::is_a(given[0]) && Ref<Integer>::is_a(given[1]);
    return lisp.boolean(numbers ? lisp.number(given[0]) == lisp.number(given[1]) : given[0] == given[1]);
  });
  builtin("cons", 2, 2, [](auto& lisp, auto& given) { return lisp.pair(given[0], given[1]); });
  builtin("car", 1, 1, [](auto& lisp, auto& given) { return lisp.first_of(given[0]); });
  builtin("cdr", 1, 1, [](auto& lisp, auto& given) { return lisp.rest_of(given[0]); });
  builtin("set-cdr!", 2, 2, [](auto& lisp, auto& given) {
    const Ref<Pair> pair = lisp.template as<Pair>(given[0], "a pair");
    lisp.set(pair, pair->rest(), given[1]);
    return given[1];
  });
  builtin("list", 0, -1, [](auto& lisp, auto& given) {
    Handle list;
    for (; !given.empty(); given.pop_back()) list = lisp.pair(given.back(), list);
    return list;
  });
  const auto join = [](Interpreter& lisp, const Arguments& given) {
    std::string text;
    for (const Handle& part : given) text += Ref<String>::is_a(part) ? Ref<String>(part)->text : lisp.print(part);
    return text;
  };
  builtin("join", 0, -1, [join](auto& lisp, auto& given) { return lisp.string(join(lisp, given)); });
  builtin("print", 0, -1, [join](auto& lisp, auto& given) {
    std::puts(join(lisp, given).c_str());
    return Handle();
  });
  builtin("apply", 2, 2, [](auto& lisp, auto& given) {
    Arguments arguments;
    for (Handle rest = given[1]; rest; rest = lisp.rest_of(rest)) arguments.push_back(lisp.first_of(rest));
    return lisp.apply(given[0], arguments);
  });
  builtin("gc", 0, 0, [](auto& lisp, auto&) { return lisp.integer(lisp.heap.collect()); });
  builtin("objects", 0, 0, [](auto& lisp, auto&) { return lisp.integer(static_cast<std::int64_t>(lisp.heap.size())); });
  // Calls a function when an object is gone, as long as the answer is kept. The collector sees the function: what it
  // leads back to may be garbage with it.
  builtin("when-gone", 2, 2, [](auto& lisp, auto& given) {
    const auto call = [&lisp, id = given[1].get()](Heap& heap, ObjectId) {
      Arguments none;
      lisp.apply(Handle(heap, id), none);
    };
    return lisp.heap
        .create_weak(WeakKind::subreference, lisp.template as<Pair>(given[0], "a pair").get(), call, 0, given[1].get())
        .handle;
  });
  builtin("check", 2, 2, [](auto& lisp, auto& given) {
    const bool same = lisp.print(given[0]) == lisp.print(given[1]);
    ++(same ? lisp.held : lisp.failed);
    if (!same) std::printf("check: %s, but expected %s\n", lisp.print(given[0]).c_str(), lisp.print(given[1]).c_str());
    return lisp.boolean(same);
  });
  builtin("fails", 1, 1, [](auto& lisp, auto& given) {
    try {
      Arguments none;
      lisp.apply(given[0], none);
      return Handle();
    } catch (const Error& error) {
      return lisp.string(error.what());
    }
  });
}

}  // namespace lisp

int main(int argc, char** argv) {
  lisp::Interpreter interpreter;
  // False: it is incomplete.
  const auto run = [&](const std::string& text, bool shows) {
    try {
      const cyclegc::Handle value = interpreter.run(text);
      if (shows) std::printf("%s\n", interpreter.print(value).c_str());
    } catch (const lisp::Incomplete&) {
      return false;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "lisp: %s\n", error.what());
      ++interpreter.failed;
    }
    return true;
  };
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i]);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (file && run(text, false)) continue;
    std::fprintf(stderr, "lisp: %s: cannot be read, or its end is missing\n", argv[i]);
    ++interpreter.failed;
  }
  const bool asks = argc == 1 && isatty(0) != 0;
  std::string program;
  for (std::string line; argc == 1 && (!asks || std::printf("> ") > 0) && std::getline(std::cin, line);) {
    program += line + "\n";
    if (run(program, true)) program.clear();
  }
  if (argc > 1) std::printf("lisp: %d checks hold, %d do not\n", interpreter.held, interpreter.failed);
  return interpreter.failed == 0 ? 0 : 1;
}

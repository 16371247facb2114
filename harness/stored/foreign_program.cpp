#include "harness/stored/foreign_program.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace cyclecheck {
namespace {

// Recorded events leave room for ids below this one.
constexpr std::int32_t kIds = 10000;
constexpr std::int32_t kLastGeneration = 2;
constexpr std::int32_t kAllFlags = 63;
constexpr std::int32_t kCollectableOrUncollectable = 2 | 4;
constexpr std::int32_t kStatsInstancesObjects = 1 | 8 | 16;

class Problem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// Takes what stands before the separator, or everything.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

class Converter {
 public:
  explicit Converter(ProfileId profile) : trace_(empty_trace(profile)) {
    trace_.settings.threshold = {700, 10, 10};
    trace_.settings.free_lists_filled = true;
  }

  // Appends the operation that a line describes.
  void add(std::string_view line) {
    text_ = line;
    in_script_ = false;
    trace_.operations.push_back(parse());
  }

  Trace take() { return std::move(trace_); }

 private:
  // ---- words and numbers

  std::string_view word(std::string_view what) {
    text_ = trimmed(text_);
    if (text_.empty()) throw Problem("expected " + std::string(what));
    return take_until(text_, ' ');
  }

  std::int32_t number(std::string_view what, std::int32_t greatest) {
    const std::string_view digits = word(what);
    std::int32_t value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc{} || end != digits.data() + digits.size() || value < 0 || value > greatest) {
      throw Problem("expected " + std::string(what) + " from 0 to " + std::to_string(greatest) + ", found '" +
                    std::string(digits) + "'");
    }
    return value;
  }

  [[nodiscard]] bool has_more() {
    text_ = trimmed(text_);
    return !text_.empty();
  }

  // ---- names and operands

  Name intern(char prefix, std::int32_t id) {
    std::string spelling(1, prefix);
    spelling += std::to_string(id);
    const auto [found, is_new] =
        names_.try_emplace(std::move(spelling), Name{static_cast<std::uint16_t>(trace_.names.size())});
    if (is_new) trace_.names.push_back(found->first);
    return found->second;
  }

  Name node() { return intern('n', number("a node", kIds - 1)); }
  Name weak_reference() { return intern('w', number("a weak reference", kIds - 1)); }

  // At top level an operation works on an object as long as it is alive; a script works on what is bound.
  [[nodiscard]] Operand operand(Name name) const { return in_script_ ? Operand::variable(name) : Operand::label(name); }

  Operand node_or_self() {
    text_ = trimmed(text_);
    if (in_script_ && (text_ == "self" || text_.starts_with("self "))) {
      word("self");
      return Operand::self();
    }
    return operand(node());
  }

  // ---- operations

  Operation parse() {
    const std::string_view verb = word("an operation");
    Operation operation = in_script_ ? parse_step(verb) : parse_operation(verb);
    if (has_more()) throw Problem("expected the end of the operation, found '" + std::string(text_) + "'");
    return operation;
  }

  static Operation make(OpCode code) {
    Operation operation;
    operation.code = code;
    return operation;
  }

  Operation with_target(OpCode code, Name target) {
    Operation operation = make(code);
    operation.target = target;
    return operation;
  }

  Operation edge(OpCode code) {
    Operation operation = make(code);
    operation.a = node_or_self();
    operation.b = node_or_self();
    return operation;
  }

  Operation collect() {
    Operation operation = make(OpCode::collect);
    operation.number[0] = number("a generation", kLastGeneration);
    return operation;
  }

  Operation parse_operation(std::string_view verb) {
    if (verb == "new") return create();
    if (verb == "ref") return edge(OpCode::append);
    if (verb == "unref") return edge(OpCode::remove);
    if (verb == "drop") return with_target(OpCode::drop, node());
    if (verb == "dropweak") return with_target(OpCode::drop, weak_reference());
    if (verb == "root") {
      Operation operation = make(OpCode::root);
      operation.a = operand(node());
      return operation;
    }
    if (verb == "weakref") return make_weak_reference();
    if (verb == "refw") {
      Operation operation = make(OpCode::append);
      operation.a = operand(node());
      operation.b = operand(weak_reference());
      return operation;
    }
    if (verb == "collect") return collect();
    if (verb == "set_threshold") return set_threshold();
    if (verb == "enable") return make(OpCode::enable);
    if (verb == "disable") return make(OpCode::disable);
    if (verb == "get_count") return make(OpCode::get_count);
    if (verb == "clear_garbage") return make(OpCode::clear_garbage);
    if (verb == "set_debug") return set_debug();
    throw Problem("there is no operation '" + std::string(verb) + "'");
  }

  Operation parse_step(std::string_view verb) {
    if (verb == "ref") return edge(OpCode::append);
    if (verb == "drop") return with_target(OpCode::drop, node());
    if (verb == "dropweak") return with_target(OpCode::drop, weak_reference());
    if (verb == "new") return with_target(OpCode::create, node());
    if (verb == "collect") return collect();
    if (verb == "raise") return make(OpCode::raise);
    if (verb == "root") {
      const std::string_view which = word("'self'");
      if (which != "self") throw Problem("expected 'self', found '" + std::string(which) + "'");
      Operation operation = make(OpCode::root);
      operation.a = Operand::self();
      return operation;
    }
    if (verb == "child") {
      Operation operation = make(OpCode::root);
      operation.a = Operand::self(static_cast<std::int32_t>(number("a slot", 0x7FFF)));
      return operation;
    }
    throw Problem("a script has no operation '" + std::string(verb) + "'");
  }

  Operation create() {
    Operation operation = with_target(OpCode::create, node());
    const std::string_view kind = word("a kind of node (P, D, L)");
    if (kind == "P") return operation;
    if (kind != "D" && kind != "L") {
      throw Problem("expected a kind of node (P, D, L), found '" + std::string(kind) + "'");
    }
    operation.finalizer = kind == "D" ? FinalizerKind::del : FinalizerKind::legacy;
    operation.script = has_more() ? script("del=") : kEmptyScript;
    return operation;
  }

  Operation make_weak_reference() {
    Operation operation = with_target(OpCode::subref, weak_reference());
    operation.a = operand(node());
    if (has_more()) operation.script = script("cb=");
    return operation;
  }

  Operation set_threshold() {
    Operation operation = make(OpCode::set_threshold);
    do {
      operation.number[operation.count++] = number("a threshold", kMaxThreshold);
    } while (operation.count < 3 && has_more());
    return operation;
  }

  Operation set_debug() {
    Operation operation = make(OpCode::set_debug);
    std::int32_t flags = number("debug flags", kAllFlags);
    const bool prints_objects = (flags & kCollectableOrUncollectable) != 0;
    if (prints_objects && profile(trace_.profile).debug_instances) flags |= kStatsInstancesObjects;
    operation.number[0] = flags;
    return operation;
  }

  // A script takes the rest of the line.
  ScriptId script(std::string_view prefix) {
    if (!text_.starts_with(prefix)) {
      throw Problem("expected '" + std::string(prefix) + "', found '" + std::string(text_) + "'");
    }
    std::string_view rest = text_.substr(prefix.size());
    Script script;
    in_script_ = true;
    while (!rest.empty()) {
      text_ = trimmed(take_until(rest, ';'));
      // `log` only says that the script was entered, which is logged always.
      if (!text_.empty() && text_ != "log") script.push_back(parse());
    }
    in_script_ = false;
    text_ = {};
    if (script.empty()) return kEmptyScript;
    trace_.scripts.push_back(std::move(script));
    return static_cast<ScriptId>(trace_.scripts.size() - 1);
  }

  Trace trace_;
  std::unordered_map<std::string, Name> names_;
  // What has not been read of the operation.
  std::string_view text_;
  bool in_script_ = false;
};

}  // namespace

std::variant<Trace, std::string> convert_program(std::string_view program, ProfileId profile) {
  Converter converter(profile);
  for (std::size_t index = 0; !program.empty(); ++index) {
    const std::string_view line = take_until(program, '\n');
    try {
      converter.add(line);
    } catch (const Problem& problem) {
      return std::string("operation ")
          .append(std::to_string(index))
          .append(" '")
          .append(line)
          .append("': ")
          .append(problem.what());
    }
  }
  return converter.take();
}

}  // namespace cyclecheck

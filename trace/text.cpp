#include "trace/text.hpp"

#include <array>
#include <map>
#include <utility>

#include "trace/nearest.hpp"
#include "trace/normal_form.hpp"
#include "trace/text_scanner.hpp"

namespace cyclecheck {
namespace {

using detail::LineReader;
using detail::LineScanner;
using detail::ParseFailure;

constexpr std::int32_t kAllFlags = 63;

constexpr std::array<std::pair<std::string_view, std::int32_t>, 6> kFlagWords{
    {{"STATS", 1}, {"COLLECTABLE", 2}, {"UNCOLLECTABLE", 4}, {"INSTANCES", 8}, {"OBJECTS", 16}, {"SAVEALL", 32}}};

// gc.DEBUG_LEAK: 2.7 counts INSTANCES and OBJECTS in.
std::int32_t leak_flags(ProfileId id) { return profile(id).debug_instances ? 62 : 38; }

class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(text) {}

  Trace run() {
    parse_version();
    parse_profile();
    bool in_header = true;
    while (next_line()) {
      LineScanner line = scanner();
      in_header = in_header && parse_setting(line);
      if (!in_header) trace_.operations.push_back(parse_operation(line, 0));
      line.expect_end();
    }
    return std::move(trace_);
  }

 private:
  // Moves to the next line that is not blank.
  bool next_line() {
    while (lines_.next(line_)) {
      if (!scanner().at_end()) return true;
    }
    return false;
  }

  [[nodiscard]] LineScanner scanner() const { return {line_, lines_.number()}; }

  void require_line(const std::string& what) {
    if (!next_line()) throw ParseFailure({lines_.number() + 1, 1, "expected " + what + ", found the end of the text"});
  }

  void parse_version() {
    const std::string version = std::to_string(kTextVersion);
    require_line("'cyclecheck-trace " + version + "'");
    LineScanner line = scanner();
    line.expect("cyclecheck-trace");
    if (!line.next_is(version)) line.fail_expected("version " + version + ", the only one that is known,");
    line.take();
    line.expect_end();
  }

  void parse_profile() {
    require_line("'profile' and its name");
    LineScanner line = scanner();
    line.expect("profile");
    const auto id = find_profile(line.peek());
    if (!id) {
      std::vector<std::string_view> known;
      std::string names;
      for (const Profile& row : all_profiles()) {
        known.push_back(row.name);
        names += (names.empty() ? "" : ", ") + std::string(row.name);
      }
      const std::string meant = did_you_mean(line.peek(), known);
      line.fail_expected("a profile" + (meant.empty() ? " (" + names + ")" : meant));
    }
    line.take();
    line.expect_end();
    trace_ = empty_trace(*id);
  }

  // Parses `threshold a b c`, `disabled` or `free_lists_filled`; false if the line is none of them, so that the header
  // is over.
  bool parse_setting(LineScanner& line) {
    if (line.next_is("threshold")) {
      if (has_threshold_) line.fail("'threshold' stands in the header a second time");
      has_threshold_ = true;
      line.take();
      for (std::int32_t& value : trace_.settings.threshold) value = line.take_number("a threshold", kMaxThreshold);
      return true;
    }
    if (line.next_is("disabled")) {
      if (!trace_.settings.enabled) line.fail("'disabled' stands in the header a second time");
      trace_.settings.enabled = false;
      line.take();
      return true;
    }
    if (line.next_is("free_lists_filled")) {
      if (trace_.settings.free_lists_filled) line.fail("'free_lists_filled' stands in the header a second time");
      trace_.settings.free_lists_filled = true;
      line.take();
      return true;
    }
    return false;
  }

  // `depth`: of the script that it stands in; 0: in none.
  Operation parse_operation(LineScanner& line, int depth) {
    line.begin_phrase();
    const auto code = find_operation(line.peek());
    if (!code) {
      const std::string_view word = line.peek();
      if (word == "threshold" || word == "disabled" || word == "free_lists_filled" || word == "profile") {
        line.fail(std::string("'").append(word).append("' belongs into the header, before the first operation"));
      }
      for (const ReservedOperation& reserved : reserved_operations()) {
        if (reserved.word == word) line.fail(std::string("'").append(word).append("' is of a later version"));
      }
      std::vector<std::string_view> words;
      for (const OperationInfo& row : all_operations()) words.push_back(row.word);
      line.fail_expected("an operation" + did_you_mean(word, words));
    }
    line.take();
    Operation operation;
    operation.code = *code;
    for (const Field field : info(*code).used()) parse_field(line, field, operation, depth);
    return operation;
  }

  void parse_field(LineScanner& line, Field field, Operation& operation, int depth) {
    switch (field) {
      case Field::target:
        operation.target = parse_name(line, "a name");
        return;
      case Field::a:
        operation.a = parse_operand(line);
        return;
      case Field::b:
        operation.b = parse_operand(line);
        return;
      case Field::c:
        operation.c = parse_operand(line);
        return;
      case Field::kind:
        operation.kind = parse_kind(line);
        return;
      case Field::finalizer:
        for (const FinalizerKind kind : {FinalizerKind::del, FinalizerKind::legacy, FinalizerKind::both}) {
          if (line.next_is(to_string(kind))) operation.finalizer = kind;
        }
        if (operation.finalizer != FinalizerKind::none) {
          line.take();
          line.expect("=");
          operation.script = parse_script(line, depth);
        }
        return;
      case Field::callback:
        if (!line.take_if("cb")) return;
        line.expect("=");
        if (!line.next_is("{")) operation.b = parse_operand(line);
        operation.script = parse_script(line, depth);
        return;
      case Field::index:
        operation.number[0] = line.take_number("an index", kMaxIndex);
        return;
      case Field::size:
        operation.number[0] = line.take_number(
            operation.code == OpCode::fail ? "a number of allocations" : "a number of objects", kMaxBulk);
        return;
      case Field::generation_opt:
        if (ends_operation(line)) return;
        operation.count = 1;
        [[fallthrough]];
      case Field::generation:
        operation.number[0] = line.take_number("a generation", kInvalidGeneration);
        return;
      case Field::thresholds:
        do {
          operation.number[operation.count++] = line.take_number("a threshold", kMaxThreshold);
        } while (operation.count < 3 && !ends_operation(line));
        return;
      case Field::flags:
        operation.number[0] = parse_flags(line);
        return;
      case Field::on_off:
        if (!line.next_is("on") && !line.next_is("off")) line.fail_expected("'on' or 'off'");
        operation.number[0] = line.take() == "on" ? 1 : 0;
        return;
      case Field::integer:
        operation.number[0] = line.take_integer("an integer", kMaxInteger);
        return;
      case Field::text:
        operation.text = line.take_text(kMaxText);
        return;
      case Field::watcher:
        if (!line.next_is("start") && !line.next_is("stop")) line.fail_expected("'start' or 'stop'");
        operation.number[0] = line.take() == "stop" ? 1 : 0;
        line.expect("=");
        operation.script = parse_script(line, depth);
        return;
    }
  }

  static bool ends_operation(const LineScanner& line) {
    return line.at_end() || line.next_is(";") || line.next_is("}");
  }

  Name parse_name(LineScanner& line, std::string_view what) {
    if (!is_name(line.peek())) {
      if (line.next_is("self")) line.fail(std::string(what) + " cannot be 'self', which is an operand");
      if (line.next_is("None")) line.fail(std::string(what) + " cannot be 'None', which stands for no object");
      line.fail_expected(what);
    }
    const auto found = names_.find(line.peek());
    if (found != names_.end()) {
      line.take();
      return found->second;
    }
    if (trace_.names.size() == kMaxNames) line.fail("a trace has at most " + std::to_string(kMaxNames) + " names");
    const Name name{static_cast<std::uint16_t>(trace_.names.size())};
    const std::string_view word = line.take();
    trace_.names.emplace_back(word);
    names_.emplace(word, name);
    return name;
  }

  Operand parse_operand(LineScanner& line) {
    Operand operand;
    if (line.take_if("@")) {
      operand = Operand::label(parse_name(line, "a name"));
    } else if (line.take_if("self")) {
      operand = Operand::self();
    } else {
      operand = Operand::variable(parse_name(line, "an operand"));
    }
    if (line.take_if("[")) {
      operand.slot = line.take_number("a slot", kMaxIndex);
      line.expect("]");
    }
    return operand;
  }

  static ObjectKind parse_kind(LineScanner& line) {
    const auto kind = find_object_kind(line.peek());
    if (!kind) {
      std::string words;
      for (std::size_t i = 0; i < kObjectKinds; ++i) {
        words += (i == 0 ? "" : ", ") + std::string(to_string(static_cast<ObjectKind>(i)));
      }
      line.fail_expected("a kind of object (" + words + ")");
    }
    line.take();
    return *kind;
  }

  std::int32_t parse_flags(LineScanner& line) const {
    if (!line.at_end() && line.peek().front() >= '0' && line.peek().front() <= '9') {
      return line.take_number("debug flags", kAllFlags);
    }
    std::int32_t flags = 0;
    do {
      std::string_view word = line.peek();
      constexpr std::string_view kPrefix = "DEBUG_";
      if (word.starts_with(kPrefix)) word.remove_prefix(kPrefix.size());
      std::int32_t flag = word == "LEAK" ? leak_flags(trace_.profile) : 0;
      for (const auto& [known, value] : kFlagWords) {
        if (known == word) flag = value;
      }
      if (flag == 0) {
        line.fail_expected(
            "debug flags (0 to 63, or STATS, COLLECTABLE, UNCOLLECTABLE, INSTANCES, OBJECTS, SAVEALL, LEAK)");
      }
      line.take();
      flags |= flag;
    } while (line.take_if("|"));
    return flags;
  }

  // Parses `{...}`.
  ScriptId parse_script(LineScanner& line, int depth) {
    line.expect("{");
    if (line.take_if("}")) return kEmptyScript;
    if (depth >= kMaxScriptDepth) line.fail("a script inside of three scripts must be empty: expected '}'");
    const std::size_t id = trace_.scripts.size();
    trace_.scripts.emplace_back();
    Script script;
    do {
      script.push_back(parse_operation(line, depth + 1));
    } while (line.take_if(";"));
    if (!line.next_is("}")) line.fail_expected("';' or '}'");
    line.take();
    trace_.scripts[id] = std::move(script);
    return static_cast<ScriptId>(id);
  }

  LineReader lines_;
  std::string_view line_;
  Trace trace_;
  bool has_threshold_ = false;
  std::map<std::string_view, Name> names_;
};

class Printer {
 public:
  explicit Printer(const Trace& trace) : trace_(trace) {}

  void print(const Operation& operation) {
    const OperationInfo& row = info(operation.code);
    text_ += row.word;
    for (const Field field : row.used()) print(operation, field);
  }

  void print_all() {
    text_ += "cyclecheck-trace " + std::to_string(kTextVersion) + "\n";
    text_ += "profile " + std::string(profile(trace_.profile).name) + "\n";
    if (trace_.settings.threshold != profile(trace_.profile).threshold) {
      text_ += "threshold";
      for (const std::int32_t value : trace_.settings.threshold) number(value);
      text_ += "\n";
    }
    if (!trace_.settings.enabled) text_ += "disabled\n";
    if (trace_.settings.free_lists_filled) text_ += "free_lists_filled\n";
    for (const Operation& operation : trace_.operations) {
      print(operation);
      text_ += "\n";
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void word(std::string_view text) { text_.append(" ").append(text); }
  void number(std::int32_t value) { word(std::to_string(value)); }

  void operand(const Operand& operand) {
    text_ += " ";
    bare(operand);
  }

  void bare(const Operand& operand) {
    if (operand.kind == Operand::Kind::label) text_ += "@";
    text_ += operand.kind == Operand::Kind::self ? "self" : spelling(trace_, operand.name);
    if (operand.slot != Operand::kWhole) text_.append("[").append(std::to_string(operand.slot)).append("]");
  }

  void script(std::string_view kind, ScriptId id, const Operand& called = {}) {
    word(kind);
    text_ += "=";
    if (called.kind != Operand::Kind::none) bare(called);
    text_ += "{";
    if (id >= 0) {
      bool is_first = true;
      for (const Operation& operation : trace_.scripts[static_cast<std::size_t>(id)]) {
        if (!is_first) text_ += "; ";
        is_first = false;
        print(operation);
      }
    }
    text_ += "}";
  }

  void print(const Operation& operation, Field field) {
    switch (field) {
      case Field::target:
        word(spelling(trace_, operation.target));
        return;
      case Field::a:
        return operand(operation.a);
      case Field::b:
        return operand(operation.b);
      case Field::c:
        return operand(operation.c);
      case Field::kind:
        word(to_string(operation.kind));
        return;
      case Field::finalizer:
        if (operation.finalizer != FinalizerKind::none) script(to_string(operation.finalizer), operation.script);
        return;
      case Field::callback:
        if (operation.script != kNoScript) script("cb", operation.script, operation.b);
        return;
      case Field::index:
      case Field::size:
      case Field::generation:
      case Field::flags:
        return number(operation.number[0]);
      case Field::generation_opt:
      case Field::thresholds:
        for (std::uint8_t i = 0; i < operation.count; ++i) number(operation.number[i]);
        return;
      case Field::on_off:
        word(operation.number[0] != 0 ? "on" : "off");
        return;
      case Field::integer:
        return number(operation.number[0]);
      case Field::text:
        text_.append(" \"").append(operation.text).append("\"");
        return;
      case Field::watcher:
        return script(operation.number[0] != 0 ? "stop" : "start", operation.script);
    }
  }

  const Trace& trace_;
  std::string text_;
};

}  // namespace

std::string to_string(const TextError& error, std::string_view file) {
  return std::string(file) + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) + ": " +
         error.message;
}

std::variant<Trace, TextError> parse_trace(std::string_view text) {
  try {
    return Parser(text).run();
  } catch (const ParseFailure& failure) {
    return failure.error();
  }
}

std::string print_trace(const Trace& trace) {
  Printer printer(trace);
  printer.print_all();
  return printer.take();
}

std::string to_string(const Operation& operation, const Trace& trace) {
  Printer printer(trace);
  printer.print(operation);
  return printer.take();
}

}  // namespace cyclecheck

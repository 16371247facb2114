#include "harness/export/plain.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "harness/export/plain_templates.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A template in its parts.
class Template {
 public:
  explicit Template(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::string* part = &before_;
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("%% ")) {
        *part += line + "\n";
        continue;
      }
      const std::size_t end = line.find(' ', 3);
      const std::string key = line.substr(3, end - 3);
      if (key == "program") {
        part = &after_;
      } else {
        says_[key] = end == std::string::npos ? "" : line.substr(end + 1);
      }
    }
    if (part == &before_) throw Refused("the template has no line '%% program'");
    for (const std::string_view key : {"operations", "kinds"}) {
      std::istringstream words{get(key)};
      for (std::string word; words >> word;) has_.insert(word);
    }
  }

  [[nodiscard]] const std::string& get(std::string_view key) const {
    const auto found = says_.find(key);
    if (found == says_.end()) throw Refused(fmt::format("the template has no line '%% {}'", key));
    return found->second;
  }
  // `inner` where the text of `key` has "...".
  [[nodiscard]] std::string around(std::string_view key, const std::string& inner) const {
    std::string text = get(key);
    const std::size_t place = text.find("...");
    if (place == std::string::npos) throw Refused(fmt::format("the template's line '%% {}' has no ...", key));
    return text.replace(place, 3, inner);
  }
  void expect(std::string_view word) const {
    if (has_.find(word) == has_.end()) throw Refused(fmt::format("it has nothing for '{}'", word));
  }
  [[nodiscard]] std::string filled(const std::string& name, const std::string& program) const {
    std::string text = before_;
    if (const std::size_t place = text.find("{name}"); place != std::string::npos) text.replace(place, 6, name);
    return text + program + after_;
  }

 private:
  std::string before_;
  std::string after_;
  std::map<std::string, std::string, std::less<>> says_;
  std::set<std::string, std::less<>> has_;
};

class PlainWriter {
 public:
  PlainWriter(const Trace& trace, const Template& to)
      : trace_(trace), to_(to), finalizers_(to.get("finalizers") == "on") {}

  [[nodiscard]] std::string call(const Operation& operation) const {
    const OperationInfo& about = info(operation.code);
    try {
      to_.expect(about.word);
      if (operation.code == OpCode::create) to_.expect(to_string(operation.kind));
      std::string arguments;
      for (const Field field : about.used()) {
        const std::string argument = this->argument(operation, field);
        if (!argument.empty()) arguments += (arguments.empty() ? "" : ", ") + argument;
      }
      return fmt::format("{}({})", function(operation.code), arguments);
    } catch (const Refused& refused) {
      if (is_told_) throw;
      is_told_ = true;
      throw Refused(fmt::format("'{}': {}", to_string(operation, trace_), refused.what()));
    }
  }

 private:
  static std::string_view function(OpCode code) {
    return code == OpCode::create ? "create" : code == OpCode::let ? "bind" : info(code).word;
  }

  [[nodiscard]] std::string argument(const Operation& operation, Field field) const {
    switch (field) {
      case Field::target:
        return fmt::format("\"{}\"", spelling(trace_, operation.target));
      case Field::a:
        return operand(operation.a);
      case Field::b:
        return operand(operation.b);
      case Field::c:
        return operand(operation.c);
      case Field::kind:
        return fmt::format("\"{}\"", to_string(operation.kind));
      case Field::finalizer:
        if (!finalizers_) return {};
        if (operation.finalizer == FinalizerKind::legacy) throw Refused("it has nothing for 'legacy'");
        return script(operation.script);
      case Field::callback:
        if (operation.b.kind != Operand::Kind::none) throw Refused("it has nothing for a callback that is an object");
        return script(operation.script);
      case Field::index:
      case Field::size:
      case Field::generation:
        return std::to_string(operation.number[0]);
      default:
        throw Refused("its arguments cannot be written");
    }
  }

  [[nodiscard]] std::string operand(const Operand& operand) const {
    const std::string name = operand.kind == Operand::Kind::self ? "" : spelling(trace_, operand.name);
    std::string text = operand.kind == Operand::Kind::self    ? to_.get("self")
                       : operand.kind == Operand::Kind::label ? fmt::format("label(\"{}\")", name)
                                                              : fmt::format("v(\"{}\")", name);
    return operand.slot == Operand::kWhole ? text : fmt::format("slot({}, {})", text, operand.slot);
  }

  [[nodiscard]] std::string script(ScriptId id) const {
    if (id == kNoScript) return to_.get("none");
    std::string calls;
    if (id >= 0) {
      for (const Operation& operation : trace_.scripts[static_cast<std::size_t>(id)]) {
        calls += (calls.empty() ? "" : " ") + call(operation) + ";";
      }
    }
    return to_.around("script", calls);
  }

  const Trace& trace_;
  const Template& to_;
  bool finalizers_;
  // The innermost operation that cannot be written is named, and that alone.
  mutable bool is_told_ = false;
};

}  // namespace

std::string_view plain_template(std::string_view language) {
  for (const SourceFile& file : kPlainTemplates) {
    if (file.name.ends_with(fmt::format("program.{}.in", language))) return file.text;
  }
  return {};
}

std::variant<std::string, ExportRefusal> export_plain(const Trace& trace, const std::string& name,
                                                      std::string_view text) {
  try {
    const Template to(text);
    const PlainWriter writer(trace, to);
    std::string program;
    for (const Operation& operation : trace.operations) {
      program += to.around("statement", writer.call(operation)) + "\n";
    }
    return to.filled(name, program);
  } catch (const Refused& refused) {
    return ExportRefusal{refused.what()};
  }
}

}  // namespace cyclecheck

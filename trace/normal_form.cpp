#include "trace/normal_form.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <unordered_map>

namespace cyclecheck {
namespace {

constexpr std::int32_t kAllFlags = 63;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool within(std::int32_t value, std::int32_t greatest) { return value >= 0 && value <= greatest; }

// Checks one operation: copies what its fields allow into a default operation, so that whatever is left over in the
// original shows up as a difference.
class OperationCheck {
 public:
  // `depth`: of the script that it stands in; 0: in none.
  OperationCheck(const Operation& operation, int depth) : operation_(operation), depth_(depth) {
    expected_.code = operation.code;
  }

  std::optional<std::string> run() {
    if (static_cast<std::size_t>(operation_.code) >= kOpCodes) return "an operation code does not exist";
    const OperationInfo& row = info(operation_.code);
    for (const Field field : row.used()) check(field);
    if (defect_.empty() && !(expected_ == operation_)) defect_ = "a field that it does not use is set";
    if (defect_.empty()) return std::nullopt;
    return std::string("'").append(row.word).append("': ").append(defect_);
  }

 private:
  void fail(std::string_view defect) {
    if (defect_.empty()) defect_ = defect;
  }

  void check_name(Name name) {
    if (name.value >= kMaxNames) fail("a name is out of range");
  }

  void check_operand(const Operand& operand) {
    if (operand.slot < Operand::kWhole) fail("the slot of an operand is negative");
    if (operand.slot > kMaxIndex) fail("the slot of an operand is out of range");
    switch (operand.kind) {
      case Operand::Kind::none:
        fail("an operand is missing");
        break;
      case Operand::Kind::variable:
      case Operand::Kind::label:
        check_name(operand.name);
        break;
      case Operand::Kind::self:
        if (operand.name != Name{}) fail("'self' has a name");
        break;
      default:
        fail("the kind of an operand does not exist");
    }
  }

  void check_number(std::int32_t greatest, std::string_view defect) {
    if (!within(operation_.number[0], greatest)) fail(defect);
    expected_.number[0] = operation_.number[0];
  }

  void check_script() {
    expected_.script = operation_.script;
    if (operation_.script < kEmptyScript) fail("the script does not exist");
    if (depth_ >= kMaxScriptDepth && operation_.script >= 0) fail("it stands in too many scripts and has a script");
  }

  void check_finalizer() {
    expected_.finalizer = operation_.finalizer;
    if (static_cast<std::size_t>(operation_.finalizer) >= kFinalizerKinds) fail("the kind of finalizer does not exist");
    if ((operation_.finalizer == FinalizerKind::none) != (operation_.script == kNoScript)) {
      fail("a finalizer and its script go together");
    }
    check_script();
  }

  void check_thresholds() {
    expected_.count = operation_.count;
    if (operation_.count < 1 || operation_.count > 3) fail("it needs one to three thresholds");
    for (std::size_t i = 0; i < std::min<std::size_t>(operation_.count, 3); ++i) {
      if (!within(operation_.number[i], kMaxThreshold)) fail("a threshold is out of range");
      expected_.number[i] = operation_.number[i];
    }
  }

  void check_optional_generation() {
    expected_.count = operation_.count;
    if (operation_.count > 1) fail("it has at most one generation");
    if (operation_.count == 1) check_number(kInvalidGeneration, "the generation is out of range");
  }

  void check(Field field) {
    switch (field) {
      case Field::target:
        expected_.target = operation_.target;
        return check_name(operation_.target);
      case Field::a:
        expected_.a = operation_.a;
        return check_operand(operation_.a);
      case Field::b:
        expected_.b = operation_.b;
        return check_operand(operation_.b);
      case Field::c:
        expected_.c = operation_.c;
        return check_operand(operation_.c);
      case Field::kind:
        expected_.kind = operation_.kind;
        if (static_cast<std::size_t>(operation_.kind) >= kObjectKinds) fail("the kind of object does not exist");
        return;
      case Field::finalizer:
        return check_finalizer();
      case Field::callback:
        expected_.b = operation_.b;
        if (operation_.b.kind != Operand::Kind::none) {
          check_operand(operation_.b);
          if (operation_.script == kNoScript) fail("it has no callback, but the object that is called");
        }
        return check_script();
      case Field::index:
        return check_number(kMaxIndex, "the index is out of range");
      case Field::size:
        return check_number(kMaxBulk, "the size is out of range");
      case Field::generation:
        return check_number(kInvalidGeneration, "the generation is out of range");
      case Field::generation_opt:
        return check_optional_generation();
      case Field::thresholds:
        return check_thresholds();
      case Field::flags:
        return check_number(kAllFlags, "the flags are out of range");
      case Field::on_off:
        return check_number(1, "it is neither on nor off");
      case Field::integer:
        expected_.number[0] = operation_.number[0];
        if (std::abs(std::int64_t{operation_.number[0]}) > kMaxInteger) fail("the integer is out of range");
        return;
      case Field::text: {
        expected_.text = operation_.text;
        const std::string& text = operation_.text;
        if (text.size() > kMaxText) fail("the text is too long");
        if (!std::all_of(text.begin(), text.end(), is_text_character)) fail("a character of the text is not allowed");
        return;
      }
      case Field::watcher:
        if (operation_.script == kNoScript) fail("it has no script");
        check_number(1, "it is neither at the start nor at the stop");
        return check_script();
    }
  }

  const Operation& operation_;
  int depth_;
  Operation expected_;
  std::string defect_;
};

std::optional<std::string> find_spelling_defect(const Trace& trace) {
  if (trace.names.size() > kMaxNames) return "there are too many names";
  std::set<std::string_view> seen;
  for (const std::string& name : trace.names) {
    if (!is_name(name)) return "'" + name + "' cannot be a name";
    if (!seen.insert(name).second) return "two names are spelled '" + name + "'";
  }
  // A name without a spelling of its own is spelled n and its number.
  const std::uint32_t used = name_count(trace);
  for (const std::string& name : trace.names) {
    const auto number = name_of_default_spelling(name);
    if (number && number->value >= trace.names.size() && number->value < used)
      return "two names are spelled '" + name + "'";
  }
  return std::nullopt;
}

std::optional<std::string> find_settings_defect(const Trace& trace) {
  if (static_cast<std::size_t>(trace.profile) >= kProfiles) return "the profile does not exist";
  for (const std::int32_t threshold : trace.settings.threshold) {
    if (!within(threshold, kMaxThreshold)) return "a threshold of the settings is out of range";
  }
  return std::nullopt;
}

// Walks through operations and their scripts in the order of the text: an operation, then its script.
class TraceCheck {
 public:
  explicit TraceCheck(const Trace& trace) : trace_(trace) {}

  std::optional<std::string> run() {
    for (std::size_t i = 0; i < trace_.operations.size(); ++i) {
      if (auto defect = check(trace_.operations[i], 0)) return "operation " + std::to_string(i) + ": " + *defect;
    }
    if (used_ != trace_.scripts.size()) return "a script is not used";
    return std::nullopt;
  }

 private:
  std::optional<std::string> check(const Operation& operation, int depth) {
    if (auto defect = OperationCheck(operation, depth).run()) return defect;
    if (operation.script < 0) return std::nullopt;
    const auto id = static_cast<std::size_t>(operation.script);
    if (id >= trace_.scripts.size()) return "the script does not exist";
    if (id != used_) return "scripts are not in order";
    ++used_;
    if (trace_.scripts[id].empty()) return "a stored script is empty";
    for (const Operation& step : trace_.scripts[id]) {
      if (auto defect = check(step, depth + 1)) return "in a script: " + *defect;
    }
    return std::nullopt;
  }

  const Trace& trace_;
  std::size_t used_ = 0;
};

// The operation with other names, in the order of the text.
template <typename Renumber>
Operation renamed(Operation operation, Renumber&& renumber) {
  const auto apply = [&](Operand& operand) {
    if (operand.kind == Operand::Kind::variable || operand.kind == Operand::Kind::label) {
      operand.name = renumber(operand.name);
    }
  };
  for (const Field field : info(operation.code).used()) {
    if (field == Field::target) operation.target = renumber(operation.target);
    if (field == Field::a) apply(operation.a);
    if (field == Field::b || field == Field::callback) apply(operation.b);
    if (field == Field::c) apply(operation.c);
  }
  return operation;
}

// Renumbers names in the order of their first appearance.
class Renumbering {
 public:
  explicit Renumbering(const Trace& from) : from_(from) {}

  Name operator()(Name name) {
    const auto [found, is_new] = numbers_.try_emplace(name.value, Name{static_cast<std::uint16_t>(names_.size())});
    if (is_new) names_.push_back(spelling(from_, name));
    return found->second;
  }

  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  const Trace& from_;
  std::unordered_map<std::uint16_t, Name> numbers_;
  std::vector<std::string> names_;
};

// Operations in the order of the text (an operation before its script), and the scripts that they use, laid out anew.
// REQUIRES: no script holds itself
template <typename Rewrite>
std::vector<Operation> rewritten(const std::vector<Operation>& operations, const Trace& from, Trace& to,
                                 Rewrite& rewrite_operation, int depth = 0) {
  std::vector<Operation> result;
  result.reserve(operations.size());
  for (const Operation& operation : operations) {
    result.push_back(rewrite_operation(operation));
    if (operation.script < 0) continue;
    if (depth == kMaxScriptDepth || from.scripts[static_cast<std::size_t>(operation.script)].empty()) {
      result.back().script = kEmptyScript;
      continue;
    }
    const std::size_t id = to.scripts.size();
    result.back().script = static_cast<ScriptId>(id);
    to.scripts.emplace_back();
    Script script =
        rewritten(from.scripts[static_cast<std::size_t>(operation.script)], from, to, rewrite_operation, depth + 1);
    to.scripts[id] = std::move(script);
  }
  return result;
}

template <typename Rewrite>
void rewrite(const Trace& from, Trace& to, Rewrite&& rewrite_operation) {
  to.profile = from.profile;
  to.settings = from.settings;
  to.operations = rewritten(from.operations, from, to, rewrite_operation);
}

}  // namespace

bool is_name(std::string_view word) {
  if (word.empty() || !is_letter(word.front()) || word == "self" || word == "None") return false;
  return std::all_of(word.begin(), word.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::optional<Name> name_of_default_spelling(std::string_view word) {
  if (word.size() < 2 || word.size() > 6 || word[0] != 'n' || (word[1] == '0' && word.size() > 2)) return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : word.substr(1)) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (number >= kMaxNames) return std::nullopt;
  return Name{static_cast<std::uint16_t>(number)};
}

std::optional<std::string> find_defect(const Trace& trace) {
  if (auto defect = find_settings_defect(trace)) return defect;
  if (auto defect = TraceCheck(trace).run()) return defect;
  return find_spelling_defect(trace);
}

Trace normalised(const Trace& trace) {
  Trace result;
  Renumbering renumbering(trace);
  rewrite(trace, result, [&](const Operation& operation) { return renamed(operation, renumbering); });
  result.names = renumbering.take_names();
  return result;
}

Trace with_ordered_scripts(const Trace& trace) {
  Trace result;
  rewrite(trace, result, [](const Operation& operation) { return operation; });
  result.names = trace.names;
  return result;
}

std::optional<Trace> numbered_as_spelled(const Trace& trace) {
  std::vector<Name> numbers;
  for (const std::string& word : trace.names) {
    const auto number = name_of_default_spelling(word);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  const auto number_of = [&](Name name) { return name.value < numbers.size() ? numbers[name.value] : name; };
  Trace result;
  rewrite(trace, result, [&](const Operation& operation) { return renamed(operation, number_of); });
  return result;
}

}  // namespace cyclecheck

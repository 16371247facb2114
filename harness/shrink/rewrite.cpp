#include "harness/shrink/rewrite.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

bool names(const Operand& operand, Name name) {
  const bool named = operand.kind == Operand::Kind::variable || operand.kind == Operand::Kind::label;
  return named && operand.name == name;
}

bool names(const Operation& operation, Name name) {
  return (uses_target(operation.code) && operation.target == name) || names(operation.a, name) ||
         names(operation.b, name) || names(operation.c, name);
}

bool creates(OpCode code) { return code == OpCode::create || makes_weak_reference(code); }

// Whether the operation would make an edge from the object to itself, or bind the name to itself, once both names are
// one.
bool collapses(const Operation& operation, Name kept, Name gone) {
  const auto either = [&](const Operand& operand) {
    return operand.slot == Operand::kWhole && (names(operand, kept) || names(operand, gone));
  };
  if (operation.code == OpCode::append || operation.code == OpCode::store) {
    return either(operation.a) && either(operation.b) && operation.a.name != operation.b.name;
  }
  if (operation.code == OpCode::let) {
    return either(operation.a) && (operation.target == kept || operation.target == gone);
  }
  return false;
}

bool goes(const Operation& operation, Name kept, Name gone, Merge how) {
  if (how == Merge::names) return false;
  if (creates(operation.code) && operation.target == gone) return true;
  return how == Merge::contract && collapses(operation, kept, gone);
}

void erase_collapsed(std::vector<Operation>& operations, Name kept, Name gone, Merge how) {
  std::erase_if(operations, [&](const Operation& operation) { return goes(operation, kept, gone, how); });
}

}  // namespace

bool exists(const Trace& trace, Location location) {
  if (location.script == kInTrace) return location.index < trace.operations.size();
  const auto script = static_cast<std::size_t>(location.script);
  return script < trace.scripts.size() && location.index < trace.scripts[script].size();
}

Operation& at(Trace& trace, Location location) {
  if (location.script == kInTrace) return trace.operations[location.index];
  return trace.scripts[static_cast<std::size_t>(location.script)][location.index];
}

const Operation& at(const Trace& trace, Location location) {
  if (location.script == kInTrace) return trace.operations[location.index];
  return trace.scripts[static_cast<std::size_t>(location.script)][location.index];
}

void erase_range(std::vector<Operation>& operations, std::size_t begin, std::size_t end) {
  operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(begin),
                   operations.begin() + static_cast<std::ptrdiff_t>(end));
}

void empty_script(Trace& trace, ScriptId script) {
  for_each_operation(trace, [&](Operation& operation) {
    if (operation.script == script) operation.script = kEmptyScript;
  });
}

void detach(Operation& operation) {
  // A `watch` without a script is none.
  operation.script = operation.code == OpCode::watch ? kEmptyScript : kNoScript;
  if (makes_weak_reference(operation.code)) operation.b = {};
  operation.finalizer = FinalizerKind::none;
}

bool uses_target(OpCode code) {
  const auto fields = info(code).used();
  return std::find(fields.begin(), fields.end(), Field::target) != fields.end();
}

bool has_size(OpCode code) {
  const auto fields = info(code).used();
  return code != OpCode::fail && std::find(fields.begin(), fields.end(), Field::size) != fields.end();
}

Trace merged(const Trace& trace, Name kept, Name gone, Merge how) {
  Trace result = trace;
  erase_collapsed(result.operations, kept, gone, how);
  for (std::size_t i = 0; i < result.scripts.size(); ++i) {
    erase_collapsed(result.scripts[i], kept, gone, how);
    if (result.scripts[i].empty()) empty_script(result, static_cast<ScriptId>(i));
  }
  const auto replace = [&](Operand& operand) {
    if (names(operand, gone)) operand.name = kept;
  };
  for_each_operation(result, [&](Operation& operation) {
    if (uses_target(operation.code) && operation.target == gone) operation.target = kept;
    replace(operation.a);
    replace(operation.b);
    replace(operation.c);
  });
  return result;
}

bool are_linked(const Trace& trace, Name one, Name other) {
  const auto links = [&](const Operation& operation) { return names(operation, one) && names(operation, other); };
  if (std::any_of(trace.operations.begin(), trace.operations.end(), links)) return true;
  return std::any_of(trace.scripts.begin(), trace.scripts.end(),
                     [&](const Script& script) { return std::any_of(script.begin(), script.end(), links); });
}

std::string letter_name(std::size_t index) {
  if (index < 26) return std::string(1, static_cast<char>('a' + static_cast<int>(index)));
  std::string name{"n"};
  name += std::to_string(index);
  return name;
}

}  // namespace cyclecheck

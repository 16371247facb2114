#include "trace/trace.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

void widen(std::uint32_t& count, const Operation& operation) {
  const auto see = [&](Name name) { count = std::max(count, std::uint32_t{name.value} + 1); };
  const auto see_operand = [&](const Operand& operand) {
    if (operand.kind == Operand::Kind::variable || operand.kind == Operand::Kind::label) see(operand.name);
  };
  for (const Field field : info(operation.code).used()) {
    if (field == Field::target) see(operation.target);
    if (field == Field::a) see_operand(operation.a);
    if (field == Field::b || field == Field::callback) see_operand(operation.b);
    if (field == Field::c) see_operand(operation.c);
  }
}

}  // namespace

std::string spelling(const Trace& trace, Name name) {
  if (name.value < trace.names.size()) return trace.names[name.value];
  return std::string("n").append(std::to_string(name.value));
}

std::uint32_t name_count(const Trace& trace) {
  std::uint32_t count = 0;
  for (const Operation& operation : trace.operations) widen(count, operation);
  for (const Script& script : trace.scripts) {
    for (const Operation& operation : script) widen(count, operation);
  }
  return count;
}

Trace empty_trace(ProfileId id) {
  Trace trace;
  trace.profile = id;
  trace.settings.threshold = profile(id).threshold;
  return trace;
}

Trace in_profile(Trace trace, ProfileId id) {
  if (trace.settings.threshold == profile(trace.profile).threshold) trace.settings.threshold = profile(id).threshold;
  trace.profile = id;
  return trace;
}

}  // namespace cyclecheck

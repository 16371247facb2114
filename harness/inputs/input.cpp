#include "harness/inputs/input.hpp"

#include <algorithm>

#include "harness/shrink/shrink.hpp"
#include "trace/binary.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {

Trace fuzz_trace(std::span<const std::uint8_t> bytes) {
  Trace trace = decode_trace(bytes);
  trace.names.clear();
  bound(trace);
  return trace;
}

void bound(Trace& trace) {
  // Scripts first: they hold what collectors get wrong.
  std::size_t left = kFuzzOperations;
  for (std::size_t i = 0; i < trace.scripts.size(); ++i) {
    Script& script = trace.scripts[i];
    if (script.size() > left) {
      script.resize(left);
      if (script.empty()) empty_script(trace, static_cast<ScriptId>(i));
    }
    left -= script.size();
  }
  const bool too_long = trace.operations.size() > left;
  if (too_long) trace.operations.resize(left);
  std::int32_t bulk = kFuzzBulk;
  for_each_operation(trace, [&](Operation& operation) {
    for (Name* name : {&operation.target, &operation.a.name, &operation.b.name, &operation.c.name})
      name->value %= kFuzzNames;
    const auto fields = info(operation.code).used();
    if (operation.code == OpCode::fail || std::find(fields.begin(), fields.end(), Field::size) == fields.end()) return;
    operation.number[0] = std::min(operation.number[0], bulk);
    bulk -= operation.number[0];
  });
  // Scripts whose owners are gone go, too.
  if (too_long || left == 0) trace = with_ordered_scripts(trace);
}

}  // namespace cyclecheck

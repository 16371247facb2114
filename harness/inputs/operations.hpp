// Random operations for the mutator: single ones, and sequences that collectors get wrong. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/system/system.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Makes operations for one trace, on the names that it uses and a few more. REQUIRES: the trace and the random numbers
// outlive it.
class OperationMaker {
 public:
  // Scripts that it makes are added to the trace.
  OperationMaker(Trace& trace, Random& random);

  // Any operation that may stand there.
  [[nodiscard]] Operation any(bool in_script);

  // Operations that belong together: for example an object, a weak reference to it, and a collection when it is trash.
  [[nodiscard]] std::vector<Operation> idiom();

  [[nodiscard]] Name name();
  // `other` is what it was before: names and forms change one at a time.
  [[nodiscard]] Operand operand(bool in_script);
  [[nodiscard]] ScriptId script();
  // Draws the operation's field again.
  void redraw(Operation& operation, Field field, bool in_script);

 private:
  [[nodiscard]] Operation make(OpCode code, bool in_script);
  [[nodiscard]] ScriptId script_or_none(bool in_script);
  [[nodiscard]] std::int32_t small_number();
  // Near a number of the trace, or where counters wrap. O(trace)
  [[nodiscard]] std::int32_t number_at_an_edge(std::int32_t largest);
  [[nodiscard]] std::int32_t index();
  [[nodiscard]] std::string any_text();
  [[nodiscard]] std::int32_t threshold();
  [[nodiscard]] std::int32_t bulk_size();

  // Operations with their fields.
  [[nodiscard]] Operation create(Name target, ScriptId script = kNoScript);
  [[nodiscard]] Operation weak(Name target, Operand referent, ScriptId script);
  [[nodiscard]] static Operation two(OpCode code, Operand a, Operand b);
  [[nodiscard]] static Operation one(OpCode code, Operand a);
  [[nodiscard]] static Operation drop(Name target);
  [[nodiscard]] Operation collect();
  [[nodiscard]] ScriptId script_of(const Operation& operation);

  Trace& trace_;
  Random& random_;
  std::uint32_t names_;
  // Of the script that is being made.
  int depth_ = 0;
};

}  // namespace cyclecheck

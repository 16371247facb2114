#include <array>
#include <cstdint>

#include "model/execution.hpp"

namespace cyclecheck::model {

// What only answers: X1 to X9, B1.
void Machine::query(const Operation& operation) {
  switch (operation.code) {
    case OpCode::isenabled:
      return answer(EventKind::flag, heap_.enabled ? 1 : 0);
    case OpCode::get_debug:
      return answer(EventKind::flag, heap_.debug);
    case OpCode::get_threshold: {
      const auto number = [&](std::size_t i) { return static_cast<std::uint32_t>(heap_.threshold[i]); };
      return log_.add(Event::numbers(EventKind::threshold, number(0), number(1), number(2)));
    }
    case OpCode::get_count:
      return answer_counts();
    case OpCode::garbage:
      for (const Id id : heap_.garbage()) answer_object(EventKind::garbage, id);
      return;
    case OpCode::get_freeze_count:
      if (profile_.has_freeze) answer(EventKind::freeze_count, static_cast<std::uint32_t>(heap_.frozen()));
      return;
    case OpCode::get_stats:
      if (!profile_.has_stats) return;
      for (const GenerationStats& s : heap_.stats()) {
        log_.add(Event::numbers(EventKind::stats, s.collections, s.collected, s.uncollectable));
      }
      return;
    case OpCode::get_objects: {
      const bool one = operation.count == 1;
      if (one && !profile_.has_generation_argument) return;
      if (one && operation.number[0] == kInvalidGeneration) return answer(EventKind::error, 0);
      for (std::size_t g = 0; g < 3; ++g) {
        if (one && g != static_cast<std::size_t>(operation.number[0])) continue;
        for (const Id id : heap_.generation(g)) answer_object(EventKind::object, id);
      }
      return answer(EventKind::answer_end, 0);
    }
    default:
      break;
  }

  // The rest asks about objects.
  const Id a = find(operation.a);
  if (a == kNone) return;
  const Object& object = heap_.object(a);
  switch (operation.code) {
    case OpCode::use:
      if (object.kind != Kind::proxy) return;
      return answer(EventKind::used, object.referent != kNone && heap_.object(object.referent).references > 0);
    case OpCode::get_referrers:
      for (std::size_t g = 0; g < 3; ++g) {
        for (const Id id : heap_.generation(g)) {
          bool refers = false;
          heap_.visit(id, [&](Id referent) { refers = refers || referent == a; });
          if (refers) answer_object(EventKind::object, id);
        }
      }
      return answer(EventKind::answer_end, 0);
    case OpCode::get_referents:
      heap_.visit(a, [&](Id referent) { answer_object(EventKind::object, referent); });
      return answer(EventKind::answer_end, 0);
    case OpCode::is_tracked:
      return answer(EventKind::flag, object.list != nullptr);
    case OpCode::is_finalized:
      if (profile_.has_is_finalized) answer(EventKind::flag, object.finalized);
      return;
    case OpCode::refcount:
      if (object.permanent) return;
      return answer(EventKind::references, static_cast<std::uint32_t>(object.references));
    case OpCode::same: {
      const Id b = find(operation.b);
      if (b == kNone) return;
      answer(EventKind::flag, a == b);
      return;
    }
    case OpCode::id:
      return answer_object(EventKind::identity, a);
    default:
      return;
  }
}

}  // namespace cyclecheck::model

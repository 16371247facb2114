#include "harness/exhaust/seen_model.hpp"

namespace cyclecheck {

void SeenModel::run(const Trace& trace, Observe observe, Log& log) {
  last_ = trace.operations.size() - 1;
  key_ = 0;
  if (looks_) view_ = HeapOutline{};
  model::run(trace, observe, log, reach_, nullptr, this);
}

void SeenModel::operation_ended(std::size_t operation, const model::Heap& heap, std::span<const model::Id> globals) {
  if (operation + 1 != last_) return;
  key_ = key_of(heap, globals);
  if (looks_) view_.look(heap, globals);
}

}  // namespace cyclecheck

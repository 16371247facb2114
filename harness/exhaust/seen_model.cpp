#include "harness/exhaust/seen_model.hpp"

namespace cyclecheck {

void SeenModel::run(const Trace& trace, Observe observe, Log& log) {
  last_ = trace.operations.size() - 1;
  key_ = 0;
  if (looks_) view_ = HeapOutline{};
  model::run(trace, observe, log, this);
}

void SeenModel::step_ended(std::size_t operation) {
  if (operation + 1 != last_) return;
  key_ = key_of(heap(), model::Observer::run().globals());
  if (looks_) view_.look(heap(), model::Observer::run().globals());
}

}  // namespace cyclecheck

#include "harness/export/schedule.hpp"

#include <algorithm>

#include "harness/system/system.hpp"
#include "model/machine.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

class Recorder final : public model::Probe {
 public:
  explicit Recorder(const Trace& trace) : trace_(trace), profile_(profile(trace.profile)) {}

  void after_operation(std::size_t operation, const model::Heap&, const std::vector<model::Root>&) override {
    operation_ = operation + 1;
  }

  void at_place(model::CollectionPlace place) override {
    place_ = place;
    const bool collects_in_allocation = profile_.trigger == Profile::Trigger::in_allocation;
    const bool counts = collects_in_allocation ? place == model::CollectionPlace::allocation
                                               : place == model::CollectionPlace::safepoint;
    if (counts) ++places_;
  }

  void automatic_collection(std::size_t generation, bool nested) override {
    if (place_ == model::CollectionPlace::callback_tuple) {
      refuse("a collection begins while weak references are being cleared (rule W6), which the script cannot start");
    } else if (nested) {
      refuse("a collection begins while another one runs (rule G5), which gc.collect() refuses");
    } else {
      schedule.collections[places_] = generation;
    }
  }

  // Nobody in Python can watch a death of theirs (rule I6).
  void refuse_atoms() {
    schedule.impossible = "it makes integers or strings (rules I), whose deaths a script cannot see";
  }

  void refuse_failing() {
    schedule.impossible = "an allocation fails in it (rule M1), which a script cannot bring about";
  }

  Schedule schedule;

 private:
  void refuse(const char* reason) {
    if (schedule.impossible) return;
    schedule.impossible = "operation " + std::to_string(operation_) + ", " +
                          to_string(trace_.operations[operation_], trace_) + ": " + reason;
  }

  const Trace& trace_;
  const Profile& profile_;
  std::size_t operation_ = 0;
  std::uint64_t places_ = 0;
  model::CollectionPlace place_ = model::CollectionPlace::allocation;
};

bool makes_atoms(const Trace& trace) {
  const auto makes = [](const Operation& operation) {
    return operation.code == OpCode::integer || operation.code == OpCode::string;
  };
  return std::any_of(trace.operations.begin(), trace.operations.end(), makes) ||
         std::any_of(trace.scripts.begin(), trace.scripts.end(),
                     [&](const Script& script) { return std::any_of(script.begin(), script.end(), makes); });
}

}  // namespace

Schedule automatic_collections(const Trace& trace) {
  Recorder recorder(trace);
  if (makes_atoms(trace)) {
    recorder.refuse_atoms();
    return std::move(recorder.schedule);
  }
  on_large_stack([&] {
    Log log;
    model::Reach reach;
    model::run(trace, Observe::digest, log, reach, &recorder);
    if (reach.of(model::Reached::allocation_failed) > 0) recorder.refuse_failing();
  });
  return std::move(recorder.schedule);
}

}  // namespace cyclecheck

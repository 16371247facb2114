#include "harness/export/schedule.hpp"

#include <algorithm>

#include "harness/system/system.hpp"
#include "model/machine.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

class Recorder final : public model::Observer {
 public:
  explicit Recorder(const Trace& trace) : trace_(trace), profile_(profile(trace.profile)) {}

  void step_ended(std::size_t operation) override { operation_ = operation + 1; }

  void at_place(model::CollectionPlace place) override {
    const bool collects_in_allocation = profile_.trigger == Profile::Trigger::in_allocation;
    const bool counts = collects_in_allocation ? place == model::CollectionPlace::allocation
                                               : place == model::CollectionPlace::safepoint;
    if (counts) ++places_;
  }

  void collection_begins(std::size_t generation, model::CollectionCause cause) override {
    const bool nested = running_++ > 0;
    if (cause == model::CollectionCause::call || cause == model::CollectionCause::shutdown) return;
    if (cause == model::CollectionCause::callback_tuple) {
      refuse("a collection begins while weak references are being cleared (rule W6), which the script cannot start");
    } else if (nested) {
      refuse("a collection begins while another one runs (rule G5), which gc.collect() refuses");
    } else {
      schedule.collections[places_] = generation;
    }
  }

  void phase_ended(model::CollectionPhase phase, const model::List&, const model::List&, model::Id) override {
    if (phase == model::CollectionPhase::end) --running_;
  }

  void happened(model::Fact fact, model::Id) override {
    if (fact == model::Fact::failed) {
      schedule.impossible = "an allocation fails in it (rule M1), which a script cannot bring about";
    }
  }

  // Nobody in Python can watch a death of theirs (rule I6).
  void refuse_atoms() {
    schedule.impossible = "it makes integers or strings (rules I), whose deaths a script cannot see";
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
  int running_ = 0;  // collections inside of each other
};

template <typename Is>
bool has_any(const Trace& trace, const Is& is) {
  return std::any_of(trace.operations.begin(), trace.operations.end(), is) ||
         std::any_of(trace.scripts.begin(), trace.scripts.end(),
                     [&](const Script& script) { return std::any_of(script.begin(), script.end(), is); });
}

bool makes_atom(const Operation& operation) {
  return operation.code == OpCode::integer || operation.code == OpCode::string;
}

bool makes_cell(const Operation& operation) {
  return operation.code == OpCode::create && operation.kind == ObjectKind::cell;
}

bool makes_method(const Operation& operation) { return operation.code == OpCode::method; }

bool makes_frame(const Operation& operation) {
  return operation.code == OpCode::create && operation.kind == ObjectKind::frame;
}

bool makes_generator(const Operation& operation) {
  return operation.code == OpCode::create && operation.kind == ObjectKind::generator;
}

bool has_object_keys(const Operation& operation) {
  return operation.code == OpCode::setitem || operation.code == OpCode::delitem;
}

bool makes_set(const Operation& operation) {
  return operation.code == OpCode::create && operation.kind == ObjectKind::set;
}

bool makes_custom(const Operation& operation) {
  return operation.code == OpCode::create && operation.kind == ObjectKind::custom;
}

}  // namespace

Schedule automatic_collections(const Trace& trace) {
  Recorder recorder(trace);
  if (has_any(trace, makes_atom)) {
    recorder.refuse_atoms();
    return std::move(recorder.schedule);
  }
  if (has_any(trace, makes_custom)) {
    recorder.schedule.impossible =
        "it makes objects of an extension's type (rule N18), which Python code cannot define";
    return std::move(recorder.schedule);
  }
  if (has_any(trace, makes_cell)) {
    recorder.schedule.impossible = "it makes cells (rule N19), whose deaths a script cannot see";
    return std::move(recorder.schedule);
  }
  if (has_any(trace, makes_method)) {
    recorder.schedule.impossible = "it binds methods (rule N20), whose deaths a script cannot see";
    return std::move(recorder.schedule);
  }
  if (has_any(trace, has_object_keys)) {
    recorder.schedule.impossible = "it has dicts with keys that are objects (rule N14)";
    return std::move(recorder.schedule);
  }
  if (has_any(trace, makes_set)) {
    recorder.schedule.impossible = "it makes sets (rule N24), whose order a script does not know";
    return std::move(recorder.schedule);
  }
  if (has_any(trace, makes_generator)) {
    recorder.schedule.impossible = "it makes generators (rule N23), whose variables a script cannot change";
    return std::move(recorder.schedule);
  }
  if (has_any(trace, makes_frame)) {
    recorder.schedule.impossible = "it makes frames (rule N21), whose variables a script cannot change";
    return std::move(recorder.schedule);
  }
  on_large_stack([&] {
    Log log;
    model::run(trace, Observe::digest, log, &recorder);
  });
  return std::move(recorder.schedule);
}

}  // namespace cyclecheck

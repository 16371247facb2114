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

bool makes_custom(const Operation& operation) {
  return operation.code == OpCode::create && operation.kind == ObjectKind::custom;
}

bool makes_traceback(const Operation& operation) { return operation.code == OpCode::traceback; }

// What no Python code can do, if the trace does it.
std::optional<std::string> not_in_python(const Trace& trace) {
  // Nobody in Python can watch a death of theirs (rule I6).
  if (has_any(trace, makes_atom)) return "it makes integers or strings (rules I), whose deaths a script cannot see";
  if (has_any(trace, makes_custom)) {
    return "it makes objects of an extension's type (rule N18), which Python code cannot define";
  }
  if (trace.profile < ProfileId::python3_7 && has_any(trace, makes_traceback)) {
    return "it makes tracebacks (rule N22), which up to 3.6 Python code can only get of a frame that runs";
  }
  return std::nullopt;
}

}  // namespace

Schedule automatic_collections(const Trace& trace) {
  Recorder recorder(trace);
  recorder.schedule.impossible = not_in_python(trace);
  if (recorder.schedule.impossible) return std::move(recorder.schedule);
  on_large_stack([&] {
    Log log;
    model::run(trace, Observe::digest, log, &recorder);
  });
  return std::move(recorder.schedule);
}

}  // namespace cyclecheck

// The harness itself: `harness` with part=verify, model, collector, comparison, generator, shrinker or rapidcheck.
// Unit: an operation of a trace. Traces are those of the default generator, half of them for each default profile.
#include <rapidcheck/state.h>

#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/workload.hpp"
#include "harness/collector/collector.hpp"
#include "harness/compare/compare.hpp"
#include "harness/generate/generate.hpp"
#include "harness/shrink/shrink.hpp"
#include "model/machine.hpp"

namespace cyclecheck::bench {
namespace {

constexpr std::uint64_t kSeed = 7;

GenerateOptions options_of(std::uint64_t index) {
  return {.profile = index % 2 == 0 ? ProfileId::python2_7 : ProfileId::python3_11};
}

// Calls one function with every trace and counts operations.
class EveryTrace : public Workload {
 public:
  // Answers how many operations it has worked on.
  using Step = std::function<std::uint64_t(std::size_t index)>;

  EveryTrace(std::uint64_t traces, Step step) : traces_(traces), step_(std::move(step)) {}

  double run() override {
    Stopwatch watch;
    std::uint64_t operations = 0;
    do {
      watch.start();
      for (std::size_t i = 0; i < traces_; ++i) operations += step_(i);
      watch.stop();
    } while (!watch.long_enough());
    return watch.nanoseconds() / static_cast<double>(operations);
  }

 private:
  std::uint64_t traces_;
  Step step_;
};

// What the parts work on; shared by all steps of a workload.
struct Desk {
  explicit Desk(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      traces.push_back(generate(kSeed, i, options_of(i)));
      expected.emplace_back();
      actual.emplace_back();
      model::run(traces[i], Observe::digest, expected[i]);
      subject.run(traces[i], Observe::digest, actual[i]);
    }
  }

  std::vector<Trace> traces;
  std::vector<Log> expected;
  std::vector<Log> actual;
  Trace made;
  Log log;
  ImplSubject subject;
};

void expect_agreement(const Trace& trace, const Log& expected, const Log& actual) {
  if (compare(trace, expected, actual, Level::order)) throw std::runtime_error("model and collector disagree");
}

// Shrinks to the shortest trace in which a weak reference is called back.
std::uint64_t shrink_one(Desk& desk, std::size_t index) {
  std::uint64_t operations = 0;
  const auto calls_back = [&](const Trace& trace) {
    operations += trace.operations.size();
    model::run(trace, Observe::digest, desk.log);
    for (const Event& event : desk.log.all()) {
      if (event.kind == EventKind::callback) return true;
    }
    return false;
  };
  if (calls_back(desk.traces[index])) static_cast<void>(shrink(desk.traces[index], calls_back, ShrinkOptions{}));
  return operations;
}

// --- RapidCheck's stateful testing on the same operations ---

struct Applied {
  std::size_t operations = 0;
};
struct Collected {
  Trace trace;
};

// One operation, drawn field by field as a RapidCheck user would write it.
Operation draw_operation() {
  Operation operation;
  operation.code = static_cast<OpCode>(*rc::gen::inRange<int>(0, static_cast<int>(kOpCodes)));
  const auto name = [] { return Name{static_cast<std::uint16_t>(*rc::gen::inRange(0, 8))}; };
  for (const Field field : info(operation.code).used()) {
    switch (field) {
      case Field::target:
        operation.target = name();
        break;
      case Field::a:
        operation.a = Operand::variable(name());
        break;
      case Field::b:
        operation.b = Operand::variable(name());
        break;
      case Field::c:
        operation.c = Operand::variable(name());
        break;
      case Field::size:
        operation.number[0] = *rc::gen::inRange(0, 8);
        break;
      case Field::thresholds:
        operation.number = {*rc::gen::inRange(0, 8), *rc::gen::inRange(0, 4), *rc::gen::inRange(0, 4)};
        operation.count = 3;
        break;
      case Field::kind:
      case Field::finalizer:
      case Field::callback:
      case Field::generation_opt:
      case Field::text:
        break;
      case Field::watcher:
        operation.script = kEmptyScript;
        [[fallthrough]];
      default:
        operation.number[0] = *rc::gen::inRange(0, 2);
        break;
    }
  }
  return operation;
}

struct OneOperation : rc::state::Command<Applied, Collected> {
  Operation operation = draw_operation();
  void apply(Applied& model) const override { ++model.operations; }
  void run(const Applied& /*model*/, Collected& sut) const override { sut.trace.operations.push_back(operation); }
};

// A hundred cases, as rc::check runs them.
std::uint64_t check_state(Desk& desk) {
  std::uint64_t operations = 0;
  Log actual;
  // RapidCheck reports to std::cerr after every check.
  std::ostringstream report;
  std::streambuf* const cerr = std::cerr.rdbuf(report.rdbuf());
  const bool agreed = rc::check([&] {
    Collected sut;
    sut.trace = empty_trace(ProfileId::python3_11);
    rc::state::check(Applied{}, sut, rc::state::gen::execOneOfWithArgs<OneOperation>());
    model::run(sut.trace, Observe::digest, desk.log);
    desk.subject.run(sut.trace, Observe::digest, actual);
    RC_ASSERT(!compare(sut.trace, desk.log, actual, Level::order).has_value());
    operations += sut.trace.operations.size();
  });
  std::cerr.rdbuf(cerr);
  if (!agreed) throw std::runtime_error("model and collector disagree: " + report.str());
  return operations;
}

EveryTrace::Step step_of(const std::string& part, const std::shared_ptr<Desk>& desk) {
  const auto size = [desk](std::size_t i) { return desk->traces[i].operations.size(); };
  if (part == "verify") {
    return [desk, size, actual = std::make_shared<Log>()](std::size_t i) {
      model::run(desk->traces[i], Observe::digest, desk->log);
      desk->subject.run(desk->traces[i], Observe::digest, *actual);
      expect_agreement(desk->traces[i], desk->log, *actual);
      return size(i);
    };
  }
  if (part == "model") {
    return [desk, size](std::size_t i) {
      model::run(desk->traces[i], Observe::digest, desk->log);
      return size(i);
    };
  }
  if (part == "collector") {
    return [desk, size](std::size_t i) {
      desk->subject.run(desk->traces[i], Observe::digest, desk->log);
      return size(i);
    };
  }
  if (part == "comparison") {
    return [desk, size](std::size_t i) {
      expect_agreement(desk->traces[i], desk->expected[i], desk->actual[i]);
      return size(i);
    };
  }
  if (part == "generator") {
    return [desk](std::size_t i) {
      generate(kSeed, i, options_of(i), desk->made);
      return desk->made.operations.size();
    };
  }
  if (part == "shrinker") return [desk](std::size_t i) { return shrink_one(*desk, i); };
  if (part == "rapidcheck") return [desk](std::size_t /*i*/) { return check_state(*desk); };
  throw std::invalid_argument("harness: " + part + ": unknown part");
}

}  // namespace

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  if (spec.workload != "harness") return nullptr;
  // Shrinking one trace and one check of RapidCheck take as long as hundreds of traces otherwise.
  const std::uint64_t traces = spec.part == "shrinker" ? 20 : spec.part == "rapidcheck" ? 1 : spec.objects;
  const auto desk = std::make_shared<Desk>(traces);
  return std::make_unique<EveryTrace>(traces, step_of(spec.part, desk));
}

std::string version() { return "the harness"; }

}  // namespace cyclecheck::bench

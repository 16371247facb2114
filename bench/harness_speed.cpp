// How many operations a second the harness verifies: model + collector + comparison at level `order` on the default
// generator, and the same operations under RapidCheck's own rc::state::check.
//
//   build/release/harness_speed
//
// `items_per_second` is operations per second. The parts are measured one by one as well, so that a change shows where
// it costs.
#include <benchmark/benchmark.h>
#include <rapidcheck/state.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "harness/compare.hpp"
#include "harness/generate.hpp"
#include "harness/subjects/impl_subject.hpp"
#include "model/machine.hpp"

namespace cyclecheck {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::uint64_t kTraces = 500;

ProfileId profile_of(const benchmark::State& state) { return static_cast<ProfileId>(state.range(0)); }

const std::vector<Trace>& traces(ProfileId id) {
  static std::vector<std::vector<Trace>> made(kProfiles);
  std::vector<Trace>& list = made[static_cast<std::size_t>(id)];
  for (std::uint64_t index = list.size(); index < kTraces; ++index) {
    list.push_back(generate(kSeed, index, GenerateOptions{.profile = id}));
  }
  return list;
}

// Calls f with one trace after the other and counts operations.
template <class F>
void measure(benchmark::State& state, F&& f) {
  const std::vector<Trace>& list = traces(profile_of(state));
  std::int64_t operations = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    const Trace& trace = list[next++ % list.size()];
    f(trace);
    operations += static_cast<std::int64_t>(trace.operations.size());
  }
  state.SetItemsProcessed(operations);
  state.SetLabel(std::string(profile(profile_of(state)).name));
}

void generator(benchmark::State& state) {
  std::int64_t operations = 0;
  std::uint64_t index = 0;
  Trace trace;
  for (auto _ : state) {
    generate(kSeed, index++ % kTraces, GenerateOptions{.profile = profile_of(state)}, trace);
    operations += static_cast<std::int64_t>(trace.operations.size());
  }
  state.SetItemsProcessed(operations);
}

void model_alone(benchmark::State& state) {
  Log log;
  model::Reach reach;
  measure(state, [&](const Trace& trace) { model::run(trace, Observe::digest, log, reach); });
}

void collector_alone(benchmark::State& state) {
  Log log;
  ImplSubject subject;
  measure(state, [&](const Trace& trace) { subject.run(trace, Observe::digest, log); });
}

void model_collector_comparison(benchmark::State& state) {
  Log expected;
  Log actual;
  model::Reach reach;
  ImplSubject subject;
  measure(state, [&](const Trace& trace) {
    model::run(trace, Observe::digest, expected, reach);
    subject.run(trace, Observe::digest, actual);
    if (compare(trace, expected, actual, Level::order)) state.SkipWithError("model and collector disagree");
  });
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
        break;
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

void rapidcheck_state(benchmark::State& state) {
  std::int64_t operations = 0;
  Log expected;
  Log actual;
  model::Reach reach;
  ImplSubject subject;
  // RapidCheck reports to std::cerr after every check.
  std::ostringstream report;
  std::streambuf* const cerr = std::cerr.rdbuf(report.rdbuf());
  for (auto _ : state) {
    const bool agreed = rc::check([&] {
      Collected sut;
      sut.trace = empty_trace(profile_of(state));
      rc::state::check(Applied{}, sut, rc::state::gen::execOneOfWithArgs<OneOperation>());
      model::run(sut.trace, Observe::digest, expected, reach);
      subject.run(sut.trace, Observe::digest, actual);
      RC_ASSERT(!compare(sut.trace, expected, actual, Level::order).has_value());
      operations += static_cast<std::int64_t>(sut.trace.operations.size());
    });
    if (!agreed) state.SkipWithError("model and collector disagree");
  }
  std::cerr.rdbuf(cerr);
  state.SetItemsProcessed(operations);
  state.SetLabel(std::string(profile(profile_of(state)).name));
}

void default_profiles(benchmark::internal::Benchmark* benchmark) {
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_11}) {
    benchmark->Arg(static_cast<std::int64_t>(id));
  }
}

BENCHMARK(generator)->Apply(default_profiles);
BENCHMARK(model_alone)->Apply(default_profiles);
BENCHMARK(collector_alone)->Apply(default_profiles);
BENCHMARK(model_collector_comparison)->Apply(default_profiles);
BENCHMARK(rapidcheck_state)->Apply(default_profiles);

}  // namespace
}  // namespace cyclecheck

BENCHMARK_MAIN();

// What RapidCheck finds by itself: `rc::state` over the trace language, each operation a command, operations drawn
// alike and their fields from ranges that a careful user would choose. It compares the same logs of the same model and
// collector as `cyclecheck run`, so what differs is generator and shrinker alone. A baseline for `cyclecheck mutants`.
//
//   rapidcheck_baseline SEED SECONDS [--profile NAME]...
//
// It prints `seconds S` (to the first failure), `operations N` (of the shrunk program) and `shrink-seconds S`.
// Exit status: 0 nothing was found in that time, 1 something was, 2 bad usage. A collector that dies takes it along.
#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare.hpp"
#include "harness/large_stack.hpp"
#include "harness/model_subject.hpp"
#include "harness/subjects/impl_subject.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNames = 8;
// How long a failure is shrunk.
constexpr std::chrono::seconds kShrinkTime{30};

// An operation and its script. A command's script is a program of its own.
struct Step {
  Operation operation;
  Script script;
};

rc::Gen<Name> any_name() {
  return rc::gen::map(rc::gen::inRange(0, kNames), [](int name) { return Name{static_cast<std::uint16_t>(name)}; });
}

Operand any_operand(bool in_script) {
  const Name name = *any_name();
  const auto slot =
      *rc::gen::weightedElement<std::int16_t>({{3, Operand::kWhole}, {1, std::int16_t{0}}, {1, std::int16_t{1}}});
  switch (*rc::gen::inRange(0, in_script ? 3 : 2)) {
    case 0:
      return Operand::variable(name, slot);
    case 1:
      return Operand::label(name, slot);
    default:
      return Operand::self(slot);
  }
}

Step any_step(bool in_script);

void fill(Step& step, Field field, bool in_script) {
  Operation& operation = step.operation;
  const auto script = [&] {
    if (in_script) return void(operation.script = kEmptyScript);
    const int length = *rc::gen::inRange(0, 4);
    for (int i = 0; i < length; ++i) step.script.push_back(any_step(true).operation);
    operation.script = step.script.empty() ? kEmptyScript : 0;
  };
  switch (field) {
    case Field::target:
      operation.target = *any_name();
      return;
    case Field::a:
      operation.a = any_operand(in_script);
      return;
    case Field::b:
      operation.b = any_operand(in_script);
      return;
    case Field::kind:
      operation.kind = static_cast<ObjectKind>(*rc::gen::inRange(0, static_cast<int>(kObjectKinds)));
      return;
    case Field::finalizer:
      operation.finalizer = static_cast<FinalizerKind>(*rc::gen::inRange(0, static_cast<int>(kFinalizerKinds)));
      if (operation.finalizer != FinalizerKind::none) script();
      return;
    case Field::callback:
      if (*rc::gen::arbitrary<bool>()) script();
      return;
    case Field::index:
      operation.number[0] = *rc::gen::inRange(0, 4);
      return;
    case Field::size:
      operation.number[0] = *rc::gen::inRange(0, 20);
      return;
    case Field::generation_opt:
      operation.count = *rc::gen::inRange<std::uint8_t>(0, 2);
      if (operation.count == 1) operation.number[0] = *rc::gen::inRange(0, kInvalidGeneration + 1);
      return;
    case Field::generation:
      operation.number[0] = *rc::gen::inRange(0, kInvalidGeneration + 1);
      return;
    case Field::thresholds:
      operation.count = *rc::gen::inRange<std::uint8_t>(1, 4);
      for (std::uint8_t i = 0; i < operation.count; ++i) operation.number[i] = *rc::gen::inRange(0, 10);
      return;
    case Field::flags:
      operation.number[0] = *rc::gen::inRange(0, 64);
      return;
    case Field::on_off:
      operation.number[0] = *rc::gen::inRange(0, 2);
      return;
    case Field::integer:
      operation.number[0] = *rc::gen::inRange(-8, 260);
      return;
    case Field::text:
      operation.text = ShortText(*rc::gen::element<std::string_view>("", "a", "ab", "a b"));
      return;
  }
}

Step any_step(bool in_script) {
  Step step;
  step.operation.code = static_cast<OpCode>(*rc::gen::inRange(0, static_cast<int>(kOpCodes)));
  for (const Field field : info(step.operation.code).used()) fill(step, field, in_script);
  return step;
}

void add(Trace& trace, const Step& step) {
  Operation operation = step.operation;
  if (!step.script.empty()) {
    trace.scripts.push_back(step.script);
    operation.script = static_cast<ScriptId>(trace.scripts.size()) - 1;
  }
  trace.operations.push_back(operation);
}

// A trace runs as a whole: commands only put it together.
class AnyOperation : public rc::state::Command<Trace, Trace> {
 public:
  AnyOperation() : step_(any_step(false)) {}
  void apply(Trace& model) const override { add(model, step_); }
  void run(const Trace&, Trace& trace) const override { add(trace, step_); }
  void show(std::ostream& out) const override { out << info(step_.operation.code).word; }

 private:
  Step step_;
};

// One search with one seed.
class Search {
 public:
  Search(std::vector<ProfileId> profiles, std::chrono::seconds time)
      : profiles_(std::move(profiles)), end_(begin_ + time) {}

  // The property. RapidCheck knows no time limit: the program ends here.
  void check() {
    if (Clock::now() > end_) std::exit(report());
    const ProfileId id = *rc::gen::elementOf(profiles_);
    Trace trace = empty_trace(id);
    const Trace empty = trace;
    rc::state::check(empty, trace, rc::state::gen::execOneOfWithArgs<AnyOperation>());
    model_.run(trace, Observe::digest, expected_);
    impl_.run(trace, Observe::digest, actual_);
    if (!compare(trace, expected_, actual_, Level::order)) return;
    if (!failed_after_) {
      failed_after_ = Clock::now() - begin_;
      end_ = Clock::now() + kShrinkTime;
    }
    // RapidCheck goes on from the last one that fails.
    operations_ = trace.operations.size();
    RC_FAIL("logs differ");
  }

  int report() const {
    if (!failed_after_) return 0;
    const std::chrono::duration<double> all = Clock::now() - begin_;
    std::fflush(stderr);
    std::printf("seconds %.3f\noperations %zu\nshrink-seconds %.3f\n", failed_after_->count(), operations_,
                (all - *failed_after_).count());
    return 1;
  }

 private:
  std::vector<ProfileId> profiles_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point end_;
  std::optional<std::chrono::duration<double>> failed_after_;
  std::size_t operations_ = 0;
  ModelSubject model_;
  ImplSubject impl_;
  Log expected_;
  Log actual_;
};

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || arguments.size() % 2 != 0) return 2;
  std::vector<ProfileId> profiles;
  for (std::size_t i = 2; i < arguments.size(); i += 2) {
    const auto id = find_profile(arguments[i + 1]);
    if (arguments[i] != "--profile" || !id) return 2;
    profiles.push_back(*id);
  }
  if (profiles.empty()) profiles = {ProfileId::python2_7, ProfileId::python3_11};
  const std::string parameters = "max_success=1000000000 max_discard_ratio=1000 seed=" + arguments[0];
  ::setenv("RC_PARAMS", parameters.c_str(), 1);
  Search search(profiles, std::chrono::seconds{std::strtol(arguments[1].c_str(), nullptr, 10)});
  rc::check("the collector agrees with the model", [&] { search.check(); });
  return search.report();
}

}  // namespace
}  // namespace cyclecheck

int main(int argc, char** argv) {
  const int status = cyclecheck::run({argv + 1, argv + argc});
  if (status == 2) std::fputs("usage: rapidcheck_baseline SEED SECONDS [--profile NAME]...\n", stderr);
  return status;
}

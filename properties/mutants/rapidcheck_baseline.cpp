// What RapidCheck finds by itself: `rc::state` over the trace language, each operation a command, operations drawn
// alike and their fields from ranges that a careful user would choose. It compares the same logs of the same model and
// collector as `cyclecheck run`, so what differs is generator and shrinker alone. a baseline for `cyclecheck-mutants`.
//
//   rapidcheck_baseline SEED SECONDS [--profile NAME]... [--subject impl|impl-fast]
//
// So many seconds of processor time to find a failure, and as many to shrink it. It prints `failed S` (when it found
// one), `operations N` for each shorter failing trace, and `ended S`. Each trace ends with `shutdown`, which counts.
// Exit status: 0 nothing was found in that time, 1 something was, 2 bad usage. A collector that dies or hangs (for two
// seconds of processor time) takes it along.
#include <rapidcheck.h>
#include <rapidcheck/state.h>
#include <sys/time.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "harness/collector/collector.hpp"
#include "harness/compare/compare.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr int kNames = 8;

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
    case Field::c:
      operation.c = any_operand(in_script);
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
      operation.text = *rc::gen::element<std::string_view>("", "a", "ab", "a b");
      return;
    case Field::watcher:
      operation.number[0] = *rc::gen::inRange(0, 2);
      operation.script = kEmptyScript;
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

// Of processor time, since the program began.
double now() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Ends the program by a signal when one trace has taken that long.
void watch_for_a_hang() {
  const itimerval limit{{0, 0}, {2, 0}};
  setitimer(ITIMER_PROF, &limit, nullptr);
}

// One search with one seed.
class Search {
 public:
  Search(SubjectEntry subject, std::vector<ProfileId> profiles, double seconds)
      : make_(against_model(subject, Level::order)),
        sides_(make_()),
        profiles_(std::move(profiles)),
        seconds_(seconds),
        end_(seconds) {}

  // The property. RapidCheck knows no time limit: the program ends here.
  void check() {
    if (now() > end_) std::exit(report());
    const ProfileId id = *rc::gen::elementOf(profiles_);
    Trace trace = empty_trace(id);
    const Trace empty = trace;
    rc::state::check(empty, trace, rc::state::gen::execOneOfWithArgs<AnyOperation>());
    trace.operations.emplace_back().code = OpCode::shutdown;
    watch_for_a_hang();
    const Verdict verdict = cyclecheck::check(sides_, trace, Observe::digest, logs_, phase_);
    if (verdict.outcome == Outcome::agree) return;
    if (verdict.outcome == Outcome::exception) sides_ = make_();
    if (!has_failed_) {
      has_failed_ = true;
      const double failed = now();
      end_ = failed + seconds_;
      std::printf("failed %.3f\n", failed);
    }
    // RapidCheck goes on from the last one that fails. What is printed is there if the collector dies next.
    std::printf("operations %zu\n", trace.operations.size());
    std::fflush(stdout);
    RC_FAIL("logs differ");
  }

  int report() const {
    if (!has_failed_) return 0;
    std::printf("ended %.3f\n", now());
    std::fflush(stdout);
    return 1;
  }

 private:
  MakeContestants make_;
  Contestants sides_;
  Logs logs_;
  std::atomic<Phase> phase_{Phase::idle};
  std::vector<ProfileId> profiles_;
  double seconds_;
  double end_;
  bool has_failed_ = false;
};

// The subject of that name; its name is empty if there is none.
SubjectEntry subject_named(const std::string& name) {
  if (name == "impl") return {"impl", "", Level::order, [] { return std::make_unique<ImplSubject>(); }};
  if (name == "impl-fast") {
    return {"impl-fast", "", Level::timing,
            [] { return std::make_unique<ImplSubject>(ImplSubject::Checks::graded, ImplSubject::Deaths::found); }};
  }
  return {};
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || arguments.size() % 2 != 0) return 2;
  std::vector<ProfileId> profiles;
  SubjectEntry subject = subject_named("impl");
  for (std::size_t i = 2; i < arguments.size(); i += 2) {
    const auto id = find_profile(arguments[i + 1]);
    if (arguments[i] == "--profile" && id) {
      profiles.push_back(*id);
    } else if (arguments[i] == "--subject") {
      subject = subject_named(arguments[i + 1]);
    } else {
      return 2;
    }
  }
  char* end = nullptr;
  const double seconds = std::strtod(arguments[1].c_str(), &end);
  if (*end != '\0' || seconds <= 0 || subject.name.empty()) return 2;
  if (arguments[0].empty() || arguments[0].find_first_not_of("0123456789") != std::string::npos) return 2;
  if (profiles.empty()) profiles = {ProfileId::python2_7, ProfileId::python3_11};
  const std::string parameters = "max_success=1000000000 max_discard_ratio=1000 seed=" + arguments[0];
  ::setenv("RC_PARAMS", parameters.c_str(), 1);
  Search search(std::move(subject), profiles, seconds);
  rc::check("the collector agrees with the model", [&] { search.check(); });
  return search.report();
}

}  // namespace
}  // namespace cyclecheck

int main(int argc, char** argv) {
  const int status = cyclecheck::run({argv + 1, argv + argc});
  if (status == 2)
    std::fputs("usage: rapidcheck_baseline SEED SECONDS [--profile NAME]... [--subject impl|impl-fast]\n", stderr);
  return status;
}

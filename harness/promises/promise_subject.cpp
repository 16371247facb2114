#include "harness/promises/promise_subject.hpp"

#include <algorithm>
#include <utility>

#include "harness/promises/failed_calls_source.hpp"
#include "harness/promises/small_world.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kBroken = "broken promise ";
// A longer trace is judged by whether it crashes alone: a picture of the graph after each operation would be too much,
// and where a stack has a limit the trashcan decides when its objects die.
constexpr std::size_t kMostPictures = 500;
constexpr std::uint64_t kOneDeepWorldOf = 16;

// The trace up to an operation, and what is to be run after that.
Trace cut(const Trace& trace, std::size_t operation, const std::vector<Operation>& witness) {
  Trace result = trace;
  result.operations.resize(operation + 1);
  result.operations.insert(result.operations.end(), witness.begin(), witness.end());
  return result;
}

template <typename Visit>
void each_operation(Trace& trace, const Visit& visit) {
  for (Operation& operation : trace.operations) visit(operation);
  for (Script& script : trace.scripts) {
    for (Operation& operation : script) visit(operation);
  }
}

// As a program in Python could be: it names only what it holds and has no tp_del; and it is small.
void make_plain(Operation& operation) {
  constexpr std::int32_t kMost = 8;
  for (Operand* operand : {&operation.a, &operation.b}) {
    if (operand->kind == Operand::Kind::label) operand->kind = Operand::Kind::variable;
  }
  if (operation.finalizer != FinalizerKind::none) operation.finalizer = FinalizerKind::del;
  if (operation.code == OpCode::bulk) operation.number[0] = std::min(operation.number[0], kMost);
}

bool names_a_label(Trace trace) {
  bool does = false;
  each_operation(trace, [&](Operation& operation) {
    for (const Operand* operand : {&operation.a, &operation.b}) does = does || operand->kind == Operand::Kind::label;
  });
  return does;
}

// A subject that is made when it is needed, and again behind a trace that may have damaged it.
class Examined final : public Subject {
 public:
  explicit Examined(MakeSubject make) : make_(std::move(make)) {}

  [[nodiscard]] std::string name() const override { return "the interpreter"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    if (!subject_) subject_ = make_();
    subject_->run(trace, observe, log);
  }
  [[nodiscard]] bool renew() override { return !subject_ || subject_->renew(); }
  void end_process() { subject_.reset(); }

 private:
  MakeSubject make_;
  std::unique_ptr<Subject> subject_;
};

class Examiner {
 public:
  // REQUIRES: the subject outlives it
  explicit Examiner(Examined& subject) : subject_(subject) {}

  // The promises that a trace breaks. Throws SubjectError.
  std::vector<BrokenPromise> examine(const Trace& trace) {
    Reach reach;
    const bool is_long = trace.operations.size() > kMostPictures;
    observe_ = is_long ? Observe::digest : Observe::every;
    run_counted(trace, observe_, expected_, reach);
    bool crashed = !run(trace);
    // The subject may have been damaged, or have died, when it released what an earlier trace left behind.
    if (crashed) {
      subject_.end_process();
      crashed = !run(trace);
      if (!crashed) throw SubjectError(SubjectError::Kind::truncated, "not again in a new process: " + crash_);
    }
    if (crashed || reach.is_undefined()) subject_.end_process();  // its memory may be damaged
    if (crashed)
      return {{Promise::no_crash,
               trace.operations.size() - 1,
               "the interpreter crashed, " + why(reach) + ": " + crash_,
               {}}};
    if (is_long) return {};
    if (reach.is_undefined()) {
      const auto broken = wrong_answer(trace, expected_, actual_);
      return broken ? std::vector{*broken} : std::vector<BrokenPromise>{};
    }
    if (const auto divergence = compare(trace, expected_, actual_, Level::order)) {
      throw SubjectError(SubjectError::Kind::refused, "model and interpreter disagree: " + divergence->signature);
    }
    std::vector<BrokenPromise> broken = broken_promises(trace, actual_);
    if (auto breach = documented_breach(trace)) {
      const auto same = [&](const BrokenPromise& one) { return one.promise == breach->promise; };
      if (std::none_of(broken.begin(), broken.end(), same)) broken.push_back(*std::move(breach));
    }
    std::erase_if(broken, [&](const BrokenPromise& one) { return !is_witnessed(trace, one); });
    return broken;
  }

 private:
  static std::string why(const Reach& reach) {
    if (reach.of(Undefined::deposited_moved) != 0) return "as it may by rule C7";
    if (reach.of(Undefined::link_damaged) != 0) return "as it may by rule C2, a collection in a collection";
    if (reach.of(Undefined::kept_by_failure) != 0) return "as it may by rule M4";
    if (reach.of(Undefined::freed_with_weakrefs) != 0)
      return "as it may by rule N23, weak references to a dead generator";
    if (reach.of(Undefined::no_callback_released) != 0) return "as it may by rule W6, a deposited weak reference";
    return reach.is_undefined() ? "as it may by rule W6, a collection in the allocation"
                                : "for no reason that the rules know";
  }

  // False: it crashed.
  bool run(const Trace& trace) {
    try {
      subject_.run(trace, observe_, actual_);
    } catch (const SubjectError& error) {
      if (error.kind() != SubjectError::Kind::crash) throw;
      crash_ = error.what();
      return false;
    }
    return true;
  }

  // Whether the program sees it: the weak reference answers None, and its referent still has a count.
  bool is_witnessed(const Trace& trace, const BrokenPromise& broken) {
    if (broken.witness.empty()) return true;
    const Trace longer = cut(trace, broken.operation, broken.witness);
    if (!run(longer)) return false;
    const auto shows = [&](std::size_t operation, EventKind kind, bool none) {
      const auto events = actual_.of(operation);
      return std::any_of(events.begin(), events.end(),
                         [&](const Event& event) { return event.kind == kind && event.none == none; });
    };
    return shows(broken.operation + 1, EventKind::deref, true) &&
           shows(broken.operation + 2, EventKind::references, false);
  }

  Examined& subject_;
  Log expected_;
  Log actual_;
  Observe observe_ = Observe::every;
  // What the last crash was.
  std::string crash_;
};

// In a thread with a small stack where that decides what the trashcan does (rule T), so that chains of some hundred
// objects reach it.
std::unique_ptr<Subject> on_small_stack(const Interpreter& interpreter, std::chrono::milliseconds timeout) {
  if (interpreter.profile < ProfileId::python3_14) return make_cpython_subject(interpreter, timeout);
  std::vector<std::string> command = driver_command(interpreter);
  command.insert(command.end(), {"--stack", std::to_string(kSmallStack)});
  return std::make_unique<ProcessSubject>(
      ProcessSubject::Options{std::move(command), "cpython:" + interpreter.path, timeout});
}

// A crash differs from another one by its reason; otherwise a promise is one failure.
Verdict verdict_of(const BrokenPromise& broken) {
  const PromiseInfo& promise = info(broken.promise);
  Verdict verdict;
  verdict.outcome = Outcome::divergence;
  verdict.signature = std::string{kBroken} + std::string{promise.word};
  if (broken.promise == Promise::no_crash) {
    verdict.outcome = Outcome::crash;
    verdict.signature += ": " + broken.what.substr(0, broken.what.find(':'));
  }
  verdict.output = std::string{promise.text} + "\n  promised by  " + std::string{promise.source} +
                   "\n  instead      at operation " + std::to_string(broken.operation) + " " + broken.what + "\n";
  return verdict;
}

Verdict judge(Examiner& examiner, const Trace& trace) {
  Verdict verdict;
  verdict.left_out = true;
  if (names_a_label(trace)) return verdict;
  std::vector<BrokenPromise> broken;
  try {
    broken = examiner.examine(trace);
  } catch (const SubjectError& error) {
    if (error.kind() == SubjectError::Kind::cannot_start) throw;
    verdict.output = error.what();
    return verdict;
  }
  verdict.left_out = false;
  if (broken.empty()) return verdict;
  verdict = verdict_of(broken.front());
  for (std::size_t i = 1; i < broken.size(); ++i) verdict.also.push_back(verdict_of(broken[i]));
  return verdict;
}

}  // namespace

std::vector<BrokenPromise> judge_trace(const MakeSubject& make, const Trace& trace) {
  std::vector<BrokenPromise> broken;
  Examined subject(make);
  on_large_stack([&] { broken = Examiner(subject).examine(trace); });
  return broken;
}

SubjectEntry promise_subject(const std::string& name, ProfileId profile, MakeSubject make, bool has_faults) {
  SubjectEntry entry;
  entry.name = name;
  entry.summary = "what its documentation promises";
  entry.profiles = {profile};
  entry.make = [make = std::move(make)] { return std::make_unique<Examined>(make); };
  if (!has_faults) entry.missing = kFaults;
  entry.special = [](Subject& subject) -> SpecialCheck {
    return [examiner = std::make_shared<Examiner>(dynamic_cast<Examined&>(subject))](const Trace& trace, Logs& logs) {
      logs.subject.clear();
      return judge(*examiner, trace);
    };
  };
  return entry;
}

SubjectEntry promise_subject(const Interpreter& interpreter, std::chrono::milliseconds timeout) {
  // A trace is run several times.
  constexpr int kRuns = 4;
  const auto subject = make_cpython_subject(interpreter, timeout);
  const auto* process = dynamic_cast<const ProcessSubject*>(subject.get());
  SubjectEntry entry = promise_subject(
      "promises:" + interpreter.path, interpreter.profile,
      [interpreter, timeout] { return on_small_stack(interpreter, timeout); },
      process == nullptr || process->knows(OpCode::fail));
  entry.grace = kRuns * timeout;
  return entry;
}

SubjectEntry promise_family() {
  SubjectEntry entry;
  entry.name = "promises:";
  entry.summary = "promises:PATH, a real interpreter, compared with its documentation instead of the model";
  entry.open = [](const std::string& path, std::chrono::milliseconds timeout) {
    return promise_subject(ask_interpreter(path.empty() ? "python3" : path), timeout);
  };
  return entry;
}

std::optional<Promise> promise_of(const std::string& signature) {
  if (!signature.starts_with(kBroken)) return std::nullopt;
  const std::string_view rest = std::string_view{signature}.substr(kBroken.size());
  for (const PromiseInfo& promise : all_promises()) {
    if (rest == promise.word || rest.starts_with(std::string{promise.word} + ":")) return promise.promise;
  }
  return std::nullopt;
}

void PlainTraces::draw(std::uint64_t position, const Mark& /*mark*/, Trace& trace) const {
  const std::uint64_t index = options_.first + position;
  if (index % kOneDeepWorldOf == kOneDeepWorldOf - 1) {
    trace = deep_world(options_.seed, index, options_.generate.profile);
    return;
  }
  if (index % 2 == 1) {
    trace = small_world(options_.seed, index, options_.generate.profile);
    return;
  }
  generate(options_.seed, index, options_.generate, trace);
  each_operation(trace, make_plain);
}

void PlainTraces::describe(std::uint64_t position, Finding& finding) const {
  finding.seed = options_.seed;
  finding.index = options_.first + position;
  finding.command = options_.command.empty() ? "cyclecheck replay FOLDER"
                                             : options_.command + " --seed " + std::to_string(finding.seed) +
                                                   " --first " + std::to_string(finding.index) + " --traces 1";
}

std::vector<std::string> probe_failed_calls(const Interpreter& interpreter) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  ChildProcess process({interpreter.path, "-c", std::string(kFailedCalls[0].text)});
  process.close_input();
  std::vector<std::string> findings;
  std::string_view line;
  while (process.read_line(line, deadline) == ChildProcess::Read::line) {
    findings.emplace_back(line);
  }
  if (const std::string failure = process.wait_for_end(deadline); !failure.empty()) {
    throw SubjectError(SubjectError::Kind::crash, "cpython:" + interpreter.path +
                                                      ": the calls with wrong arguments ended with " + failure + "\n" +
                                                      process.errors());
  }
  return findings;
}

}  // namespace cyclecheck

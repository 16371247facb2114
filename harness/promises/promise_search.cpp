#include "harness/promises/promise_search.hpp"

#include <algorithm>
#include <utility>

#include "harness/compare/compare.hpp"
#include "harness/promises/failed_calls_source.hpp"
#include "harness/promises/small_world.hpp"
#include "harness/shrink/shrink.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

// The trace up to an operation, and what is to be run after that.
Trace cut(const Trace& trace, std::size_t operation, const std::vector<Operation>& witness) {
  Trace result = trace;
  result.operations.resize(operation + 1);
  result.operations.insert(result.operations.end(), witness.begin(), witness.end());
  return result;
}

// A trace as a program in Python could be: it names only what it holds and has no tp_del; and it is small.
void make_plain(std::vector<Operation>& operations) {
  constexpr std::int32_t kMost = 8;
  for (Operation& operation : operations) {
    for (Operand* operand : {&operation.a, &operation.b}) {
      if (operand->kind == Operand::Kind::label) operand->kind = Operand::Kind::variable;
    }
    if (operation.finalizer == FinalizerKind::legacy) operation.finalizer = FinalizerKind::del;
    if (operation.code == OpCode::bulk) operation.number[0] = std::min(operation.number[0], kMost);
  }
}

class Examiner {
 public:
  explicit Examiner(const MakeSubject& make) : make_(make) {}

  // The promises that a trace breaks. Throws SubjectError.
  std::vector<BrokenPromise> examine(const Trace& trace) {
    Reach reach;
    run_counted(trace, Observe::every, expected_, reach);
    bool crashed = !run(trace);
    // The subject may have been damaged, or have died, when it released what an earlier trace left behind.
    if (crashed) {
      subject_.reset();
      crashed = !run(trace);
      if (!crashed) throw SubjectError(SubjectError::Kind::truncated, "not again in a new process: " + crash_);
    }
    if (crashed || reach.is_undefined()) subject_.reset();  // its memory may be damaged
    if (crashed)
      return {{Promise::no_crash,
               trace.operations.size() - 1,
               "the interpreter crashed, " + why(reach) + ": " + crash_,
               {}}};
    if (reach.is_undefined()) {
      const auto broken = wrong_answer(trace, expected_, actual_);
      return broken ? std::vector{*broken} : std::vector<BrokenPromise>{};
    }
    if (const auto divergence = compare(trace, expected_, actual_, Level::order)) {
      throw SubjectError(SubjectError::Kind::refused, "model and interpreter disagree: " + divergence->signature);
    }
    std::vector<BrokenPromise> broken = broken_promises(trace, actual_);
    std::erase_if(broken, [&](const BrokenPromise& one) { return !is_witnessed(trace, one); });
    return broken;
  }

 private:
  static std::string why(const Reach& reach) {
    if (reach.of(Undefined::deposited_moved) != 0) return "as it may by rule C7";
    if (reach.of(Undefined::link_damaged) != 0) return "as it may by rule C2, a collection in a collection";
    if (reach.of(Undefined::kept_by_failure) != 0) return "as it may by rule M4";
    if (reach.of(Undefined::no_callback_released) != 0) return "as it may by rule W6, a deposited weak reference";
    return reach.is_undefined() ? "as it may by rule W6, a collection in the allocation"
                                : "for no reason that the rules know";
  }

  // False: it crashed.
  bool run(const Trace& trace) {
    if (!subject_) subject_ = make_();
    try {
      subject_->run(trace, Observe::every, actual_);
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

  const MakeSubject& make_;
  std::unique_ptr<Subject> subject_;
  Log expected_;
  Log actual_;
  // What the last crash was.
  std::string crash_;
};

class Search {
 public:
  Search(const MakeSubject& make, const PromiseOptions& options) : options_(options), examiner_(make) {
    const auto subject = make();
    const auto* process = dynamic_cast<const ProcessSubject*>(subject.get());
    if (process != nullptr && !process->knows(OpCode::fail)) options_.generate.without |= kFaults;
  }

  PromiseSummary run() {
    const auto begin = Clock::now();
    auto next_report = begin;
    Trace trace;
    for (std::uint64_t index = options_.first; !is_over(begin); ++index) {
      make(index, trace);
      for (const BrokenPromise& broken : examine(trace)) add(index, trace, broken);
      ++summary_.traces;
      if (options_.on_progress && Clock::now() >= next_report) {
        next_report = Clock::now() + std::chrono::milliseconds(100);
        options_.on_progress(summary_);
      }
    }
    return std::move(summary_);
  }

 private:
  [[nodiscard]] bool is_over(Clock::time_point begin) const {
    if (options_.traces != 0 && summary_.traces >= options_.traces) return true;
    if (options_.time.count() != 0 && Clock::now() - begin - shrinking_ >= options_.time) return true;
    return options_.stop && options_.stop();
  }

  // Every second one is a small world.
  void make(std::uint64_t index, Trace& trace) const {
    if (index % 2 == 1) {
      trace = small_world(options_.seed, index, options_.generate.profile);
      return;
    }
    generate(options_.seed, index, options_.generate, trace);
    make_plain(trace.operations);
    for (Script& script : trace.scripts) make_plain(script);
  }

  std::vector<BrokenPromise> examine(const Trace& trace) {
    try {
      return examiner_.examine(trace);
    } catch (const SubjectError& error) {
      if (error.kind() == SubjectError::Kind::cannot_start) throw;
      if (summary_.not_judged++ == 0) summary_.why_not_judged = error.what();
      return {};
    }
  }

  // Crashes differ by their reason; otherwise a promise is one finding.
  static bool is_same(const BrokenPromise& one, const BrokenPromise& other) {
    const auto reason = [](const BrokenPromise& broken) { return broken.what.substr(0, broken.what.find(':')); };
    return one.promise == other.promise && (one.promise != Promise::no_crash || reason(one) == reason(other));
  }

  // Whether a trace breaks a promise in the same way; the finding then says how.
  bool breaks(const Trace& trace, const BrokenPromise& like, BrokenPromise* found) {
    try {
      for (BrokenPromise& broken : examiner_.examine(trace)) {
        if (!is_same(broken, like)) continue;
        if (found != nullptr) *found = std::move(broken);
        return true;
      }
    } catch (const SubjectError& error) {
      if (error.kind() == SubjectError::Kind::cannot_start) throw;
    }
    return false;
  }

  void add(std::uint64_t index, const Trace& trace, const BrokenPromise& broken) {
    const auto known = std::find_if(summary_.findings.begin(), summary_.findings.end(),
                                    [&](const PromiseFinding& f) { return is_same(f.broken, broken); });
    if (known != summary_.findings.end()) {
      ++known->times;
      return;
    }
    const auto begin = Clock::now();
    PromiseFinding finding{broken, index, 1, cut(trace, broken.operation, {}), "not shrunk"};
    ShrinkOptions shrinking;
    shrinking.budget = options_.shrink;
    shrinking.stop = options_.stop;
    if (options_.shrink.count() > 0 && breaks(finding.trace, broken, nullptr)) {
      const ShrinkResult result = shrink(
          finding.trace, [&](const Trace& t) { return breaks(t, broken, nullptr); }, shrinking);
      finding.trace = result.trace;
      finding.shrunk = verdict_of(result);
    }
    if (!breaks(finding.trace, broken, &finding.broken)) finding.shrunk = "not seen again";
    finding.trace = cut(finding.trace, finding.broken.operation, finding.broken.witness);
    shrinking_ += Clock::now() - begin;
    summary_.findings.push_back(std::move(finding));
  }

  PromiseOptions options_;
  Examiner examiner_;
  PromiseSummary summary_;
  Clock::duration shrinking_{0};
};

}  // namespace

PromiseSummary search_promises(const MakeSubject& make, const PromiseOptions& options) {
  PromiseSummary summary;
  on_large_stack([&] { summary = Search(make, options).run(); });
  return summary;
}

std::vector<BrokenPromise> judge_trace(const MakeSubject& make, const Trace& trace) {
  std::vector<BrokenPromise> broken;
  on_large_stack([&] { broken = Examiner(make).examine(trace); });
  return broken;
}

std::vector<PromiseFinding> probe_failed_calls(const Interpreter& interpreter) {
  const auto deadline = Clock::now() + std::chrono::minutes(2);
  ChildProcess process({interpreter.path, "-c", std::string(kFailedCalls[0].text)});
  process.close_input();
  std::vector<PromiseFinding> findings;
  std::string_view line;
  while (process.read_line(line, deadline) == ChildProcess::Read::line) {
    PromiseFinding finding;
    finding.broken = {Promise::failed_call, 0, std::string(line), {}};
    finding.shrunk = "1-minimal";
    findings.push_back(std::move(finding));
  }
  if (const std::string failure = process.wait_for_end(deadline); !failure.empty()) {
    throw SubjectError(SubjectError::Kind::crash, "cpython:" + interpreter.path +
                                                      ": the calls with wrong arguments ended with " + failure + "\n" +
                                                      process.errors());
  }
  return findings;
}

}  // namespace cyclecheck

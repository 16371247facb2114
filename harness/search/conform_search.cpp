#include "harness/search/conform_search.hpp"

#include <algorithm>
#include <utility>

#include "harness/compare/compare.hpp"
#include "harness/shrink/shrink.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

// No failure by itself: the trace is left out.
constexpr std::string_view kRefused = "refused";

class Conformer {
 public:
  Conformer(Subject& subject, const ConformOptions& options)
      : subject_(subject),
        options_(options),
        generate_(options.generate),
        level_(std::min(options.level, subject.level())) {
    const auto* process = dynamic_cast<ProcessSubject*>(&subject_);
    if (process != nullptr && !process->knows(OpCode::fail)) generate_.without |= kFaults;
  }

  ConformSummary run() {
    const auto begin = Clock::now();
    auto next_report = begin;
    prepare(options_.first);
    while (!is_over(begin)) {
      std::swap(current_, next_);
      check();
      summary_.time = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin - shrinking_);
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
    if (options_.failures != 0 && summary_.failures.size() >= options_.failures) return true;
    return options_.stop && options_.stop();
  }

  // A trace and what the model says about it.
  struct Case {
    std::uint64_t index = 0;
    Observe observe = Observe::digest;
    Trace trace;
    Log expected;
    Reach reach;
  };

  // Makes the next case.
  void prepare(std::uint64_t index) {
    next_.index = index;
    next_.reach = {};
    generate(options_.seed, index, generate_, next_.trace);
    next_.observe = observe_for(next_);
    run_counted(next_.trace, next_.observe, next_.expected, next_.reach);
  }

  [[nodiscard]] Observe observe_for(const Case& made) const {
    // The listing of a large heap after every operation is quadratic.
    constexpr std::size_t kShort = 400;
    if (options_.on_agreement) return Observe::full;
    if (options_.observe_every == 0 || made.index % options_.observe_every != 0) return Observe::digest;
    return made.trace.operations.size() <= kShort ? Observe::every : Observe::full;
  }

  // Both sides on one trace, for the shrinker; empty if they agree, otherwise the signature.
  std::string compare_on(const Trace& trace, Observe observe, ConformFailure* failure) {
    Reach reach;
    run_counted(trace, observe, expected_, reach);
    if (reach.is_undefined() && !options_.run_undefined) return {};
    try {
      subject_.run(trace, observe, actual_);
    } catch (const SubjectError& error) {
      if (failure != nullptr) failure->error = error.what();
      return signature_of(error);
    }
    auto divergence = compare(trace, expected_, actual_, level_);
    if (!divergence) return {};
    std::string signature = divergence->signature;
    if (failure != nullptr) failure->divergence = std::move(divergence);
    return signature;
  }

  // The signature of what the subject's part of the work threw.
  static std::string signature_of(const SubjectError& error) {
    if (error.kind() == SubjectError::Kind::cannot_start) throw error;
    if (error.kind() == SubjectError::Kind::refused) return std::string(kRefused);
    return std::string(to_string(error.kind()));
  }

  // Runs the subject on the current case and makes the next one meanwhile.
  std::string run_current() {
    auto* process = dynamic_cast<ProcessSubject*>(&subject_);
    try {
      if (process != nullptr) process->send(current_.trace, current_.observe);
    } catch (const SubjectError& error) {
      prepare(current_.index + 1);
      return signature_of(error);
    }
    prepare(current_.index + 1);
    try {
      if (process != nullptr) {
        process->receive(current_.trace, actual_);
      } else {
        subject_.run(current_.trace, current_.observe, actual_);
      }
    } catch (const SubjectError& error) {
      return signature_of(error);
    }
    const auto divergence = compare(current_.trace, current_.expected, actual_, level_);
    return divergence ? divergence->signature : std::string();
  }

  void check() {
    const bool is_undefined = current_.reach.is_undefined();
    std::string signature;
    if (is_undefined && !options_.run_undefined) {
      prepare(current_.index + 1);
    } else {
      signature = run_current();
    }
    summary_.reach.add(current_.reach);
    summary_.operations += current_.trace.operations.size();
    ++summary_.traces;
    if (is_undefined) ++summary_.undefined;
    if (signature == kRefused) {
      ++summary_.refused;
      return;
    }
    if (signature.empty()) {
      if (options_.on_agreement && !is_undefined) options_.on_agreement(current_.index, current_.trace, actual_);
      return;
    }
    ++summary_.failed;
    const auto known = std::find_if(summary_.failures.begin(), summary_.failures.end(),
                                    [&](const ConformFailure& f) { return same_failure(f.signature, signature); });
    if (known != summary_.failures.end()) {
      ++known->times;
      return;
    }
    report(signature);
  }

  void report(const std::string& signature) {
    ConformFailure failure;
    failure.signature = signature;
    failure.index = current_.index;
    failure.observe = current_.observe;
    failure.trace = current_.trace;
    failure.shrunk = "not shrunk";
    const auto begin = Clock::now();
    if (options_.shrink.count() > 0) {
      ShrinkOptions shrinking;
      shrinking.budget = options_.shrink;
      shrinking.stop = options_.stop;
      const auto still_fails = [&](const Trace& trace) {
        return same_failure(compare_on(trace, failure.observe, nullptr), signature);
      };
      ShrinkResult result = shrink(current_.trace, still_fails, shrinking);
      failure.shrunk = verdict_of(result);
      failure.trace = std::move(result.trace);
    }
    (void)compare_on(failure.trace, failure.observe, &failure);
    shrinking_ += Clock::now() - begin;
    summary_.failures.push_back(std::move(failure));
  }

  Subject& subject_;
  const ConformOptions& options_;
  GenerateOptions generate_;
  Level level_;
  Case current_;
  Case next_;
  Log expected_;
  Log actual_;
  ConformSummary summary_;
  Clock::duration shrinking_{0};
};

}  // namespace

ConformSummary conform(Subject& subject, const ConformOptions& options) {
  ConformSummary summary;
  on_large_stack([&] { summary = Conformer(subject, options).run(); });
  return summary;
}

}  // namespace cyclecheck

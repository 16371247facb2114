#include "harness/conform.hpp"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "harness/shrink.hpp"
#include "harness/signature.hpp"
#include "harness/subjects/process_subject.hpp"
#include "model/machine.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

// Nested deaths recurse in the model.
constexpr std::size_t kStack = std::size_t{512} << 20;

// Calls the function in a thread with a large stack and passes on what it throws.
void on_large_stack(const std::function<void()>& function) {
  struct Call {
    const std::function<void()>& function;
    std::exception_ptr thrown;
  } call{function, nullptr};
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStack);
  pthread_t thread{};
  const auto body = [](void* argument) -> void* {
    auto& entered = *static_cast<Call*>(argument);
    try {
      entered.function();
    } catch (...) {
      entered.thrown = std::current_exception();
    }
    return nullptr;
  };
  const int problem = ::pthread_create(&thread, &attributes, body, &call);
  ::pthread_attr_destroy(&attributes);
  if (problem != 0) throw std::runtime_error("no thread with a large stack could be made");
  ::pthread_join(thread, nullptr);
  if (call.thrown) std::rethrow_exception(call.thrown);
}

class Conformer {
 public:
  Conformer(Subject& subject, const ConformOptions& options)
      : subject_(subject), options_(options), level_(std::min(options.level, subject.level())) {}

  ConformSummary run() {
    const auto begin = Clock::now();
    auto next_report = begin;
    for (std::uint64_t index = options_.first; !is_over(begin); ++index) {
      generate(options_.seed, index, options_.generate, trace_);
      check(index, observe_for(index));
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

  [[nodiscard]] Observe observe_for(std::uint64_t index) const {
    // The listing of a large heap after every operation is quadratic.
    constexpr std::size_t kShort = 400;
    if (options_.observe_every == 0 || index % options_.observe_every != 0) return Observe::digest;
    return trace_.operations.size() <= kShort ? Observe::every : Observe::full;
  }

  // Both sides on one trace; empty if they agree, otherwise the signature.
  std::string compare_on(const Trace& trace, Observe observe, ConformFailure* failure, model::Reach& reach) {
    const std::uint64_t undefined = reach.undefined;
    model::run(trace, observe, expected_, reach);
    if (reach.undefined != undefined && !options_.run_undefined) return {};
    try {
      subject_.run(trace, observe, actual_);
    } catch (const SubjectError& error) {
      if (error.kind() == SubjectError::Kind::cannot_start) throw;
      if (failure != nullptr) failure->error = error.what();
      return std::string(to_string(error.kind()));
    }
    auto divergence = compare(trace, expected_, actual_, level_);
    if (!divergence) return {};
    std::string signature = divergence->signature;
    if (failure != nullptr) failure->divergence = std::move(divergence);
    return signature;
  }

  void check(std::uint64_t index, Observe observe) {
    const std::uint64_t undefined = summary_.reach.undefined;
    const std::string signature = compare_on(trace_, observe, nullptr, summary_.reach);
    ++summary_.traces;
    if (summary_.reach.undefined != undefined) ++summary_.undefined;
    summary_.operations += trace_.operations.size();
    if (signature.empty()) return;
    ++summary_.failed;
    const auto known = std::find_if(summary_.failures.begin(), summary_.failures.end(),
                                    [&](const ConformFailure& f) { return same_failure(f.signature, signature); });
    if (known != summary_.failures.end()) {
      ++known->times;
      return;
    }
    report(index, observe, signature);
  }

  void report(std::uint64_t index, Observe observe, const std::string& signature) {
    ConformFailure failure;
    failure.signature = signature;
    failure.index = index;
    failure.observe = observe;
    failure.trace = trace_;
    failure.shrunk = "not shrunk";
    model::Reach unused;
    const auto begin = Clock::now();
    if (options_.shrink.count() > 0) {
      ShrinkOptions shrinking;
      shrinking.budget = options_.shrink;
      shrinking.stop = options_.stop;
      const auto still_fails = [&](const Trace& trace) {
        return same_failure(compare_on(trace, observe, nullptr, unused), signature);
      };
      ShrinkResult result = shrink(trace_, still_fails, shrinking);
      failure.shrunk = verdict_of(result);
      failure.trace = std::move(result.trace);
    }
    (void)compare_on(failure.trace, observe, &failure, unused);
    shrinking_ += Clock::now() - begin;
    summary_.failures.push_back(std::move(failure));
  }

  Subject& subject_;
  const ConformOptions& options_;
  Level level_;
  Trace trace_;
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

#include "harness/compare/check.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <typeinfo>
#include <utility>

#include "harness/compare/signature.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name{abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    std::free};
  return status == 0 ? std::string{name.get()} : std::string{type.name()};
}

Verdict exception_verdict(const std::string& type, std::string text, Phase phase) {
  Verdict verdict;
  verdict.outcome = Outcome::exception;
  verdict.signature = blame("exception " + type, phase);
  verdict.output = std::move(text);
  return verdict;
}

Verdict left_out(Logs& logs) {
  logs.subject.clear();
  Verdict verdict;
  verdict.left_out = true;
  return verdict;
}

// "crash AddressSanitizer heap-use-after-free at ..." if its standard error has a sanitizer's report.
std::string crash_signature(const CrashStack& stack) {
  WorkerProcess::End end;
  end.output = stack.output;
  end.stack = stack.functions;
  const std::string reported = signature_of(end);
  return reported.starts_with("crash ") ? reported : "crash";
}

// A subject elsewhere that died, hung or answered nonsense.
Verdict subject_verdict(const SubjectError& error) {
  Verdict verdict;
  verdict.output = error.what();
  switch (error.kind()) {
    case SubjectError::Kind::timeout:
      verdict.outcome = Outcome::hang;
      verdict.signature = "hang";
      break;
    case SubjectError::Kind::crash:
      verdict.outcome = Outcome::crash;
      verdict.signature = crash_signature(crash_stack(verdict.output));
      break;
    default:
      verdict.outcome = Outcome::exception;
      verdict.signature = "answer " + std::string(to_string(error.kind()));
  }
  return verdict;
}

// Does a step; an exception is the verdict.
template <typename Step>
std::optional<Verdict> guarded(const Contestants& contestants, Logs& logs, std::atomic<Phase>& phase,
                               const Step& step) {
  try {
    std::optional<Verdict> verdict = step();
    phase.store(Phase::idle, std::memory_order_release);
    return verdict;
  } catch (const SubjectError& error) {
    phase.store(Phase::idle, std::memory_order_release);
    if (contestants.may_refuse && error.kind() == SubjectError::Kind::refused) return left_out(logs);
    return subject_verdict(error);
  } catch (const std::exception& error) {
    return exception_verdict(type_name(typeid(error)), error.what(), phase.exchange(Phase::idle));
  } catch (...) {
    return exception_verdict("of an unknown type", {}, phase.exchange(Phase::idle));
  }
}

}  // namespace

const Verdict* Verdict::find(std::string_view failure) const {
  if (outcome != Outcome::agree && same_failure(signature, failure)) return this;
  for (const Verdict& other : also) {
    if (const Verdict* found = other.find(failure)) return found;
  }
  return nullptr;
}

std::string blame(std::string signature, Phase phase) {
  if (phase == Phase::model) signature += " in the model";
  if (phase == Phase::compare || phase == Phase::idle) signature += " in the harness";
  return signature;
}

std::optional<Verdict> check_model(Contestants& contestants, const Trace& trace, Observe observe, Logs& logs,
                                   std::atomic<Phase>& phase) {
  if (contestants.special) return std::nullopt;
  return guarded(contestants, logs, phase, [&]() -> std::optional<Verdict> {
    phase.store(Phase::model, std::memory_order_release);
    if (contestants.runs_model) contestants.model->run(trace, observe, logs.model);
    if (contestants.lacks && contestants.lacks(trace)) return left_out(logs);
    if (contestants.is_left_out && contestants.is_left_out()) return left_out(logs);
    return std::nullopt;
  });
}

std::optional<Verdict> begin_subject(Contestants& contestants, const Trace& trace, Observe observe, Logs& logs,
                                     std::atomic<Phase>& phase) {
  if (contestants.special) return std::nullopt;
  return guarded(contestants, logs, phase, [&]() -> std::optional<Verdict> {
    phase.store(Phase::subject, std::memory_order_release);
    contestants.subject->begin(trace, observe);
    return std::nullopt;
  });
}

Verdict end_subject(Contestants& contestants, const Trace& trace, Observe observe, Logs& logs,
                    std::atomic<Phase>& phase) {
  return *guarded(contestants, logs, phase, [&]() -> std::optional<Verdict> {
    phase.store(Phase::subject, std::memory_order_release);
    if (contestants.special) return contestants.special(trace, logs);
    contestants.subject->end(trace, observe, logs.subject);
    phase.store(Phase::compare, std::memory_order_release);
    Verdict verdict;
    if (contestants.judge) {
      verdict.divergence = contestants.judge(trace, logs.subject);
    } else if (contestants.any_order_of_deaths) {
      Logs arranged;
      put_deaths_last(logs.model, arranged.model);
      put_deaths_last(logs.subject, arranged.subject);
      verdict.divergence = compare(trace, arranged.model, arranged.subject, contestants.level);
    } else {
      verdict.divergence = compare(trace, logs.model, logs.subject, contestants.level);
    }
    if (verdict.divergence) {
      verdict.outcome = Outcome::divergence;
      verdict.signature = verdict.divergence->signature;
    }
    return verdict;
  });
}

Verdict check(Contestants& contestants, const Trace& trace, Observe observe, Logs& logs, std::atomic<Phase>& phase) {
  if (auto verdict = check_model(contestants, trace, observe, logs, phase)) return std::move(*verdict);
  if (auto verdict = begin_subject(contestants, trace, observe, logs, phase)) return std::move(*verdict);
  return end_subject(contestants, trace, observe, logs, phase);
}

}  // namespace cyclecheck

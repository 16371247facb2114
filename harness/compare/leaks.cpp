#include "harness/compare/leaks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "harness/subjects/subjects.hpp"

namespace cyclecheck {
namespace {

constexpr std::uint32_t kLongest = 200;
constexpr std::size_t kParts = 4;

// By how much the memory grew in each part of a series.
std::array<std::size_t, kParts> run_series(Subject& subject, const Trace& trace, std::size_t times, Log& log) {
  std::array<std::size_t, kParts> growth{};
  std::size_t before = subject.memory();
  for (std::size_t& part : growth) {
    for (std::size_t i = 0; i < times / kParts; ++i) subject.run(trace, Observe::digest, log);
    const std::size_t after = subject.memory();
    part = after - std::min(before, after);
    before = after;
  }
  return growth;
}

bool grows(const std::array<std::size_t, kParts>& growth) {
  return std::all_of(growth.begin() + 1, growth.end(), [](std::size_t part) { return part >= LeakCheck::kTolerance; });
}

Verdict check(Subject& subject, const Trace& trace, Logs& logs) {
  Verdict verdict;
  const std::size_t length = std::max<std::size_t>(trace.operations.size(), 1);
  const std::size_t times = std::max(LeakCheck::kTimes, LeakCheck::kOperations / length);
  if (!grows(run_series(subject, trace, times, logs.subject))) return verdict;
  if (!grows(run_series(subject, trace, times, logs.subject))) return verdict;
  verdict.outcome = Outcome::exception;
  verdict.signature = "grows memory";
  // No numbers: a finding has the same bytes each time.
  verdict.output = "the memory of the process grows in each part of two series of runs of the trace";
  return verdict;
}

}  // namespace

SubjectEntry with_leak_check(SubjectEntry subject) {
  subject.name = "leaks:" + subject.name;
  subject.max_operations = std::min(subject.max_operations, kLongest);
  subject.special = [](Subject& made) -> SpecialCheck {
    return [&made](const Trace& trace, Logs& logs) { return check(made, trace, logs); };
  };
  return subject;
}

SubjectEntry leaks_family(const Registry& registry) {
  SubjectEntry family;
  family.name = "leaks:";
  family.summary = "leaks:SUBJECT, each trace a hundred times: the process must not grow (any subject)";
  family.open = [&registry](const std::string& rest, std::chrono::milliseconds timeout) {
    auto subject = find_subject(registry, rest, timeout);
    if (!subject || subject->special) {
      throw SubjectError(SubjectError::Kind::cannot_start, "leaks:" + rest + ": no subject that runs a trace");
    }
    return with_leak_check(*std::move(subject));
  };
  return family;
}

}  // namespace cyclecheck

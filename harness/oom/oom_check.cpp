#include "harness/oom/oom_check.hpp"

#include <array>
#include <exception>
#include <memory>
#include <vector>

#include "harness/collector/collector.hpp"
#include "harness/oom/failing_memory.hpp"
#include "harness/oom/interruption.hpp"
#include "harness/system/system.hpp"
#include "model/machine.hpp"

namespace cyclecheck {
namespace {

// What the model says of a run of the collector.
void run_model(const Trace& trace, const std::vector<ImplSubject::Shortage>& shortages, Log& log) {
  if (shortages.empty()) {
    return model::run(trace, Observe::every, log);
  }
  using Kind = Interruption::Kind;
  const ImplSubject::Shortage& first = shortages.front();
  run_interrupted(trace, Observe::every, log,
                  {first.tuple ? Kind::tuple : Kind::operation, first.index, first.made, first.one_more});
}

}  // namespace

void OomCount::add(const OomCount& other) {
  traces += other.traces;
  points += other.points;
  for (std::size_t i = 0; i < sites.size(); ++i) sites[i] += other.sites[i];
}

std::string OomFailure::signature() const {
  const std::string where = site ? std::string(to_string(*site)) : "no failure";
  return where + ": " + (divergence ? divergence->signature : error.substr(0, error.find('(')));
}

namespace {

// A run in which the request with this number fails, 0: none does.
std::optional<OomFailure> check_point(FailingMemory& memory, std::uint64_t point, const Trace& trace, OomCount& count,
                                      Log& expected, Log& actual) {
  OomFailure failure;
  failure.point = point;
  memory.fail(point);
  // A collection that would begin inside of another one is put off without memory (Heap::safepoint). Nobody is told,
  // and the model knows nothing like it.
  bool stays_pending = false;
  try {
    // A new one each time: the memory of the last run would be used again.
    auto subject = std::make_unique<ImplSubject>(ImplSubject::Checks::verify);
    subject->run(trace, Observe::every, actual);
    failure.site = memory.failed();
    stays_pending = failure.site == cyclegc::Site::set_apart && subject->shortages().empty();
    if (!stays_pending) run_model(trace, subject->shortages(), expected);
  } catch (const std::exception& error) {
    failure.site = memory.failed();
    failure.error = error.what();
    return failure;
  }
  if (!stays_pending) failure.divergence = compare(trace, expected, actual, Level::order);
  if (failure.divergence) return failure;
  if (memory.blocks() != 0) {
    failure.error = "memory was not given back";
    return failure;
  }
  if (failure.site) {
    ++count.points;
    ++count.sites[static_cast<std::size_t>(*failure.site)];
  }
  return std::nullopt;
}

// Numbers of requests, each for another site.
std::vector<std::uint64_t> choose_points(const std::vector<cyclegc::Site>& requests, std::size_t points,
                                         Random& random) {
  std::array<std::vector<std::uint64_t>, cyclegc::kSites> by_site;
  for (std::size_t i = 0; i < requests.size(); ++i) by_site[static_cast<std::size_t>(requests[i])].push_back(i + 1);
  std::vector<std::uint64_t> chosen;
  for (const std::vector<std::uint64_t>& of_site : by_site) {
    if (of_site.empty()) continue;
    chosen.push_back(of_site[random.below(static_cast<std::uint32_t>(of_site.size()))]);
  }
  while (chosen.size() > points) {
    chosen.erase(chosen.begin() + random.below(static_cast<std::uint32_t>(chosen.size())));
  }
  return chosen;
}

}  // namespace

std::optional<OomFailure> check_out_of_memory(const Trace& trace, OomCount& count, Log& expected, Log& actual) {
  FailingMemory memory;
  ++count.traces;
  for (std::uint64_t point = 1;; ++point) {
    if (auto failure = check_point(memory, point, trace, count, expected, actual)) return failure;
    if (!memory.failed()) return std::nullopt;
  }
}

std::optional<OomFailure> check_some_out_of_memory(const Trace& trace, std::size_t points, OomCount& count,
                                                   Log& expected, Log& actual) {
  FailingMemory memory;
  cyclegc::set_growth(cyclegc::Growth::restless);
  const std::unique_ptr<void, void (*)(void*)> as_before(&memory,
                                                         [](void*) { cyclegc::set_growth(cyclegc::Growth::seldom); });
  ++count.traces;
  if (auto failure = check_point(memory, 0, trace, count, expected, actual)) return failure;
  const std::vector<cyclegc::Site> requests = memory.requests();
  Random random(trace.operations.size(), requests.size());
  for (const std::uint64_t point : choose_points(requests, points, random)) {
    if (auto failure = check_point(memory, point, trace, count, expected, actual)) return failure;
  }
  return std::nullopt;
}

}  // namespace cyclecheck

#include "harness/oom/oom_check.hpp"

#include <exception>
#include <memory>

#include "harness/collector/collector.hpp"
#include "harness/oom/failing_memory.hpp"
#include "harness/oom/interruption.hpp"
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

std::optional<OomFailure> check_out_of_memory(const Trace& trace, OomCount& count, Log& expected, Log& actual) {
  FailingMemory memory;
  ++count.traces;
  for (std::uint64_t point = 1;; ++point) {
    OomFailure failure;
    failure.point = point;
    memory.fail(point);
    try {
      // A new one each time: the memory of the last run would be used again.
      auto subject = std::make_unique<ImplSubject>(ImplSubject::Checks::verify);
      subject->run(trace, Observe::every, actual);
      failure.site = memory.failed();
      run_model(trace, subject->shortages(), expected);
    } catch (const std::exception& error) {
      failure.site = memory.failed();
      failure.error = error.what();
      return failure;
    }
    failure.divergence = compare(trace, expected, actual, Level::order);
    if (failure.divergence) return failure;
    if (memory.blocks() != 0) {
      failure.error = "memory was not given back";
      return failure;
    }
    if (!failure.site) return std::nullopt;
    ++count.points;
    ++count.sites[static_cast<std::size_t>(*failure.site)];
  }
}

}  // namespace cyclecheck

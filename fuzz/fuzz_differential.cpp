// The model against the collector, compared in exact order; the input says which profile.
#include <exception>
#include <string>

#include "fuzz/campaign.hpp"
#include "fuzz/failure.hpp"
#include "fuzz/last_trace.hpp"
#include "fuzz/state_coverage.hpp"
#include "fuzz/target.hpp"
#include "harness/collector/collector.hpp"
#include "harness/compare/compare.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck::fuzz {
namespace {

std::string describe(const Divergence& divergence, const Trace& trace) {
  std::string text =
      "divergence: " + divergence.signature + " at operation " + std::to_string(divergence.operation + 1) + "\n";
  const auto list = [&](std::string_view side, const std::vector<Event>& events) {
    text.append(side).append(":\n");
    for (std::size_t i = 0; i < events.size(); ++i) {
      text.append(i == divergence.at ? "> " : "  ").append(to_string(events[i], trace)).append("\n");
    }
  };
  list("model", divergence.expected);
  list("impl", divergence.actual);
  return text;
}

// Both sides with the memory that they use again.
struct Sides {
  ModelSubject model;
  ImplSubject impl;
  Log expected;
  Log actual;

  void run(const std::uint8_t* data, std::size_t size) {
    const Trace& trace = last_trace().of({data, size});
    running(&trace);
    model.run(trace, Observe::digest, expected);
    credit(model.heap_states());
    count_execution(model.heap_states().states());
    try {
      impl.run(trace, Observe::digest, actual);
    } catch (const std::exception& thrown) {
      fail(std::string("exception: ") + thrown.what());
    }
    // Equal logs need no more.
    if (expected != actual) {
      const auto divergence = compare(trace, expected, actual, Level::order);
      if (divergence && set_aside(divergence->signature, data, size)) return running(nullptr);
      fail(divergence ? describe(*divergence, trace) : "the logs differ outside of what is compared");
    }
    running(nullptr);
  }
};

}  // namespace
}  // namespace cyclecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static cyclecheck::fuzz::Sides sides;
  sides.run(data, size);
  return 0;
}

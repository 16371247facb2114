#include "harness/replay/record.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "harness/replay/driven.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck {

std::variant<Recording, RecordFailure> record_interpreter(const Interpreter& interpreter,
                                                          const RecordOptions& options) {
  const SubjectEntry entry = driven(interpreter, options.timeout);
  Recording recording;
  recording.interpreter = options.interpreter_name;
  recording.observe = Observe::full;
  recording.recorded = all_recorded_kinds();
  GeneratedTraces::Options drawing;
  drawing.seed = options.seed;
  drawing.profiles = {interpreter.profile};
  drawing.first = options.first;
  drawing.traces = options.traces;
  drawing.max_operations = options.max_operations;
  drawing.without = entry.missing;
  const GeneratedTraces traces(std::move(drawing));
  WorkersOptions workers;
  workers.jobs = options.jobs;
  workers.observe = recording.observe;
  workers.timeout = options.timeout + entry.grace;
  std::optional<RecordFailure> failure;
  const auto goes_on = [&] { return !options.stop || !options.stop(); };
  examine_all(against_model(entry, Level::order), traces, workers, goes_on,
              [&](std::uint64_t position, Examination& examination) {
                const std::uint64_t index = traces.index(position);
                if (examination.verdict.left_out) return true;
                if (examination.verdict.outcome != Outcome::agree) {
                  failure = RecordFailure{index, examination.verdict.signature};
                  return false;
                }
                Trace trace;
                traces.draw(position, {}, trace);
                recording.traces.push_back({fmt::format("seed{}-{}", options.seed, index), 0, std::move(trace),
                                            *std::move(examination.subject)});
                return true;
              });
  if (failure) return *failure;
  return recording;
}

}  // namespace cyclecheck

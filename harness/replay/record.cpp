#include "harness/replay/record.hpp"

#include <utility>

#include "harness/generate/generate.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/replay/driven.hpp"

namespace cyclecheck {

std::variant<Recording, RecordFailure> record_interpreter(const Interpreter& interpreter,
                                                          const RecordOptions& options) {
  const SubjectEntry entry = driven(interpreter, options.timeout);
  Recording recording;
  recording.interpreter = options.interpreter_name;
  recording.observe = Observe::full;
  recording.recorded = all_recorded_kinds();
  Isolated worker(against_model(entry, Level::order), recording.observe, options.timeout + entry.grace);
  for (std::uint64_t index = options.first; index < options.first + options.traces; ++index) {
    if (options.stop && options.stop()) break;
    Trace trace =
        generate(options.seed, index,
                 {.profile = interpreter.profile, .max_operations = options.max_operations, .without = entry.missing});
    Examination examination = worker.examine(trace);
    if (examination.verdict.left_out) continue;
    if (examination.verdict.outcome != Outcome::agree) return RecordFailure{index, examination.verdict.signature};
    recording.traces.push_back({"seed" + std::to_string(options.seed) + "-" + std::to_string(index), 0,
                                std::move(trace), *std::move(examination.subject)});
  }
  return recording;
}

}  // namespace cyclecheck
